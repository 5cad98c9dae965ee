from odoo import fields, models

from ..lib.topup.normalized import Pin
from ..lib.topup.transport import mask


class WxRechargePinMixin(models.AbstractModel):
    """Dialogues that take a code a person bought; what they are about keeps it, encrypted.

    Apart from the act itself: requests for consent keep the arguments of what they are about.
    """

    _name = 'wx.recharge.pin.mixin'
    _description = 'Dialogue With a Code'

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

    # === COMPUTE METHODS === #

    def _compute_pin(self):
        self.update(dict.fromkeys(('code', 'serial', 'instructions'), False))

    def _inverse_pin(self):
        for dialogue in self.filtered('code'):
            parts = (dialogue.code, dialogue.serial, dialogue.instructions)
            pin = Pin(*((part or '').strip() for part in parts))
            dialogue._pin_keeper()._keep_pin(pin)
            # People paste; what they say of the delivery is read by others.
            dialogue.reason = mask(dialogue.reason or '', (pin.code, pin.serial))

    # === BUSINESS METHODS === #

    def _pin_keeper(self):
        """Return the record that keeps the code."""
        raise NotImplementedError
