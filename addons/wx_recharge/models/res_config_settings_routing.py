from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    wx_recharge_strategy = fields.Selection(
        related='company_id.wx_recharge_strategy', readonly=False
    )
    wx_recharge_reroute_loss_percent = fields.Integer(
        related='company_id.wx_recharge_reroute_loss_percent', readonly=False
    )
