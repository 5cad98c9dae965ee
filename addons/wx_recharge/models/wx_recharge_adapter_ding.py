from types import MappingProxyType

from odoo import fields, models

from odoo.addons.wx_base.tools import http as wx_http

from ..lib.topup import ding, ding_catalogue, ding_codes
from ..lib.topup.errors import Refused


class WxRechargeSupplier(models.Model):
    _inherit = 'wx.recharge.supplier'

    adapter = fields.Selection(
        selection_add=[('ding', 'Ding Connect')], ondelete={'ding': 'cascade'}
    )
    ding_deferred = fields.Boolean(
        string='Deferred Orders',
        help='Ding takes an order at once and tells the end later, to the callback address that '
        "was entered in Ding's portal. Without it Ding answers when it is done.",
    )


class WxRechargeAdapterDing(models.AbstractModel):
    """Ding Connect. Source: spec/topup_suppliers.md §3."""

    _name = 'wx.recharge.adapter.ding'
    _description = 'Ding Connect'
    _inherit = ['wx.recharge.adapter']

    _bases = MappingProxyType(dict(ding_codes.API_BASES))
    _sandbox_path = '/ding/api/V1'

    def _build(self, supplier, timeout=None):
        config = ding.Config(
            api_key=supplier.client_secret or '',
            base=self._base(supplier),
            deferred=supplier.ding_deferred,
            language='en',
        )
        limits = {'timeout': timeout} if timeout else {}
        return ding.Ding(wx_http.send, config, **limits)

    def _check_sku(self, supplier, sku):
        try:
            ding_catalogue.check_sku(sku)
        except Refused:
            return self.env._('"%(sku)s" is not a SkuCode of Ding.', sku=sku)
        return ''
