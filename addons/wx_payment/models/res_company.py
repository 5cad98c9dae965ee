from odoo import fields, models

from ..const import LEG_KINDS


class ResCompany(models.Model):
    _inherit = 'res.company'

    wx_refund_first = fields.Selection(
        list(LEG_KINDS),
        string='Refunded First',
        required=True,
        default='channel',
        help='Which part of an order goes back first when a part of it is refunded.',
    )
