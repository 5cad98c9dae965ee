import logging
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.const import SANDBOX_URL
from odoo.addons.wx_base.fields import EncryptedChar
from odoo.addons.wx_base.tools import http as wx_http
from odoo.addons.wx_base.tools.settings import get_setting

from ..const.suppliers import ENDPOINTS, LOOKUP_TIMEOUT_SECONDS
from ..lib.topup import reloadly, reloadly_catalogue, reloadly_codes
from ..lib.topup.errors import Refused, TopupError

_logger = logging.getLogger(__name__)


class WxRechargeSupplier(models.Model):
    """A company that delivers top-ups, reached through its adapter in `lib/topup`."""

    _name = 'wx.recharge.supplier'
    _description = 'Recharge Supplier'
    _inherit = ['wx.recharge.catalogue.mixin', 'mail.thread', 'mail.activity.mixin']
    _order = 'sequence, id'

    _live_fields = frozenset({'balance', 'balance_currency_id', 'balance_at'})

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one('res.company', index=True, help='Empty: used by all companies.')
    adapter = fields.Selection(
        [('reloadly', 'Reloadly')], required=True, default='reloadly', tracking=True
    )
    endpoint = fields.Selection(
        list(ENDPOINTS),
        required=True,
        default='supplier_sandbox',
        tracking=True,
        help='Nothing is really delivered outside of production.',
    )

    # Credentials: stored encrypted and never shown again
    client_id = EncryptedChar(string='Client ID', groups='base.group_system', copy=False)
    client_secret = EncryptedChar(groups='base.group_system', copy=False)
    webhook_secret = EncryptedChar(
        groups='base.group_system',
        copy=False,
        help='Signing secret of the webhook; without it callbacks are refused.',
    )
    callback_slug = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: self._default_slug()
    )
    callback_url = fields.Char(string='Callback URL', compute='_compute_callback_url')

    # Health
    paused = fields.Boolean(
        copy=False, tracking=True, help='No new top-ups are ordered here; running ones go on.'
    )
    pause_reason = fields.Char(copy=False, tracking=True)
    balance = fields.Monetary(copy=False, readonly=True, currency_field='balance_currency_id')
    balance_currency_id = fields.Many2one('res.currency', copy=False, readonly=True)
    balance_at = fields.Datetime(string='Balance As Of', copy=False, readonly=True)
    balance_min = fields.Monetary(
        string='Alarm Below',
        currency_field='balance_currency_id',
        help='A to-do is made when the balance falls below.',
    )
    product_ids = fields.One2many('wx.recharge.supplier.product', 'supplier_id')
    attempt_ids = fields.One2many(
        'wx.recharge.attempt',
        'supplier_id',
        groups='wx_recharge.perm_recharge_order_view_res_groups',
    )
    attempt_count = fields.Integer(
        compute='_compute_attempt_count', groups='wx_recharge.perm_recharge_order_view_res_groups'
    )

    _slug_uniq = models.Constraint('UNIQUE(callback_slug)', 'Another supplier has this address.')

    @api.model
    def _default_slug(self):
        return secrets.token_urlsafe(12)

    # === COMPUTE METHODS === #

    @api.depends('callback_slug')
    def _compute_callback_url(self):
        base = get_setting('wx_public_url') or self.get_base_url()
        for supplier in self:
            supplier.callback_url = f'{base.rstrip("/")}/recharge/callback/{supplier.callback_slug}'

    def _compute_attempt_count(self):
        groups = self.env['wx.recharge.attempt']._read_group(
            [('supplier_id', 'in', self.ids)], ['supplier_id'], ['__count']
        )
        counts = dict(groups)
        for supplier in self:
            supplier.attempt_count = counts.get(supplier, 0)

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if {'client_id', 'client_secret', 'endpoint', 'adapter'} & vals.keys():
            self.env['wx.recharge.supplier.token']._forget(self)
        return result

    # === ACTION METHODS === #

    @requires('recharge.supplier.test')
    def action_test_connection(self):
        """Fetch a token and the balance, and tell what the supplier said."""
        self.ensure_one()
        self.check_access('read')
        try:
            balance = self.sudo()._refresh_balance()  # the secrets are for the system group only
        except TopupError as error:
            return self._notice('danger', self.env._('No success: %(error)s', error=error))
        return self._notice(
            'success',
            self.env._(
                'Connected. Balance: %(amount)s %(currency)s',
                amount=balance.amount,
                currency=balance.currency,
            ),
        )

    @requires('recharge.supplier.pause')
    def action_pause(self):
        """Order nothing more here until somebody resumes."""
        self.check_access('read')
        reason = self.env._('Paused by %(user)s', user=self.env.user.name)
        self.sudo().write({'paused': True, 'pause_reason': reason})

    @requires('recharge.supplier.pause')
    def action_resume(self):
        """Order here again."""
        self.check_access('read')
        self.sudo().write({'paused': False, 'pause_reason': False})

    def action_open_attempts(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.recharge.attempt',
            'view_mode': 'list,form,pivot,graph',
            'domain': [('supplier_id', '=', self.id)],
            # After the domain: the export of terms takes strings in it for terms otherwise.
            'name': self.env._('Attempts'),
        }

    def _notice(self, kind, message):
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': kind,
                'message': message,
                'sticky': kind == 'danger',
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    # === BUSINESS METHODS - ADAPTERS === #

    def _build_adapter(self, timeout=None):
        """Return the `topup` adapter of this supplier, which needs no record any more.

        Addons add a supplier by `selection_add` on `adapter` and an override of this method
        that handles its own value and otherwise calls super.

        :param float timeout: seconds a reading call may take
        """
        self.ensure_one()
        supplier_sudo = self.sudo()  # the secrets are readable by the system group only
        base = self._simulator_base() or ''
        config = reloadly.Config(
            client_id=supplier_sudo.client_id or '',
            client_secret=supplier_sudo.client_secret or '',
            auth_base=base or reloadly_codes.AUTH_BASE,
            api_base=base or reloadly_codes.API_BASES[self.endpoint],
        )
        tokens = self.env['wx.recharge.supplier.token']

        def token(rejected):
            return tokens._get(self, lambda: reloadly.fetch_token(wx_http.send, config), rejected)

        limits = {'timeout': timeout} if timeout else {}
        return reloadly.Reloadly(wx_http.send, config, token, **limits)

    def _simulator_base(self):
        """Return the sandbox's address, None for a real endpoint."""
        if self.endpoint != 'simulator':
            return None
        return (get_setting('wx_sandbox_url') or SANDBOX_URL).rstrip('/')

    def _operator_ref(self, sku):
        """Return the supplier's operator that a sku belongs to, '' when it does not say."""
        return sku.partition(':')[0]

    def _check_sku(self, sku):
        """Return what is wrong with a sku, '' when nothing is."""
        try:
            reloadly_catalogue.parse_sku(sku)
        except Refused:
            return self.env._('"%(sku)s" is not of the form operatorId:amount.', sku=sku)
        return ''

    # === BUSINESS METHODS - HEALTH === #

    def _refresh_balance(self):
        """Fetch and store the balance, with a to-do when it is low. Runs as sudo.

        :raise TopupError: the supplier did not tell
        """
        self.ensure_one()
        balance = self._build_adapter().fetch_balance()
        currency = self.env['res.currency'].with_context(active_test=False)
        self.write(
            {
                'balance': float(balance.amount),
                'balance_currency_id': currency.search([('name', '=', balance.currency)]).id,
                'balance_at': fields.Datetime.now(),
            }
        )
        if self.balance_min and self.balance < self.balance_min:
            self._alert(self.env._('The balance is low: %(amount)s', amount=balance.amount))
        return balance

    def _pause(self, reason):
        """Order nothing more here until a person has looked."""
        self.ensure_one()
        if not self.paused:
            _logger.error('supplier %s paused: %s', self.name, reason)
            self.write({'paused': True, 'pause_reason': reason[:200]})
            self._alert(self.env._('Supplier paused: %(reason)s', reason=reason))

    def _alert(self, text):
        """Make a to-do for somebody who may pause and resume, one at a time."""
        holders = self.env['rbac.permission']._holders_for('recharge.supplier.pause', self)
        for user in holders[:1]:
            if not self.activity_search(['mail.mail_activity_data_todo'], user_id=user.id):
                self.activity_schedule(
                    'mail.mail_activity_data_todo', summary=text[:200], user_id=user.id
                )

    # === BUSINESS METHODS - LOOKUP === #

    @api.model
    def _for_lookup(self, country):
        """Return the suppliers that may know numbers of `country`, the first one to be asked."""
        return self.search(
            [('paused', '=', False), ('product_ids.package_id.country_id', '=', country.id)]
        )

    def _lookup_number(self, e164, iso2):
        """Return the supplier's candidates for a number.

        :raise TopupError: no answer in the time a customer waits
        """
        return self._build_adapter(LOOKUP_TIMEOUT_SECONDS).lookup_number(e164, iso2)

    def _operators_of(self, candidates):
        """Return our operators that sell products of the supplier's operators."""
        refs = [candidate.operator_ref for candidate in candidates]
        products = self.env['wx.recharge.supplier.product'].search(
            [('supplier_id', '=', self.id), ('operator_ref', 'in', refs)]
        )
        return products.package_id.operator_id

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.attempt_ids:
            raise UserError(self.env._('The supplier has attempts: archive it instead.'))

    # === CRON METHODS === #

    @api.model
    def _cron_refresh_balances(self):
        """Fetch the balance of every supplier, each in a transaction of its own."""
        suppliers = self.search([])
        self.env['ir.cron']._commit_progress(remaining=len(suppliers))
        for supplier in suppliers:
            try:
                supplier._refresh_balance()
            except TopupError as error:
                _logger.warning('no balance of supplier %s: %s', supplier.name, error)
            if not self.env['ir.cron']._commit_progress(1):
                return
