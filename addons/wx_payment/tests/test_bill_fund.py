from datetime import timedelta

from odoo.tests import tagged

from .bill_common import DAY, BillCommon
from .bill_text import FundBill

SIDES = ('type', 'subject', 'bill_fen', 'fund_fen', 'gap')


@tagged('post_install', '-at_install')
class TestBillFund(BillCommon):
    """The fund flow against the trade bill of the same day."""

    def setUp(self):
        super().setUp()
        self.attempt = self._pay(10000)
        self.refund = self._give_back(self.attempt, 1000)
        self._add(self.attempt, fee=60)
        self._add_refund(self.refund)
        self._reconcile(self.trade.text())

    def _flow(self, payment=10000, refund=1000, fee=60):
        if payment:
            self.fund.payment(self.attempt.transaction_id, payment)
        if fee:
            self.fund.fee(self.attempt.transaction_id, fee)
        if refund:
            self.fund.refund(self.refund.refund_id, refund)
        return self.fund

    def test_flow_that_agrees_leaves_no_difference(self):
        # What is neither trade nor fee is no business of the trade bill.
        self._flow().add('提现', '支出', '', 5000)
        bill = self._reconcile(self.fund.text(), kind='fund')
        self.assertRecordValues(
            bill,
            [
                {
                    'state': 'matched',
                    'line_count': 4,
                    'in_fen': 10000,
                    'out_fen': 6060,
                    'fee_fen': 60,
                    'difference_count': 0,
                }
            ],
        )
        lines = self.env['wx.payment.bill.movement'].search([('bill_id', '=', bill.id)])
        self.assertEqual(lines.mapped('kind'), ['payment', 'fee', 'refund', 'other'])
        self.assertEqual(lines.mapped('balance_fen'), [10000, 9940, 8940, 3940])
        self.assertEqual(lines[3].number, lines[3].serial)

    def test_other_amounts(self):
        bill = self._reconcile(self._flow(9990, 1001).text(), kind='fund')
        self.assertEqual(
            self._facts(bill, *SIDES),
            [
                ('amount', 'payment', 10000, 9990, -0.1),
                ('amount', 'refund', 1000, 1001, 0.01),
            ],
        )
        self.assertEqual(bill.difference_ids.attempt_id, self.attempt)
        self.assertEqual(bill.difference_ids.refund_id, self.refund)

    def test_other_fee(self):
        bill = self._reconcile(self._flow(fee=61).text(), kind='fund')
        self.assertEqual(self._facts(bill, *SIDES), [('fee', 'payment', 60, 61, 0.01)])

    def test_fees_outside_of_this_account_are_compared_by_the_day(self):
        bill = self._reconcile(self._flow(fee=0).text(), kind='fund')
        self.assertEqual(
            self._facts(bill, *SIDES, 'number'), [('fee', 'day', 60, 0, -0.6, '2026-01-02')]
        )

    def test_movement_without_a_trade(self):
        bill = self._reconcile(self._flow().payment('42009999', 700).text(), kind='fund')
        self.assertEqual(
            self._facts(bill, *SIDES, 'number'),
            [('missing_here', 'payment', 0, 700, 7.0, '42009999')],
        )

    def test_trade_without_a_movement_waits_for_the_next_day_and_is_missing_then(self):
        bill = self._reconcile(self._flow(payment=0).text(), kind='fund')
        self.assertEqual(self._facts(bill, *SIDES), [('waiting', 'payment', 10000, 0, -100.0)])
        self._work(self._plan(DAY + timedelta(days=1)))
        next_flow = FundBill().add('提现', '支出', '', 1).text()
        self._reconcile(next_flow, DAY + timedelta(days=1), kind='fund')
        self._work(bill)
        self.assertEqual(
            self._facts(bill, *SIDES), [('missing_there', 'payment', 10000, 0, -100.0)]
        )

    def test_movement_of_the_next_day_settles_what_waits(self):
        bill = self._reconcile(self._flow(payment=0).text(), kind='fund')
        self._work(self._plan(DAY + timedelta(days=1)))
        text = FundBill().payment(self.attempt.transaction_id, 10000).text()
        later = self._reconcile(text, DAY + timedelta(days=1), kind='fund')
        self._work(bill)
        self.assertEqual(bill.difference_ids.mapped('resolution'), ['gone'])
        self.assertFalse(later.difference_ids)

    def test_flow_waits_for_the_trade_bill_of_its_day(self):
        day = DAY + timedelta(days=1)
        self.bills['fund', day] = self._flow().text()
        bill = self._work(self._plan(day, 'fund'))
        self.assertEqual(bill.state, 'parsed')
        self.assertTrue(bill.next_try_at)
        self.assertFalse(bill.difference_ids)
        self._work(self._plan(day))
        bill._job_queue()
        self._work(bill)
        self.assertEqual(bill.state, 'matched')

    def test_second_run_changes_nothing(self):
        bill = self._reconcile(self._flow(9990, 1001, 0).text(), kind='fund')
        before = bill.difference_ids.read()
        self.assertEqual(len(before), 3)
        self._match_again(bill)
        self.assertEqual(bill.difference_ids.read(), before)
