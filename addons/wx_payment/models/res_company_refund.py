from odoo import fields, models

from ..const_desk import REFUND_DAYS


class ResCompany(models.Model):
    _inherit = 'res.company'

    wx_refund_days = fields.Integer(
        string='Refunds within (days)',
        required=True,
        default=REFUND_DAYS,
        help='Counted from the payment. Providers take refunds for a year; 0 sets no limit here.',
    )

    _wx_refund_days_check = models.Constraint(
        'CHECK(wx_refund_days >= 0)', 'The days for refunds cannot be negative.'
    )
