import logging

from odoo import models

from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const import CLOSED_TRADE_STATES, REFUNDABLE_ORDER_STATES
from ..lib.paywire.messages import CURRENCY

_logger = logging.getLogger(__name__)


class WxPaymentAttempt(models.Model):
    """Booking of what the provider says, whether a notice or the answer to a query brings it."""

    _inherit = 'wx.payment.attempt'

    def _book_transaction(self, transaction):
        """Bring in a payment's state and tell what became of the message.

        Processing the same twice, or an older one later, changes nothing.

        :param transaction: `wxpay.messages.Transaction`
        :return: `done` or, when it does not belong to this payment, `refused`
        """
        self.ensure_one()
        order = lock_rows(self.order_id)
        # The query job notes its tries on this row without the order's lock.
        lock_rows(self)
        mismatch = self._find_mismatch(transaction)
        if mismatch:
            self._refuse(transaction, mismatch)
            return 'refused'
        if transaction.is_paid:
            return self._book_payment(order, transaction)
        if transaction.trade_state in CLOSED_TRADE_STATES:
            self._set_closed()
        elif self.trade_state != transaction.trade_state and self.state not in ('paid', 'suspense'):
            self.trade_state = transaction.trade_state
        return 'done'

    def _find_mismatch(self, transaction):
        """Return the name of the first identity that is not ours, '' when all are.

        The amount is not among them: money of a wrong amount is money all the same.
        Source: spec/wechat_pay_v3.md §11.
        """
        expected = {
            'mchid': self.mchid or '',
            'appid': self.appid,
            'out_trade_no': self.out_trade_no,
            'currency': CURRENCY,
        }
        for name, value in expected.items():
            if getattr(transaction, name) != value:
                return name
        if (
            transaction.is_paid
            and self.transaction_id
            and self.transaction_id != transaction.transaction_id
        ):
            return 'transaction_id'
        return ''

    def _refuse(self, transaction, mismatch):
        _logger.error(
            '%s: a message of the provider carries another %s: %r',
            self.out_trade_no,
            mismatch,
            getattr(transaction, mismatch),
        )
        self.channel_id._count_refused(f'wrong {mismatch}')
        self.order_id._raise_todo(
            self.env._('A message of the provider does not fit the payment'),
            self.env._(
                'Payment %(number)s: the message carries another %(field)s. Nothing was booked. '
                'Look the payment up in the merchant console.',
                number=self.out_trade_no,
                field=mismatch,
            ),
        )

    def _book_payment(self, order, transaction):
        if self.state in ('paid', 'suspense'):
            _logger.info('%s is booked already', self.out_trade_no)
            return 'done'
        reason = self._find_suspense_reason(order, transaction)
        values = {
            'transaction_id': transaction.transaction_id,
            'trade_state': transaction.trade_state,
            'bank_type': transaction.bank_type,
            'success_time': transaction.success_time
            and transaction.success_time.replace(tzinfo=None),
            'paid_fen': transaction.total_fen,
            'payer_fen': transaction.payer_total_fen or transaction.total_fen,
            'next_try_at': False,
            'last_error': False,
        }
        if reason:
            self._set_suspense(order, reason, values)
        elif self._move('paid', **values):
            order._set_paid(self)
        return 'done'

    def _find_suspense_reason(self, order, transaction):
        """Return why this money pays for nothing, '' when it pays the order."""
        if transaction.trade_state != 'SUCCESS':
            # Paid and (partly) refunded before we knew of it: somebody used the console.
            return 'outside'
        if transaction.total_fen != self.amount_fen:
            return 'amount'
        if self.openid and transaction.openid and transaction.openid != self.openid:
            return 'payer'
        if order.state in REFUNDABLE_ORDER_STATES or order.state == 'refunded':
            return 'double'
        if self.state == 'closed' or order.state == 'closed':
            return 'late'
        return ''

    def _set_suspense(self, order, reason, values):
        """Keep money that pays for nothing apart, and give it back by itself.

        The business document is not touched. What was refunded outside is left to a person:
        how much is still there is not known.
        """
        if not self._move('suspense', suspense_reason=reason, **values):
            return
        if self.paid_fen:
            order._book_suspense(self)
        words = dict(self._fields['suspense_reason']._description_selection(self.env))
        order._raise_todo(
            self.env._('Money in suspense: %(reason)s', reason=words[reason]),
            self.env._(
                'Payment %(number)s (%(transaction)s) of %(amount)s fen pays for nothing.',
                number=self.out_trade_no,
                transaction=self.transaction_id,
                amount=self.paid_fen,
            ),
        )
        if reason != 'outside' and self.paid_fen:
            refund = order._open_refund(self, self.paid_fen, words[reason])
            refund._job_queue()
