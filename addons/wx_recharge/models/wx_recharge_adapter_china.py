import json
import time
from types import MappingProxyType
from urllib.parse import urlsplit

from odoo import fields, models
from odoo.exceptions import ValidationError

from odoo.addons.wx_base.tools import http as wx_http

from ..const.suppliers import CHINA_PRESETS
from ..lib.topup import china, china_config, china_orders, china_presets
from ..lib.topup.errors import Refused

DIALECTS = MappingProxyType({'yrapi': china_presets.YRAPI, 'juhe': china_presets.JUHE})


class WxRechargeSupplier(models.Model):
    _inherit = 'wx.recharge.supplier'

    adapter = fields.Selection(
        selection_add=[('china', 'China Style')], ondelete={'china': 'cascade'}
    )
    china_preset = fields.Selection(
        list(CHINA_PRESETS),
        string='Dialect',
        default='yrapi',
        tracking=True,
        help='What the supplier speaks. Own: everything is in the settings below.',
    )
    china_base = fields.Char(
        string='Address', tracking=True, help='Of the supplier, as http://api.example.com.'
    )
    china_data_base = fields.Char(
        string='Address for Data',
        tracking=True,
        help='Where data packs have a server of their own; else empty.',
    )
    china_settings = fields.Text(
        string='Settings',
        help='JSON: calls with their fields, signatures, states and classes of errors. Each key '
        'named here replaces that of the dialect. No secrets: {user} and {key} stand for them.',
    )


class WxRechargeAdapterChina(models.AbstractModel):
    """China style suppliers by a dialect. Source: spec/topup_suppliers.md §4."""

    _name = 'wx.recharge.adapter.china'
    _description = 'China Style'
    _inherit = ['wx.recharge.adapter']

    # Each supplier has an address of its own.
    _bases = MappingProxyType({'production': ''})
    _wire_fields = frozenset(
        {
            'adapter',
            'china_base',
            'china_data_base',
            'china_preset',
            'china_settings',
            'client_id',
            'client_secret',
            'endpoint',
        }
    )

    _account_fields = frozenset(
        {'adapter', 'china_base', 'china_data_base', 'china_preset', 'client_id', 'endpoint'}
    )

    def _build(self, supplier, timeout=None):
        config = china.Config(
            user=supplier.client_id or '',
            key=supplier.client_secret or '',
            base=self._address(supplier, supplier.china_base, china_presets.API_BASES),
            data_base=self._address(supplier, supplier.china_data_base, china_presets.DATA_BASES),
            dialect=self._dialect(supplier),
        )
        limits = {'timeout': timeout} if timeout else {}
        return china.China(wx_http.send, config, clock=lambda: int(time.time()), **limits)

    def _address(self, supplier, address, known):
        """Return the address of one of the supplier's servers, '' when there is none."""
        if supplier.endpoint == 'simulator':
            return self._sandbox_url()
        return (address or known.get(supplier.china_preset, '')).rstrip('/')

    # === SETTINGS === #

    def _check(self, supplier):
        self._dialect(supplier)
        if supplier.endpoint == 'production':
            self._check_addresses(supplier)
        return super()._check(supplier)

    def _check_addresses(self, supplier):
        if not self._address(supplier, supplier.china_base, china_presets.API_BASES):
            raise ValidationError(self.env._('The address of the supplier is missing.'))
        for address in filter(None, (supplier.china_base, supplier.china_data_base)):
            parts = urlsplit(address)
            if parts.scheme not in ('http', 'https') or not parts.hostname or parts.query:
                raise ValidationError(
                    self.env._('This is not the address of a server: %(address)s', address=address)
                )

    def _dialect(self, supplier):
        """Return what the supplier speaks: its dialect with the settings of staff over it.

        :raise ValidationError: names the key that is wrong
        """
        own = self._read_settings(supplier.china_settings)
        preset = supplier.china_preset
        if not own and preset in DIALECTS:
            return DIALECTS[preset]
        try:
            return china_config.parse({**china_presets.SETTINGS.get(preset, {}), **own})
        except china_config.ConfigError as error:
            raise ValidationError(
                self.env._('The settings are not usable: %(error)s', error=error)
            ) from None

    def _read_settings(self, text):
        if not text or not text.strip():
            return {}
        try:
            own = json.loads(text)
        except ValueError as error:
            raise ValidationError(
                self.env._('The settings are not JSON: %(error)s', error=error)
            ) from None
        if not isinstance(own, dict):
            raise ValidationError(self.env._('The settings must be a JSON object.'))
        return own

    def _check_sku(self, supplier, sku):
        try:
            china_orders.check_sku(self._dialect(supplier), sku)
        except Refused:
            return self.env._('"%(sku)s" is not a product of this supplier.', sku=sku)
        return ''
