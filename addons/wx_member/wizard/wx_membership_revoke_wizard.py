from odoo import fields, models


class WxMembershipRevokeWizard(models.TransientModel):
    """Dialogue: take back what was given for nothing."""

    _name = 'wx.membership.revoke.wizard'
    _description = 'Take a Membership Back'

    order_id = fields.Many2one('wx.membership.order', required=True, readonly=True)
    reason = fields.Char(required=True, help='Stays in the thread of the order.')

    # === ACTION METHODS === #

    def action_revoke(self):
        """End what is left of it, or ask a second person for consent if it needs one."""
        self.ensure_one()
        order = self.order_id.with_context(rbac_reason=self.reason)
        result = order.action_revoke(self.reason)
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}
