from types import MappingProxyType

from odoo import fields, models

from odoo.addons.wx_base.tools import http as wx_http

from ..lib.topup import dtone, dtone_catalogue, dtone_codes
from ..lib.topup.errors import Refused


class WxRechargeSupplier(models.Model):
    _inherit = 'wx.recharge.supplier'

    adapter = fields.Selection(selection_add=[('dtone', 'DT One')], ondelete={'dtone': 'cascade'})
    dtone_currency_id = fields.Many2one(
        'res.currency',
        string='Currency of the Balance',
        context={'active_test': False},
        help='Which balance is watched when the account has several. Empty: it has one only.',
    )


class WxRechargeAdapterDtone(models.AbstractModel):
    """DT One (Digital Value Services). Source: spec/topup_suppliers.md §2."""

    _name = 'wx.recharge.adapter.dtone'
    _description = 'DT One'
    _inherit = ['wx.recharge.adapter']

    _bases = MappingProxyType(dict(dtone_codes.API_BASES))
    _sandbox_path = '/dtone/v1'

    def _build(self, supplier, timeout=None):
        config = dtone.Config(
            key=supplier.client_id or '',
            secret=supplier.client_secret or '',
            base=self._base(supplier),
            currency=supplier.dtone_currency_id.name or '',
        )
        limits = {'timeout': timeout} if timeout else {}
        return dtone.DtOne(wx_http.send, config, **limits)

    def _check_sku(self, supplier, sku):
        try:
            dtone_catalogue.check_sku(sku)
        except Refused:
            return self.env._('"%(sku)s" is not a product number of DT One.', sku=sku)
        return ''
