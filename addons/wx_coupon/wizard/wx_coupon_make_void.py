from odoo import fields, models
from odoo.fields import Command


class WxCouponMakeVoid(models.TransientModel):
    """Dialogue that asks why coupons are taken away."""

    _name = 'wx.coupon.make.void'
    _description = 'Make Coupons Void'

    coupon_ids = fields.Many2many(
        'wx.coupon', string='Coupons', readonly=True, default=lambda self: self._default_coupons()
    )
    reason = fields.Char(required=True, help='Staff read it on the coupon.')

    # === DEFAULTS === #

    def _default_coupons(self):
        return [Command.set(self.env.context.get('active_ids', []))]

    # === ACTION METHODS === #

    def action_void(self):
        """Make the coupons void, or ask a second person for consent if it needs one."""
        self.ensure_one()
        result = self.coupon_ids.with_context(rbac_reason=self.reason).action_void(self.reason)
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}
