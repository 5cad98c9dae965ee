from odoo import fields, models

from ..const.refunds import DECISIONS


class WxRechargeRefundDecision(models.TransientModel):
    """Dialogue in which a person decides about a refund that a customer asks for."""

    _name = 'wx.recharge.refund.decision'
    _description = 'Decide about a Refund'

    request_id = fields.Many2one('wx.recharge.refund.request', required=True, readonly=True)
    reason = fields.Selection(related='request_id.reason')
    note = fields.Char(related='request_id.note')
    currency_id = fields.Many2one(related='request_id.currency_id')
    amount = fields.Monetary(related='request_id.amount')
    decision = fields.Selection(list(DECISIONS), required=True)
    answer = fields.Char(help='The customer reads it. Needed when you refuse.')

    # === ACTION METHODS === #

    def action_decide(self):
        """Have it decided, or ask a second person for consent if it needs one."""
        self.ensure_one()
        request = self.request_id.with_context(rbac_reason=self.answer or self.reason)
        if self.decision == 'refuse':
            result = request.action_refuse(self.answer or '')
        else:
            # What is left is for whoever may refund, also who sees no payments.
            left_fen = request.order_id.sudo().payment_order_id.refundable_fen
            result = request.action_grant(left_fen, self.answer or '')
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}
