from datetime import timedelta

from odoo import fields, models

from odoo.addons.wx_ledger.exceptions import FrozenAccount
from odoo.addons.wx_ledger.values import Portion, Reversal, Transfer

from ..const import (
    FROZEN_GAP,
    REASON_CONVERSION,
    REASON_FROM_SUSPENSE,
    REASON_PAYMENT,
    REASON_REFUND,
    REASON_TO_SUSPENSE,
)


class WxPaymentOrder(models.Model):
    """What payments and refunds are in the ledger.

    Money that a provider took for us: its clearing account → sales, or → suspense. That account
    is below zero by what the provider owes us. A wallet's part: the wallet → sales; points go to
    the conversion account, and their worth from there → sales. A refund waits in an account of
    its own until the provider has given it back.
    """

    _inherit = 'wx.payment.order'

    # === BUSINESS METHODS - ACCOUNTS === #

    def _money(self):
        """Return the asset that the order is counted in."""
        return self.env['wx.ledger.asset']._money_of(self.company_id, self.currency_id)

    def _revenue_account(self):
        """Return the account that earns what is paid."""
        return self._account('sales')

    def _account(self, purpose, asset=None, ref=None):
        return self.env['wx.ledger.account']._of_purpose(asset or self._money(), purpose, ref)

    def _clearing_account(self, attempt):
        return self._account('clearing', ref=attempt.channel_id)

    # === BUSINESS METHODS - PAYMENT === #

    def _book_paid(self, attempt):
        """Book every part of a paid order; the caller holds the lock.

        :param attempt: what the channel's part was paid by, empty when wallets paid all of it
        """
        if attempt:
            self._book_attempt(attempt, self._revenue_account(), REASON_PAYMENT)
        self._confirm_parts()

    def _confirm_parts(self):
        """Book what wallets have on hold; the caller holds the lock.

        A wallet that was frozen meanwhile keeps it on hold: it cannot be spent otherwise, so the
        order is good, and it is booked when a person has opened the wallet again.
        """
        for leg in self._open_parts().sorted(lambda leg: leg.account_id.id or 0):
            try:
                if leg.kind == 'wallet':
                    self._book_wallet(leg)
            except FrozenAccount:
                self.next_try_at = fields.Datetime.now() + timedelta(seconds=FROZEN_GAP)
                self._raise_todo(
                    self.env._('A wallet that pays an order is frozen'),
                    self.env._('Its part stays on hold and is booked when it is open again.'),
                )
            else:
                leg._set_confirmed()

    def _book_attempt(self, attempt, target, reason):
        clearing = self._clearing_account(attempt)
        self.env['wx.ledger'].post(
            [Transfer(clearing.id, target.id, attempt.paid_fen, reason)],
            key=f'payment:{attempt.out_trade_no}',
            document=attempt,
            event_at=attempt.success_time or None,
        )

    def _book_wallet(self, leg):
        ledger = self.env['wx.ledger']
        is_money = leg.asset_id == self._money()
        liquidity = self._account('liquidity', leg.asset_id)
        target = self._revenue_account() if is_money else liquidity
        held = ledger.capture(
            leg.hold_id.id,
            [Portion(target.id)],
            key=f'payment leg:{leg.id}:paid',
            document=self,
        )
        leg.transfer_id = held.posted.transfers[0]
        if not is_money:
            posted = ledger.post(
                [
                    Transfer(
                        self._account('liquidity').id,
                        self._revenue_account().id,
                        leg.amount_fen,
                        REASON_CONVERSION,
                    )
                ],
                key=f'payment leg:{leg.id}:value',
                document=self,
            )
            leg.value_transfer_id = posted.transfers[0]

    def _book_suspense(self, attempt):
        """Book money that pays for nothing; the caller holds the lock."""
        self._book_attempt(attempt, self._account('suspense'), REASON_TO_SUSPENSE)

    # === BUSINESS METHODS - REFUND === #

    def _book_refund(self, refund, step):
        """Book one step of a refund through a provider; the caller holds the lock.

        :param str step: `open` sets the money aside, `done` gives it to the provider, `void`
            takes it back
        """
        suspense = refund.attempt_id.state == 'suspense'
        origin = self._account('suspense') if suspense else self._revenue_account()
        waiting = self._account('refund')
        source, target = {
            'open': (origin, waiting),
            'done': (waiting, self._clearing_account(refund.attempt_id)),
            'void': (waiting, origin),
        }[step]
        self.env['wx.ledger'].post(
            [
                Transfer(
                    source.id,
                    target.id,
                    refund.amount_fen,
                    REASON_FROM_SUSPENSE if suspense else REASON_REFUND,
                )
            ],
            key=f'refund:{refund.out_refund_no}:{step}',
            document=refund,
            event_at=(step == 'done' and refund.success_time) or None,
        )

    def _book_wallet_refund(self, refund):
        """Give a part of what a wallet paid back to it, expiring points with their dates.

        In points it is the share that belongs to all that has gone back so far, so that many
        small refunds return as much as one.
        """
        leg = refund.leg_id
        gone = leg.refunded_fen + leg.refunding_fen
        units = leg.units * gone // leg.paid_fen - leg.units_refunded
        reversals = [Reversal(leg.transfer_id, units, REASON_REFUND)] if units else []
        if leg.value_transfer_id:
            reversals.append(Reversal(leg.value_transfer_id, refund.amount_fen))
        if reversals:
            self.env['wx.ledger'].reverse(
                reversals, key=f'refund:{refund.out_refund_no}', document=refund
            )
        leg.units_refunded += units
