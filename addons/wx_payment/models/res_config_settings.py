from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    wx_refund_days = fields.Integer(related='company_id.wx_refund_days', readonly=False)
    wx_refund_first = fields.Selection(related='company_id.wx_refund_first', readonly=False)

    def action_open_refund_permission(self):
        """Open who may refund, and from what amount a second person consents."""
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'rbac.permission',
            'res_id': self.env.ref('wx_payment.perm_payment_order_refund').id,
            'view_mode': 'form',
        }
