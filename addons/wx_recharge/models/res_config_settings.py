from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    wx_recharge_payment_minutes = fields.Integer(
        related='company_id.wx_recharge_payment_minutes', readonly=False
    )
    wx_recharge_floor_percent = fields.Float(
        related='company_id.wx_recharge_floor_percent', readonly=False
    )
    wx_recharge_confirm_days = fields.Integer(
        related='company_id.wx_recharge_confirm_days', readonly=False
    )
    wx_recharge_refund_days = fields.Integer(
        related='company_id.wx_recharge_refund_days', readonly=False
    )
    wx_recharge_shipping_hours = fields.Integer(
        related='company_id.wx_recharge_shipping_hours', readonly=False
    )
    wx_lookup_quota = fields.Integer(related='company_id.wx_lookup_quota', readonly=False)

    def action_open_refund_grant_permission(self):
        """Open who may grant refunds, and from what amount a second person consents."""
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'rbac.permission',
            'res_id': self.env.ref('wx_recharge.perm_recharge_refund_grant').id,
            'view_mode': 'form',
        }
