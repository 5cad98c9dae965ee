from odoo import fields, models


class WxMemberGrantWizard(models.TransientModel):
    """Dialogue: give a customer a plan for nothing."""

    _name = 'wx.member.grant.wizard'
    _description = 'Grant a Membership'

    wx_user_id = fields.Many2one('wx.user', string='Customer', required=True)
    plan_id = fields.Many2one('wx.member.plan', required=True)
    level_id = fields.Many2one(related='plan_id.level_id')
    currency_id = fields.Many2one(related='plan_id.currency_id')
    price = fields.Monetary(
        related='plan_id.price',
        string='Worth',
        help='Above the limit of the permission a second person has to consent.',
    )
    reason = fields.Char(required=True, help='Stays on the order.')

    # === ACTION METHODS === #

    def action_grant(self):
        """Give it, or ask a second person for consent if it needs one."""
        self.ensure_one()
        # Whoever is asked for consent sees the call, which names the customer by id.
        reason = f'{self.wx_user_id.display_name}: {self.reason}'
        plan = self.plan_id.with_context(rbac_reason=reason)
        result = plan.action_grant(self.wx_user_id.id, plan.price_fen, self.reason)
        if self.env['rbac.approval']._of_result(result):
            return result
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.membership.order',
            'res_id': result,
            'views': [[False, 'form']],
            'name': self.env._('Membership Order'),
        }
