from odoo import api, fields, models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.fields import EncryptedChar
from odoo.addons.wx_base.tools.transaction import commit_intent

from ..lib.paywire.errors import Refused, Throttled, WireError
from ..lib.paywire.wxpay_v3 import keys
from ..lib.paywire.wxpay_v3.refunds import MERCHANT_BANK_CARD, USER_BANK_CARD, AbnormalRefund

CARD_TARGETS = [
    (USER_BANK_CARD, 'Card of the customer'),
    (MERCHANT_BANK_CARD, 'Card of the merchant'),
]


class WxPaymentProvider(models.AbstractModel):
    _inherit = 'wx.payment.provider'

    # Whether its client can send a refund that did not arrive to a card.
    _sends_to_card = False


class WxPaymentProviderWxpayV3(models.AbstractModel):
    _inherit = 'wx.payment.provider.wxpay_v3'

    _sends_to_card = True


class WxPaymentRefund(models.Model):
    """An abnormal refund that goes to another card. Source: spec/wechat_pay_v3.md §8.

    The card is kept, encrypted, until the provider has it.
    """

    _inherit = 'wx.payment.refund'

    sends_to_card = fields.Boolean(compute='_compute_sends_to_card', compute_sudo=True)
    card_target = fields.Selection(CARD_TARGETS, string='Sent To', readonly=True, copy=False)
    card_hint = fields.Char(string='Card', readonly=True, copy=False)
    card_bank = fields.Char(readonly=True, copy=False, groups='base.group_system')
    card_number = EncryptedChar(readonly=True, copy=False, groups='base.group_system')
    card_owner = EncryptedChar(readonly=True, copy=False, groups='base.group_system')
    card_asked_at = fields.Datetime(
        string='Card Given At', readonly=True, copy=False, help='When the provider was told.'
    )
    card_due = fields.Boolean(
        readonly=True, copy=False, help='The provider is still to be told the card.'
    )

    card_taken = fields.Boolean(
        readonly=True, copy=False, help='The provider is sending the money to the card.'
    )

    # === COMPUTE METHODS === #

    @api.depends('state', 'card_taken', 'channel_id.kind')
    def _compute_sends_to_card(self):
        for refund in self:
            refund.sends_to_card = (
                refund.state == 'abnormal'
                and not refund.card_taken
                and refund.channel_id._provider()._sends_to_card
            )

    # === ACTION METHODS === #

    @requires('payment.refund.settle')
    def action_send_to_card(self):
        """Have the money of an abnormal refund sent to the card that was entered.

        :return: True; the gate returns the action on a request where a second person decides
        :raise Conflict: the refund is not abnormal, or there is no card
        """
        self.ensure_one()
        self.check_access('read')
        refund = self.sudo()  # no person writes refunds
        refund._lock_abnormal()
        if not refund.card_target or not refund.sends_to_card:
            raise Conflict(self.env._('Enter the card first.'))
        refund.card_due = True
        refund._job_queue()
        return True

    # === BUSINESS METHODS === #

    def _enter_card(self, target, bank='', number='', owner=''):
        """Keep where the money is to go; `action_send_to_card` has it sent.

        :raise InvalidInput: a field of the customer's card is missing
        :raise Conflict: the refund is not abnormal, or the provider has the card already
        """
        if target == USER_BANK_CARD and not (bank and number and owner):
            raise InvalidInput(
                self.env._('A card of the customer needs its bank, number and owner.')
            )
        self._lock_abnormal()
        if self.card_due:
            raise Conflict(self.env._('The provider is just being told a card.'))
        user_card = target == USER_BANK_CARD
        self.write(
            {
                'card_target': target,
                'card_hint': user_card and f'{bank} …{number[-4:]} {owner[:1]}…',
                'card_bank': user_card and bank,
                'card_number': user_card and number,
                'card_owner': user_card and owner,
                'card_asked_at': False,
            }
        )

    def _job_run(self):
        """Override to tell the provider a card before anything else."""
        if self.state == 'abnormal' and self.card_due:
            return self._send_card()
        return super()._job_run()

    def _send_card(self):
        again = bool(self.card_asked_at)
        self.card_asked_at = fields.Datetime.now()
        commit_intent(self.env)
        try:
            answer = self.channel_id._exchange(
                lambda client: self._send_card_request(client, again)
            )
        except WireError as error:
            commit_intent(self.env)
            message = self.channel_id._describe_error(error)
            if isinstance(error, Refused) and not isinstance(error, Throttled):
                self.card_due = False
                self._job_bury(message)
            else:
                self._job_retry(message)
            return
        commit_intent(self.env)
        self.write(
            {
                'card_due': False,
                'card_number': False,
                'card_owner': False,
                'card_taken': answer.status == 'PROCESSING',
            }
        )
        self._book_refund(answer)
        if self.is_open:
            self._job_retry(self.last_error or '')

    def _send_card_request(self, client, again):
        """Tell the provider the card; after an unknown outcome look first whether it has it."""
        if again:
            answer = client.query_refund(self.attempt_id.out_trade_no, self.out_refund_no)
            if answer.status != 'ABNORMAL':
                return answer
        order = AbnormalRefund(
            refund_id=self.refund_id,
            out_refund_no=self.out_refund_no,
            target=self.card_target,
            bank_type=self.card_bank or '',
            bank_account=self.card_number or '',
            real_name=self.card_owner or '',
        )
        return client.apply_abnormal_refund(order, serial=self._card_serial())

    def _send_query_request(self, client):
        """Override to notice that the card does not take the money either."""
        answer = super()._send_query_request(client)
        if answer.status == 'ABNORMAL' and self.card_taken:
            self.card_taken = False
        return answer

    def _lock_abnormal(self):
        """Override: while the provider sends the money to a card nobody gives it otherwise."""
        result = super()._lock_abnormal()
        if self.card_taken:
            raise Conflict(
                self.env._('The provider is sending the money to a card: wait for the outcome.')
            )
        return result

    def _card_serial(self):
        """Return the serial of the key that seals the card, '' for the provider's public key."""
        channel = self.channel_id
        if channel.verification != 'certificates':
            return ''
        return keys.normalize_serial(channel.certificate_ids[:1].serial_no or '')
