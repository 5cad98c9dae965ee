import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.wx_base.tools.settings import get_setting

from ..const import ENDPOINTS


class WxPaymentChannel(models.Model):
    """A merchant account at a provider, for one app."""

    _name = 'wx.payment.channel'
    _description = 'Payment Channel'
    _inherit = [
        'wx.payment.state.mixin',
        'wx.payment.upload.mixin',
        'mail.thread',
        'mail.activity.mixin',
    ]
    _order = 'sequence, id'
    _check_company_auto = True

    _todo_permission = 'payment.channel.manage'

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        'res.company', required=True, default=lambda self: self._default_company_id()
    )
    # Each provider adds its own code; see `wx.payment.provider`.
    kind = fields.Selection([], required=True, tracking=True)
    app_id = fields.Many2one('wx.app', required=True, check_company=True, index=True, tracking=True)

    # Identity at the provider
    mchid = fields.Char(string='Merchant ID', copy=False, tracking=True)

    # Where it calls and is called
    is_remote = fields.Boolean(compute='_compute_is_remote', help='There is a provider to call.')
    endpoint = fields.Selection(list(ENDPOINTS), required=True, default='production', tracking=True)
    slug = fields.Char(
        string='Notify Path',
        required=True,
        copy=False,
        default=lambda self: self._default_slug(),
        help='Last part of the address for notices.',
    )
    notify_url = fields.Char(string='Notify URL', compute='_compute_notify_url')
    refund_notify_url = fields.Char(string='Refund Notify URL', compute='_compute_notify_url')

    # What was refused
    refused_count = BigInteger(
        string='Refused Notices',
        readonly=True,
        copy=False,
        help='Messages to the notify URL that were not proven to come from the provider.',
    )
    refused_at = fields.Datetime(string='Last Refused', readonly=True, copy=False)
    refused_reason = fields.Char(string='Last Reason', readonly=True, copy=False)

    # What hangs on it
    notification_count = fields.Integer(
        compute='_compute_notification_count',
        groups='wx_payment.perm_payment_notification_view_res_groups',
    )
    attempt_count = fields.Integer(
        string='Payments',
        compute='_compute_attempt_count',
        groups='wx_payment.perm_payment_order_view_res_groups',
    )

    _slug_uniq = models.Constraint('UNIQUE(slug)', 'The notify path is taken by another channel.')

    @api.model
    def _default_company_id(self):
        return self.env.company

    @api.model
    def _default_slug(self):
        return secrets.token_urlsafe(18)

    # === COMPUTE METHODS === #

    @api.depends('kind')
    def _compute_is_remote(self):
        for channel in self:
            channel.is_remote = bool(channel.kind and channel._provider()._base_urls)

    @api.depends('slug', 'kind')
    def _compute_notify_url(self):
        for channel in self:
            channel.notify_url = channel._topic_url('notify')
            channel.refund_notify_url = channel._topic_url('refund')

    def _compute_notification_count(self):
        counts = self._counts_of('wx.payment.notification')
        for channel in self:
            channel.notification_count = counts.get(channel, 0)

    def _compute_attempt_count(self):
        counts = self._counts_of('wx.payment.attempt')
        for channel in self:
            channel.attempt_count = counts.get(channel, 0)

    def _counts_of(self, model):
        groups = self.env[model]._read_group(
            [('channel_id', 'in', self.ids)], ['channel_id'], ['__count']
        )
        return dict(groups)

    # === CONSTRAINT METHODS === #

    @api.constrains('slug')
    def _check_slug(self):
        for channel in self:
            if not re.fullmatch(r'[0-9A-Za-z_-]{4,64}', channel.slug):
                raise ValidationError(
                    self.env._('The notify path is 4 to 64 letters, digits, "_" and "-".')
                )

    @api.constrains('mchid')
    def _check_mchid(self):
        for channel in self:
            if channel.mchid and not re.fullmatch(r'[0-9]{6,32}', channel.mchid):
                raise ValidationError(self.env._('The merchant ID consists of digits.'))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self._forget_keys()
        channels = super().create([self._normalize_vals(vals) for vals in vals_list])
        channels._open_clearing_accounts()
        return channels

    def write(self, vals):
        vals = self._normalize_vals(vals)
        if self._wire_fields() & vals.keys():
            self._forget_keys()
        return super().write(vals)

    def unlink(self):
        self._forget_keys()
        return super().unlink()

    @api.model
    def _normalize_vals(self, vals):
        """Return the values without the blanks that come along when they are copied."""
        wire_fields = self._wire_fields()
        vals = {
            name: value.strip() if name in wire_fields and isinstance(value, str) else value
            for name, value in self._take_uploads(vals).items()
        }
        if vals.get('merchant_serial'):
            vals['merchant_serial'] = vals['merchant_serial'].upper()
        return vals

    # === ACTION METHODS === #

    def action_open_notifications(self):
        return self._open(self.env._('Notices'), 'wx.payment.notification')

    def action_open_attempts(self):
        return self._open(self.env._('Payments'), 'wx.payment.attempt')

    def _open(self, name, model):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': name,
            'res_model': model,
            'view_mode': 'list,form',
            'domain': [('channel_id', '=', self.id)],
        }

    # === BUSINESS METHODS === #

    def _open_clearing_accounts(self):
        """Open the ledger accounts now: many first payments at once would collide at it."""
        accounts = self.env['wx.ledger.account']
        for channel in self:
            money = self.env['wx.ledger.asset']._money_of(
                channel.company_id, self.env.ref('base.CNY')
            )
            accounts._of_purpose(money, 'clearing', channel)

    @api.model
    def _public_url(self):
        """Return the address under which the provider reaches us."""
        url = get_setting('wx_public_url')
        # The parameter is no secret, but only administrators may read parameters.
        url = url or self.env['ir.config_parameter'].sudo().get_param('web.base.url', '')
        return url.rstrip('/')

    def _topic_url(self, topic):
        """Return the address for notices of a topic, of `const.NOTICE_TOPICS`."""
        path = self._provider()._notify_path(topic) if self.kind and self.slug else ''
        return f'{self._public_url()}{path}{self.slug}' if path else False

    @api.model
    def _providers(self):
        """Return kind → model that knows how such a channel works."""
        kinds = self._fields['kind'].get_values(self.env)
        return {kind: self.env[f'wx.payment.provider.{kind}'] for kind in kinds}

    def _provider(self):
        """Return the model that knows how this kind of channel works."""
        return self.env[f'wx.payment.provider.{self.kind}']

    @api.model
    def _kinds_of(self, word):
        """Return the kinds that a word stands for: `wechat` is every version of WeChat Pay."""
        kinds = self._fields['kind'].get_values(self.env)
        return [
            kind
            for kind in kinds
            if word in (kind, self.env[f'wx.payment.provider.{kind}']._notify_word)
        ]
