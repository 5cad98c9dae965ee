from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.wx_base.fields import EncryptedText

from ..const import VERIFICATIONS
from ..lib.paywire.errors import InvalidArgument


class WxPaymentChannel(models.Model):
    """The keys of a channel: ours, and those by which the provider is recognised.

    Both can be exchanged without a stop. Ours: private key and certificate are written at once.
    The provider's: two public keys, and any number of certificates, are accepted at a time.
    """

    _inherit = 'wx.payment.channel'

    # Ours
    private_key = EncryptedText(
        groups='base.group_system',
        copy=False,
        help='WeChat Pay: content of apiclient_key.pem. Alipay: private key of the app. '
        'Stored encrypted and never shown again.',
    )
    private_key_file = fields.Binary(store=False, copy=False, groups='base.group_system')
    merchant_certificate = fields.Text(
        copy=False,
        help='WeChat Pay: content of apiclient_cert.pem. Alipay: appCertPublicKey_….crt. To '
        'exchange it, enter it together with its private key.',
    )
    merchant_certificate_file = fields.Binary(store=False, copy=False)
    merchant_serial = fields.Char(
        string='Merchant Certificate Serial',
        compute='_compute_merchant_serial',
        store=True,
        readonly=False,
        copy=False,
        tracking=True,
        help='Taken from the certificate. Without one, enter the 40 hexadecimal digits that the '
        'merchant console shows.',
    )
    merchant_certificate_expires_at = fields.Datetime(
        string='Merchant Certificate Expires',
        compute='_compute_merchant_certificate_expires_at',
        store=True,
    )

    # The provider's
    verification = fields.Selection(
        list(VERIFICATIONS),
        required=True,
        default='public_key',
        tracking=True,
        help="How the provider's answers and notices are verified.",
    )
    public_key_id = fields.Char(string='Public Key ID', copy=False, tracking=True)
    public_key_pem = fields.Text(
        string="Provider's Public Key",
        copy=False,
        help='WeChat Pay: content of pub_key.pem. Alipay: the public key of Alipay, not that of '
        'the app.',
    )
    public_key_pem_file = fields.Binary(string='Public Key File', store=False, copy=False)
    second_public_key_id = fields.Char(string='Second Public Key ID', copy=False, tracking=True)
    second_public_key_pem = fields.Text(
        string='Second Public Key',
        copy=False,
        help='Accepted as well: the next key before the provider changes over, the former one '
        'afterwards. Empty otherwise.',
    )
    second_public_key_pem_file = fields.Binary(
        string='Second Public Key File', store=False, copy=False
    )
    certificate_ids = fields.One2many(
        'wx.payment.certificate',
        'channel_id',
        string="Provider's Certificates",
        groups='wx_payment.perm_payment_channel_view_res_groups,'
        'wx_payment.perm_payment_channel_manage_res_groups',
    )
    certificates_at = fields.Datetime(string='Certificates Fetched', readonly=True, copy=False)
    certificates_refused = fields.Boolean(
        readonly=True,
        copy=False,
        help='WeChat Pay offers no certificates to this merchant: use the public key.',
    )

    # === COMPUTE METHODS === #

    @api.depends('merchant_certificate', 'kind')
    def _compute_merchant_serial(self):
        for channel in self:
            certificate = channel._read_merchant_certificate()
            channel.merchant_serial = (
                certificate.serial_no if certificate else channel.merchant_serial
            )

    @api.depends('merchant_certificate', 'kind')
    def _compute_merchant_certificate_expires_at(self):
        for channel in self:
            certificate = channel._read_merchant_certificate()
            channel.merchant_certificate_expires_at = (
                certificate and certificate.expires_at.replace(tzinfo=None)
            )

    def _read_merchant_certificate(self):
        """Return our certificate, None without a readable one: the constraint tells of that."""
        if not self.merchant_certificate or not self.kind:
            return None
        try:
            return self._provider()._keys.load_certificate(self.merchant_certificate)
        except InvalidArgument:
            return None

    # === CONSTRAINT METHODS === #

    @api.constrains(lambda self: sorted(self._wire_fields()))
    def _check_provider(self):
        """Refuse settings that could never work, at entry and not at the first payment."""
        for channel in self.sudo():  # secrets are readable by the system group only
            provider = channel._provider()
            for name in provider._required_fields:
                if not channel[name]:
                    raise ValidationError(
                        self.env._('%(field)s is missing.', field=channel._label(name))
                    )
            with self._as_validation_error():
                provider._check(channel)

    def _label(self, name):
        return self._fields[name]._description_string(self.env)

    # === BUSINESS METHODS === #

    @api.model
    def _wire_fields(self):
        """Return the fields whose change makes the keys held in memory worthless."""
        names = {'active', 'app_id', 'endpoint', 'kind', 'mchid', 'slug'}
        return names.union(*(provider._key_fields for provider in self._providers().values()))

    def _public_keys(self):
        """Return the provider's public keys as (id, PEM text): one, or two while they change."""
        pairs = (
            (self.public_key_id, self.public_key_pem),
            (self.second_public_key_id, self.second_public_key_pem),
        )
        return [(number or '', pem) for number, pem in pairs if pem]
