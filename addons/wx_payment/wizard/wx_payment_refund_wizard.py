from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger


class WxPaymentRefundWizard(models.TransientModel):
    """Dialogue of the finance department: how much goes back, and why."""

    _name = 'wx.payment.refund.wizard'
    _description = 'Refund a Payment'

    order_id = fields.Many2one('wx.payment.order', required=True, readonly=True)
    currency_id = fields.Many2one(related='order_id.currency_id')
    refundable_fen = BigInteger(compute='_compute_refundable')
    refundable = fields.Monetary(compute='_compute_refundable')
    amount = fields.Monetary(
        compute='_compute_amount', store=True, precompute=True, readonly=False, required=True
    )
    reason = fields.Char(required=True, help='Shown to the customer in WeChat.')

    # === COMPUTE METHODS === #

    @api.depends('order_id')
    def _compute_refundable(self):
        for wizard in self:
            wizard.refundable_fen = wizard.order_id.refundable_fen
            wizard.refundable = float(Decimal(wizard.refundable_fen) / 100)

    @api.depends('order_id')
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = float(Decimal(wizard.order_id.refundable_fen) / 100)

    # === ACTION METHODS === #

    def action_refund(self):
        """Have the refund written, or ask a second person for consent if it needs one."""
        self.ensure_one()
        # What the person sees has two decimals: its text, not the float behind it, counts.
        amount_fen = int(Decimal(f'{self.amount:.2f}') * 100)
        order = self.order_id.with_context(rbac_reason=self.reason)
        result = order.action_refund(amount_fen, self.reason)
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}
