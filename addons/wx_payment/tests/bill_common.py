from datetime import date, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from ..lib.paywire.errors import NotFound
from .bill_text import FundBill, TradeBill
from .common import RefundCommon

# The day on which the small WeChat Pay has everything happen, in Beijing.
DAY = date(2026, 1, 2)
QUIET = (
    'odoo.addons.wx_payment.models.wx_payment_state_mixin',
    'odoo.addons.wx_base.models.wx_job_mixin',
)


class BillCommon(RefundCommon):
    """Bills that the provider has: texts, or errors, by kind and day."""

    def setUp(self):
        super().setUp()
        self.bills = {}
        self.asked = []
        provider = type(self.env['wx.payment.provider.wxpay_v3'])
        self.startPatcher(patch.object(provider, '_fetch_bill', self._answer))
        self.enterContext(mute_logger(*QUIET))
        # One transaction holds the whole test.
        self.startPatcher(
            patch.object(type(self.env['ir.cron']), '_commit_progress', lambda *a, **k: 9)
        )
        # What was booked today is of another day than the bills.
        self.trade, self.fund = TradeBill(), FundBill()

    def _answer(self, channel, kind, day, write):
        self.asked.append((kind, day))
        answer = self.bills.get((kind, day), NotFound('no bill', code='NO_STATEMENT_EXIST'))
        if isinstance(answer, Exception):
            raise answer
        # In pieces that care for no line.
        for start in range(0, len(answer), 1000):
            write(answer[start : start + 1000])

    def _plan(self, day=DAY, kind='trade'):
        """Return the bill of a day, planned like the scheduled action does."""
        bills = self.env['wx.payment.bill']._plan(self.channel, day, day)
        return bills.filtered(lambda bill: bill.kind == kind)

    def _work(self, bills):
        """Run the rows of work until nothing of these bills is due any more."""
        for _step in range(12):
            due = bills.filtered(
                lambda bill: bill.next_try_at and bill.next_try_at <= fields.Datetime.now()
            )
            if not due:
                return bills
            self._run_jobs(due)
        return self.fail('no end of work')

    def _reconcile(self, text, day=DAY, kind='trade'):
        """Have a day's bill worked off and return it."""
        self.bills[kind, day] = text
        bill = self._plan(day, kind)
        bill._run_again(refetch=True)
        return self._work(bill)

    def _match_again(self, bill):
        bill._run_again()
        return self._work(bill)

    def _pay(self, amount_fen=100, success_time=None):
        """Return the attempt of a paid order, at another time if one is given (UTC)."""
        _order, attempt = self._create_paid(amount_fen)
        if success_time:
            attempt.success_time = success_time
            self.env.flush_all()
        return attempt

    def _add(self, attempt, bill=None, **values):
        """Write a payment into a bill as it is here."""
        values = {'number': attempt.out_trade_no, 'fen': attempt.paid_fen} | values
        number, fen = values.pop('number'), values.pop('fen')
        return (bill or self.trade).payment(number, attempt.transaction_id, fen, **values)

    def _give_back(self, attempt, amount_fen=40, status='SUCCESS'):
        """Return a refund that the provider has settled."""
        refund = self._request(attempt.order_id, amount_fen)
        self._run_jobs(refund)
        if status:
            self._finish(refund, status)
        return refund

    def _add_refund(self, refund, bill=None, **values):
        """Write a refund into a bill as it is here."""
        values = {'refund_no': refund.out_refund_no, 'fen': refund.amount_fen} | values
        attempt = refund.attempt_id
        refund_id = values.pop('refund_id', refund.refund_id)
        return (bill or self.trade).refund(
            attempt.out_trade_no, attempt.transaction_id, refund_id=refund_id, **values
        )

    def _facts(self, bill, *names):
        """Return the fields of a bill's differences, by number."""
        names = names or ('type', 'subject', 'number', 'state', 'action')
        found = bill.difference_ids.sorted(lambda one: (one.subject, one.number, one.type))
        return [tuple(difference[name] for name in names) for difference in found]


def beijing(day, hour, minute=0):
    """Return a moment of Beijing as the database has it."""
    moment = fields.Datetime.to_datetime(day) - timedelta(hours=8)
    return moment + timedelta(hours=hour, minutes=minute)
