from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.paywire.errors import InvalidArgument


class WxPaymentCertificate(models.Model):
    """A certificate by which a provider is recognised; it holds a public key and is no secret.

    Several at a time are accepted, so that the provider can change over without a stop.
    """

    _name = 'wx.payment.certificate'
    _description = 'Certificate of a Provider'
    _inherit = ['wx.payment.upload.mixin']
    _order = 'channel_id, effective_at desc, id desc'
    _rec_name = 'serial_no'

    channel_id = fields.Many2one(
        'wx.payment.channel', required=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='channel_id.company_id', store=True)
    pem = fields.Text(
        string='Certificate',
        required=True,
        help='WeChat Pay: a platform certificate. Alipay: alipayCertPublicKey_RSA2.crt.',
    )
    pem_file = fields.Binary(string='Certificate File', store=False, copy=False)
    serial_no = fields.Char(string='Serial', compute='_compute_from_pem', store=True)
    effective_at = fields.Datetime(compute='_compute_from_pem', store=True)
    expires_at = fields.Datetime(compute='_compute_from_pem', store=True)
    fetched_at = fields.Datetime(readonly=True, help='Empty when it was entered by hand.')

    _serial_uniq = models.Constraint(
        'UNIQUE(channel_id, serial_no)', 'The channel has this certificate already.'
    )

    # === COMPUTE METHODS === #

    @api.depends('pem', 'channel_id')
    def _compute_from_pem(self):
        for record in self:
            certificate = record._load()
            if not certificate:
                record.serial_no = record.effective_at = record.expires_at = False
                continue
            record.serial_no = certificate.serial_no
            record.effective_at = certificate.effective_at.replace(tzinfo=None)
            record.expires_at = certificate.expires_at.replace(tzinfo=None)

    # === CONSTRAINT METHODS === #

    @api.constrains('pem')
    def _check_pem(self):
        for record in self:
            certificate = record._load()
            if not certificate:
                raise ValidationError(self.env._('The certificate is no readable PEM text.'))
            channel_sudo = record.channel_id.sudo()  # the private key is no affair of the person's
            if channel_sudo.private_key and channel_sudo._provider()._is_ours(
                channel_sudo, certificate.public_key
            ):
                raise ValidationError(
                    self.env._('This is our own certificate. Enter that of the provider.')
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self.env['wx.payment.channel']._forget_keys()
        return super().create(vals_list)

    def write(self, vals):
        self.env['wx.payment.channel']._forget_keys()
        return super().write(vals)

    def unlink(self):
        self.env['wx.payment.channel']._forget_keys()
        return super().unlink()

    # === BUSINESS METHODS === #

    def _load(self):
        """Return what is in the text, None when it is no certificate."""
        keys = self.channel_id.kind and self.channel_id._provider()._keys
        try:
            return keys.load_certificate(self.pem or '') if keys else None
        except InvalidArgument:
            return None

    @api.model
    def _store(self, channel, found):
        """Keep downloaded certificates; those that are there already stay as they are."""
        known = set(channel.certificate_ids.mapped('serial_no'))
        now = fields.Datetime.now()
        self.create(
            [
                {'channel_id': channel.id, 'pem': item.pem, 'fetched_at': now}
                for item in found
                if item.serial_no not in known
            ]
        )
