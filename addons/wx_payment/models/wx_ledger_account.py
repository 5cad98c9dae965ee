from odoo import fields, models


class WxLedgerAccount(models.Model):
    _inherit = 'wx.ledger.account'

    purpose = fields.Selection(
        selection_add=[('refund', 'Refunds under Way')], ondelete={'refund': 'cascade'}
    )
