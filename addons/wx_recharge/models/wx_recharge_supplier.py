import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.fields import EncryptedChar
from odoo.addons.wx_base.tools.settings import get_setting

from ..const.attempts import ATTEMPT_IN_FLIGHT
from ..const.suppliers import ENDPOINTS, LOOKUP_TIMEOUT_SECONDS
from ..lib.topup.errors import TopupError


class WxRechargeSupplier(models.Model):
    """A company that delivers top-ups, reached through its adapter in `lib/topup`."""

    _name = 'wx.recharge.supplier'
    _description = 'Recharge Supplier'
    _inherit = ['wx.recharge.catalogue.mixin', 'mail.thread', 'mail.activity.mixin']
    _order = 'sequence, id'

    # Of no concern to the catalogue, and changing all the time.
    _live_fields = frozenset(
        {
            'balance',
            'balance_at',
            'balance_currency_id',
            'pause_count',
            'probe_at',
            'probe_baseline',
            'probe_refused',
        }
    )

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one('res.company', index=True, help='Empty: used by all companies.')
    # Each kind adds its own code; see `wx.recharge.adapter`.
    adapter = fields.Selection([], required=True, default='reloadly', tracking=True)
    is_wired = fields.Boolean(compute='_compute_is_wired', help='There is a supplier to call.')
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

    # What hangs on it; how well it works: `wx_recharge_supplier_health.py`
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

    @api.depends('adapter')
    def _compute_is_wired(self):
        for supplier in self:
            supplier.is_wired = bool(supplier.adapter and supplier._adapter_model()._bases)

    def _compute_attempt_count(self):
        groups = self.env['wx.recharge.attempt']._read_group(
            [('supplier_id', 'in', self.ids)], ['supplier_id'], ['__count']
        )
        counts = dict(groups)
        for supplier in self:
            supplier.attempt_count = counts.get(supplier, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains(lambda self: sorted(self._wire_fields()))
    def _check_wire(self):
        for supplier in self.sudo():  # secrets are readable by the system group only
            supplier._adapter_model()._check(supplier)

    @api.onchange('adapter')
    def _onchange_adapter(self):
        if self.is_wired and self.endpoint not in self._adapter_model()._endpoints():
            self.endpoint = self._adapter_model()._endpoints()[0]

    # === CRUD METHODS === #

    def write(self, vals):
        moved = self._moved_by(vals)
        result = super().write(vals)
        moved._check_nothing_in_flight()
        if self._wire_fields() & vals.keys():
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

    def _adapter_model(self):
        """Return the model that knows how this kind of supplier works."""
        return self.env[f'wx.recharge.adapter.{self.adapter}']

    @api.model
    def _adapter_models(self):
        """Return code → model of every kind of supplier."""
        codes = self._fields['adapter'].get_values(self.env)
        return {code: self.env[f'wx.recharge.adapter.{code}'] for code in codes}

    @api.model
    def _wired_codes(self):
        """Return the codes of the adapters that call somebody."""
        return [code for code, kind in self._adapter_models().items() if kind._bases]

    @api.model
    def _wire_fields(self):
        """Return the fields whose change makes what was remembered of the wire worthless."""
        return frozenset().union(*(kind._wire_fields for kind in self._adapter_models().values()))

    def _moved_by(self, vals):
        """Return the suppliers that another account would stand for after writing values."""
        return self.sudo().filtered(  # who the account is, is readable by the system group only
            lambda supplier: any(
                (supplier[name] or '') != (vals[name] or '')
                for name in supplier._adapter_model()._account_fields & vals.keys()
            )
        )

    def _check_nothing_in_flight(self):
        """Refuse another account while the old one still owes answers: the new one knows nothing
        of these orders, and "unknown there" reads as "never delivered".

        :raise UserError: tells how many attempts are under way
        """
        attempts_sudo = self.env['wx.recharge.attempt'].sudo()  # counted, not shown
        count = self and attempts_sudo.search_count(
            [('supplier_id', 'in', self.ids), ('state', 'in', ATTEMPT_IN_FLIGHT)]
        )
        if count:
            raise UserError(
                self.env._(
                    'The account cannot be changed while %(count)s attempts are under way: the '
                    'new one would be asked about them. Pause the supplier and wait for their end.',
                    count=count,
                )
            )

    def _build_adapter(self, timeout=None):
        """Return the `topup` adapter of this supplier, which needs no record any more.

        :param float timeout: seconds a reading call may take
        """
        self.ensure_one()
        supplier_sudo = self.sudo()  # the secrets are readable by the system group only
        return supplier_sudo._adapter_model()._build(supplier_sudo, timeout)

    def _operator_ref(self, sku):
        """Return the supplier's operator that a sku belongs to, '' when it does not say."""
        return self._adapter_model()._operator_ref(sku) if self else ''

    def _check_sku(self, sku):
        """Return what is wrong with a sku, '' when nothing is."""
        return self._adapter_model()._check_sku(self, sku)

    # === BUSINESS METHODS - LOOKUP === #

    @api.model
    def _for_lookup(self, country, company):
        """Return the suppliers that may know numbers of `country`, the first one to be asked.

        :param company: whose account at the supplier is asked
        """
        return self.search(
            [
                ('paused', '=', False),
                ('adapter', 'in', self._wired_codes()),
                ('company_id', 'in', (False, company.id)),
                ('product_ids.package_id.country_id', '=', country.id),
            ]
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
