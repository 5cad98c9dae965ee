from odoo import fields, models

from ..lib.topup.normalized import Pin
from ..lib.topup.transport import mask

HAND_DECISIONS = (
    ('done', 'The customer has the top-up'),
    ('failed', 'It cannot be delivered'),
)


class WxRechargeHand(models.TransientModel):
    """Dialogue in which a person tells what became of an attempt delivered by hand."""

    _name = 'wx.recharge.hand'
    _description = 'End of an Attempt by Hand'

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
    # Never of the dialogue: the attempt keeps it, encrypted.
    code = fields.Char(
        string='Voucher Code',
        compute='_compute_pin',
        inverse='_inverse_pin',
        help='What the customer enters; it is kept encrypted and shown to the customer only.',
    )
    serial = fields.Char(
        string='Serial Number', compute='_compute_pin', inverse='_inverse_pin', help='Of the code.'
    )
    instructions = fields.Text(
        compute='_compute_pin', inverse='_inverse_pin', help='How the customer uses the code.'
    )
    reason = fields.Text(
        required=True,
        string='How You Know',
        help='Evidence of the delivery, or why there was none; it stays with the attempt.',
    )

    def _default_cost_currency_id(self):
        return self.env.ref('base.CNY')

    # === COMPUTE METHODS === #

    def _compute_pin(self):
        self.update(dict.fromkeys(('code', 'serial', 'instructions'), False))

    def _inverse_pin(self):
        for dialogue in self.filtered('code'):
            parts = (dialogue.code, dialogue.serial, dialogue.instructions)
            pin = Pin(*((part or '').strip() for part in parts))
            dialogue.attempt_id._keep_pin(pin)
            # People paste; what they say of the delivery is read by others.
            dialogue.reason = mask(dialogue.reason or '', (pin.code, pin.serial))

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
