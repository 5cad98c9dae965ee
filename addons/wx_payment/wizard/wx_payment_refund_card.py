from odoo import fields, models

from odoo.addons.wx_base.fields import MASK, EncryptedChar

from ..lib.paywire.wxpay_v3.refunds import USER_BANK_CARD
from ..models.wx_payment_refund_card import CARD_TARGETS


class WxPaymentRefundCard(models.TransientModel):
    """Ask to which card an abnormal refund goes."""

    _name = 'wx.payment.refund.card'
    _description = 'Send a Refund to Another Card'

    refund_id = fields.Many2one('wx.payment.refund', required=True, readonly=True)
    currency_id = fields.Many2one(related='refund_id.currency_id')
    amount = fields.Monetary(related='refund_id.amount')
    target = fields.Selection(
        CARD_TARGETS,
        string='Send To',
        required=True,
        default=USER_BANK_CARD,
        help='From a card of the merchant the customer is paid in another way afterwards.',
    )
    bank = fields.Char(help="The provider's code of the bank, as CMB_DEBIT.")
    number = fields.Char(string='Card Number', compute='_compute_masks', inverse='_inverse_number')
    owner = fields.Char(
        string='Name on the Card', compute='_compute_masks', inverse='_inverse_owner'
    )
    # What was typed, between saving the dialogue and its button.
    sealed_number = EncryptedChar(groups='base.group_system', copy=False)
    sealed_owner = EncryptedChar(groups='base.group_system', copy=False)
    reason = fields.Char(required=True, help='For the person who consents.')

    # === COMPUTE METHODS === #

    def _compute_masks(self):
        for wizard, wizard_sudo in zip(self, self.sudo(), strict=True):
            wizard.number = wizard_sudo.sealed_number and MASK
            wizard.owner = wizard_sudo.sealed_owner and MASK

    def _inverse_number(self):
        for wizard, wizard_sudo in zip(self, self.sudo(), strict=True):
            if wizard.number != MASK:
                wizard_sudo.sealed_number = wizard.number

    def _inverse_owner(self):
        for wizard, wizard_sudo in zip(self, self.sudo(), strict=True):
            if wizard.owner != MASK:
                wizard_sudo.sealed_owner = wizard.owner

    # === ACTION METHODS === #

    def action_confirm(self):
        """Keep the card and have the money sent there; a second person consents."""
        self.ensure_one()
        self.refund_id.check_access('read')
        wizard_sudo = self.sudo()  # no person writes refunds; secrets are not read by people
        wizard_sudo.refund_id._enter_card(
            self.target,
            bank=(self.bank or '').strip(),
            number=(wizard_sudo.sealed_number or '').replace(' ', ''),
            owner=(wizard_sudo.sealed_owner or '').strip(),
        )
        wizard_sudo.write({'sealed_number': False, 'sealed_owner': False})
        refund = self.refund_id.with_context(rbac_reason=self.reason)
        result = refund.action_send_to_card()
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}
