from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    wx_points_asset_id = fields.Many2one(
        related='company_id.wx_points_asset_id',
        readonly=False,
        domain="[('company_id', '=', company_id), ('kind', '=', 'points'), "
        "('owner_model', '=', False)]",
    )
    wx_points_per_yuan = fields.Integer(related='company_id.wx_points_per_yuan', readonly=False)
    wx_member_remind_days = fields.Integer(
        related='company_id.wx_member_remind_days', readonly=False
    )
