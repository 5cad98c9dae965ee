from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger


class WxPaymentSuspenseWizard(models.TransientModel):
    """Ask how much of the money that pays for nothing goes back, and why."""

    _name = 'wx.payment.suspense.wizard'
    _description = 'Give Money in Suspense Back'

    attempt_id = fields.Many2one(
        'wx.payment.attempt', string='Payment', required=True, readonly=True
    )
    currency_id = fields.Many2one(related='attempt_id.currency_id')
    suspense_reason = fields.Selection(related='attempt_id.suspense_reason')
    left_fen = BigInteger(related='attempt_id.refundable_fen')
    left = fields.Monetary(compute='_compute_left')
    amount = fields.Monetary(
        compute='_compute_amount', store=True, precompute=True, readonly=False, required=True
    )
    reason = fields.Char(required=True, help='Shown to the customer.')
    console_number = fields.Char(
        string='Refund in the Console',
        help='Number of a refund that was made in the merchant console: then nothing is sent, '
        'the provider is asked what became of that one.',
    )

    # === COMPUTE METHODS === #

    @api.depends('left_fen')
    def _compute_left(self):
        for wizard in self:
            wizard.left = float(Decimal(wizard.left_fen) / 100)

    @api.depends('attempt_id')
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = float(Decimal(wizard.attempt_id.refundable_fen) / 100)

    # === ACTION METHODS === #

    def action_refund(self):
        """Have it given back, or ask a second person for consent if it needs one."""
        self.ensure_one()
        # What the person sees has two decimals: its text, not the float behind it, counts.
        amount_fen = int(Decimal(f'{self.amount:.2f}') * 100)
        attempt = self.attempt_id.with_context(rbac_reason=self.reason)
        result = attempt.action_refund_suspense(
            amount_fen, self.reason, (self.console_number or '').strip()
        )
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}
