from types import MappingProxyType

from odoo import fields, models

from odoo.addons.wx_base.tools import http as wx_http

from ..lib.topup import reloadly, reloadly_catalogue, reloadly_codes
from ..lib.topup.errors import Refused


class WxRechargeSupplier(models.Model):
    _inherit = 'wx.recharge.supplier'

    adapter = fields.Selection(
        selection_add=[('reloadly', 'Reloadly')], ondelete={'reloadly': 'cascade'}
    )


class WxRechargeAdapterReloadly(models.AbstractModel):
    """Reloadly (Airtime). Source: spec/topup_suppliers.md §1."""

    _name = 'wx.recharge.adapter.reloadly'
    _description = 'Reloadly'
    _inherit = ['wx.recharge.adapter']

    _bases = MappingProxyType(dict(reloadly_codes.API_BASES))

    def _build(self, supplier, timeout=None):
        simulated = supplier.endpoint == 'simulator'
        config = reloadly.Config(
            client_id=supplier.client_id or '',
            client_secret=supplier.client_secret or '',
            auth_base=self._base(supplier) if simulated else reloadly_codes.AUTH_BASE,
            api_base=self._base(supplier),
        )
        tokens = self.env['wx.recharge.supplier.token']

        def token(rejected):
            return tokens._get(
                supplier, lambda: reloadly.fetch_token(wx_http.send, config), rejected
            )

        limits = {'timeout': timeout} if timeout else {}
        return reloadly.Reloadly(wx_http.send, config, token, **limits)

    def _check_sku(self, supplier, sku):
        try:
            reloadly_catalogue.parse_sku(sku)
        except Refused:
            return self.env._('"%(sku)s" is not of the form operatorId:amount.', sku=sku)
        return ''

    def _operator_ref(self, sku):
        return sku.partition(':')[0]
