from odoo import fields, models

HAND_DECISIONS = (
    ('done', 'The customer has the top-up'),
    ('failed', 'It cannot be delivered'),
)


class WxRechargeHand(models.TransientModel):
    """Dialogue in which a person tells what became of an attempt delivered by hand."""

    _name = 'wx.recharge.hand'
    _description = 'End of an Attempt by Hand'
    _inherit = ['wx.recharge.pin.mixin']

    attempt_id = fields.Many2one('wx.recharge.attempt', required=True, readonly=True)
    phone = fields.Char(related='attempt_id.phone')
    sku = fields.Char(related='attempt_id.sku', string='Product')
    decision = fields.Selection(list(HAND_DECISIONS), required=True, default='done')
    reference = fields.Char(help='What it is known by where it was bought.')
    cost = fields.Float(digits=(16, 2), help='What it cost; 0 when it cost nothing.')
    cost_currency_id = fields.Many2one(
        'res.currency', default=lambda self: self._default_cost_currency_id()
    )
    redemption = fields.Selection(related='attempt_id.redemption')
    reason = fields.Text(
        required=True,
        string='How You Know',
        help='Evidence of the delivery, or why there was none; it stays with the attempt.',
    )

    def _default_cost_currency_id(self):
        return self.env.ref('base.CNY')

    # === ACTION METHODS === #

    def action_tell(self):
        """Have the end written, or ask a second person for consent if it needs one."""
        self.ensure_one()
        attempt = self.attempt_id.with_context(rbac_reason=self.reason)
        price_fen = attempt.order_id.price_fen
        if self.decision == 'done':
            cost = f'{self.cost:.2f}' if self.cost else ''
            result = attempt.action_hand_done(
                price_fen, self.reference or '', cost, self.cost_currency_id.name, self.reason
            )
        else:
            result = attempt.action_hand_failed(price_fen, self.reason)
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}

    # === BUSINESS METHODS === #

    def _pin_keeper(self):
        return self.attempt_id
