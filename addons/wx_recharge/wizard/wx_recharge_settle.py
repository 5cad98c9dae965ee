from odoo import fields, models

from ..const.orders import SETTLE_DECISIONS


class WxRechargeSettle(models.TransientModel):
    """Dialogue in which a person tells what became of an order the machine cannot decide on."""

    _name = 'wx.recharge.settle'
    _description = 'Settle a Stuck Order'
    _inherit = ['wx.recharge.pin.mixin']

    order_id = fields.Many2one('wx.recharge.order', required=True, readonly=True)
    note = fields.Char(related='order_id.anomaly_note')
    needs_code = fields.Boolean(related='order_id.needs_code')
    decision = fields.Selection(list(SETTLE_DECISIONS), required=True)
    reason = fields.Char(required=True, help='How you know; it stays in the log of the order.')

    # === ACTION METHODS === #

    def action_settle(self):
        """Have the order settled, or ask a second person for consent if it needs one."""
        self.ensure_one()
        order = self.order_id.with_context(rbac_reason=self.reason)
        result = order.action_settle(self.decision, self.reason)
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}

    # === BUSINESS METHODS === #

    def _pin_keeper(self):
        return self.order_id
