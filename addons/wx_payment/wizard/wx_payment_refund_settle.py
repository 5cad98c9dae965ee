from odoo import fields, models


class WxPaymentRefundSettle(models.TransientModel):
    """Ask what shows that the customer has the money of an abnormal refund."""

    _name = 'wx.payment.refund.settle'
    _description = 'Settle a Refund by Hand'

    refund_id = fields.Many2one('wx.payment.refund', required=True, readonly=True)
    currency_id = fields.Many2one(related='refund_id.currency_id')
    amount = fields.Monetary(related='refund_id.amount')
    note = fields.Text(string='How the Customer Got It', required=True)
    evidence_ids = fields.Many2many('ir.attachment')

    # === ACTION METHODS === #

    def action_confirm(self):
        """Have it noted; a second person consents."""
        self.ensure_one()
        refund = self.refund_id.with_context(rbac_reason=self.note)
        result = refund.action_settle(self.note, self.evidence_ids.ids)
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}
