from odoo import fields, models


class WxRechargeSupplier(models.Model):
    """The supplier's catalogue here."""

    _inherit = 'wx.recharge.supplier'

    catalogue_at = fields.Datetime(
        string='Catalogue As Of',
        copy=False,
        readonly=True,
        help='When its whole catalogue was fetched last.',
    )
