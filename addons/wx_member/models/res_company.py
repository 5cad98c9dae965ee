from odoo import fields, models

from ..const import REMIND_DAYS


class ResCompany(models.Model):
    _inherit = 'res.company'

    wx_points_asset_id = fields.Many2one(
        'wx.ledger.asset',
        string='Points',
        domain="[('company_id', '=', id), ('kind', '=', 'points'), ('owner_model', '=', False)]",
        help='What customers collect when they buy. Empty: they collect nothing.',
    )
    wx_points_per_yuan = fields.Integer(
        string='Points per Yuan',
        required=True,
        default=1,
        help='Before the multiplier of the level. What is less than one point is not given.',
    )

    wx_member_remind_days = fields.Integer(
        string='Reminder before the End (days)',
        required=True,
        default=REMIND_DAYS,
        help='How long before its end customers are told of it. 0: never.',
    )

    _wx_member_remind_check = models.Constraint(
        'CHECK(wx_member_remind_days >= 0)', 'The days of the reminder cannot be negative.'
    )
    _wx_points_check = models.Constraint(
        'CHECK(wx_points_per_yuan >= 0)', 'The points per yuan cannot be negative.'
    )
