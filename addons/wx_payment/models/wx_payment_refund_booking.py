import logging

from odoo import api, models

from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const import FINAL_REFUND_STATES, REFUND_STATUS_STATES

_logger = logging.getLogger(__name__)


class WxPaymentRefund(models.Model):
    """Booking of what the provider says of a refund, in an answer or a notice."""

    _inherit = 'wx.payment.refund'

    # === BUSINESS METHODS - BOOKING === #

    def _book_refund(self, refund):
        """Bring in a refund's state, from an answer or a notice, in any order.

        :param refund: `paywire.messages.Refund`
        :return: `done` or, when it does not belong to this refund, `refused`
        """
        self.ensure_one()
        lock_rows(self.order_id)
        self.invalidate_recordset()
        mismatch = self._find_mismatch(refund)
        if mismatch:
            _logger.error('%s: a message carries another %s', self.out_refund_no, mismatch)
            self.channel_id._count_refused(f'wrong {mismatch}')
            self._job_bury(self.env._('A message carries another %(field)s.', field=mismatch))
            return 'refused'
        target = REFUND_STATUS_STATES.get(refund.status)
        if not target:
            _logger.error('%s: unknown state %s', self.out_refund_no, refund.status)
            return 'refused'
        self._set_by_provider(target, refund)
        return 'done'

    def _find_mismatch(self, refund):
        """Return the name of the first field that is not ours, '' when all are."""
        expected = {
            'out_refund_no': self.out_refund_no,
            'transaction_id': self.attempt_id.transaction_id,
            'out_trade_no': self.attempt_id.out_trade_no,
            'refund_fen': self.amount_fen,
            'total_fen': self.attempt_id.paid_fen,
        }
        for name, value in expected.items():
            if getattr(refund, name) != value:
                return name
        if refund.mchid and refund.mchid != self.attempt_id.mchid:
            return 'mchid'
        return ''

    def _set_by_provider(self, target, refund):
        values = {
            'refund_id': refund.refund_id or False,
            'received_account': refund.user_received_account,
            'success_time': refund.success_time and refund.success_time.replace(tzinfo=None),
        }
        # An older PROCESSING that comes late is no illegal move, only old news.
        if self.state in FINAL_REFUND_STATES or (
            target == 'processing' and self.state == 'abnormal'
        ):
            _logger.info('%s is %s already', self.out_refund_no, self.state)
            return
        if not self._move(target, **values):
            return
        if target in FINAL_REFUND_STATES:
            self.order_id._book_refund(self, 'done' if target == 'done' else 'void')
            self.write({'next_try_at': False, 'lease_until': False, 'last_error': False})
            self.order_id._settle_refund(self, succeeded=target == 'done')
        if target in ('abnormal', 'closed'):
            self._raise_refund_todo(target)

    def _raise_refund_todo(self, target):
        summaries = {
            'abnormal': self.env._('A refund cannot reach the customer'),
            'closed': self.env._('A refund was closed by the provider'),
        }
        notes = {
            'abnormal': self.env._(
                "Refund %(number)s: the customer's card or account does not take the money. Settle "
                'it in the merchant console.',
                number=self.out_refund_no,
            ),
            'closed': self.env._(
                'Refund %(number)s came to nothing; it may be requested anew.',
                number=self.out_refund_no,
            ),
        }
        self.order_id._raise_todo(summaries[target], notes[target])

    @api.model
    def _adopt(self, attempt, refund):
        """Take in a refund that was made in the merchant console; the payment is booked here.

        :return: the record, empty when it does not fit what is left of the payment
        """
        order = lock_rows(attempt.order_id)
        attempt.invalidate_recordset()
        if refund.refund_fen > attempt.refundable_fen:
            return self.browse()
        record = order._open_refund(
            attempt,
            refund.refund_fen,
            self.env._('Merchant console'),
            leg=attempt.state == 'paid' and attempt.leg_id,
            out_refund_no=refund.out_refund_no,
            outside=True,
        )
        record._move('sent')
        return record
