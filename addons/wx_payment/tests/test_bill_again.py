from datetime import timedelta

from odoo.tests import tagged

from .bill_common import DAY, BillCommon
from .bill_text import TradeBill


@tagged('post_install', '-at_install')
class TestBillAgain(BillCommon):
    """A second run changes nothing; what changed between two runs is found, and no more."""

    def _state(self):
        """Return all rows that reconciliation writes, as the database has them."""
        self.env.flush_all()
        tables = ('difference', 'bill_line', 'bill_movement')
        found = []
        for table in tables:
            self.env.cr.execute(f'SELECT * FROM wx_payment_{table} ORDER BY id')
            found.append(self.env.cr.fetchall())
        self.env.cr.execute('SELECT count(*) FROM wx_ledger_posting')
        return [*found, self.env.cr.fetchone()]

    def _differing(self):
        """Return a matched bill with one difference of several types."""
        self.channel.fee_rate = 600
        self._pay()
        self._add(self._pay(10000), fen=9000, fee=99)
        self.trade.payment('unknown-1', '42000001', 250)
        bill = self._reconcile(self.trade.text())
        self.assertEqual(
            sorted(bill.difference_ids.mapped('type')),
            ['amount', 'fee', 'missing_here', 'missing_there'],
        )
        return bill

    def test_second_run_changes_nothing(self):
        bill = self._differing()
        before = self._state()
        self._match_again(bill)
        self.assertEqual(self._state(), before)
        self.assertEqual(len(bill.activity_ids.mapped('summary')), len(bill.activity_ids.user_id))

    def test_fetching_the_same_bill_again_changes_nothing(self):
        bill = self._differing()
        before = self._state()
        asked = len(self.asked)
        attachment = bill.attachment_id
        bill.action_refetch()
        self._work(bill)
        self.assertEqual(len(self.asked), asked + 1)
        self.assertEqual((bill.attachment_id, bill.state), (attachment, 'matched'))
        self.assertEqual(self._state(), before)

    def test_corrected_bill_is_read_and_booked_again(self):
        attempt = self._pay(10000)
        bill = self._reconcile(self._add(attempt, TradeBill(), fen=9000, fee=60).text())
        first = bill.attachment_id
        self.assertEqual(bill.difference_ids.state, 'open')
        bill = self._reconcile(self._add(attempt, TradeBill(), fee=50).text())
        self.assertRecordValues(bill, [{'in_fen': 10000, 'fee_fen': 50, 'line_count': 1}])
        self.assertRecordValues(
            bill.difference_ids, [{'state': 'settled', 'resolution': 'gone', 'type': 'amount'}]
        )
        # What it said first is kept, and the fee is corrected, not booked anew.
        self.assertNotEqual(bill.attachment_id, first)
        self.assertTrue(first.exists())
        self.assertEqual(self._fees(), [60, -10])

    def test_difference_that_is_gone_takes_its_to_do_along(self):
        _order, attempt = self._create_pending(100)
        notice = self.wechat.pay(attempt.out_trade_no)
        bill = self._reconcile(self._add(attempt, fen=100).text())
        self.assertTrue(bill.activity_ids)
        self._deliver(notice)
        self._match_again(bill)
        self.assertRecordValues(
            bill.difference_ids, [{'type': 'state', 'state': 'settled', 'resolution': 'gone'}]
        )
        self.assertFalse(bill.activity_ids)

    def test_difference_that_comes_back_is_open_again(self):
        attempt = self._pay(100)
        bill = self._reconcile(self._add(attempt, TradeBill(), fen=90).text())
        difference = bill.difference_ids
        self._reconcile(self._add(attempt, TradeBill()).text())
        self.assertEqual(difference.state, 'settled')
        self._reconcile(self._add(attempt, TradeBill(), fen=90).text())
        self.assertRecordValues(
            difference, [{'state': 'open', 'resolution': False, 'settled_at': False}]
        )
        self.assertEqual(bill.difference_ids, difference)

    def test_what_a_person_has_settled_stays_settled(self):
        bill = self._differing()
        bill.difference_ids.action_settle('Told the provider.', bill.difference_ids._gap_fen())
        before = self._state()
        self._match_again(bill)
        self.assertEqual(self._state(), before)

    def test_unless_its_facts_are_others_now(self):
        attempt = self._pay(100)
        bill = self._reconcile(self._add(attempt, TradeBill(), fen=90).text())
        bill.difference_ids.action_settle('A coupon of ten.', bill.difference_ids._gap_fen())
        self._reconcile(self._add(attempt, TradeBill(), fen=80).text())
        self.assertRecordValues(
            bill.difference_ids,
            [{'state': 'open', 'bill_fen': 80, 'resolution': False, 'note': 'A coupon of ten.'}],
        )

    def test_days_do_not_touch_each_other(self):
        bill = self._differing()
        before = self._facts(bill)
        self._reconcile(TradeBill().payment('x', 'y', 1).text(), DAY + timedelta(days=1))
        self.assertEqual(self._facts(bill), before)

    # === FEES === #

    def _fees(self):
        """Return what went from the account of fees to clearing, posting by posting."""
        self.env.cr.execute(
            """SELECT CASE WHEN s.purpose = 'fee' THEN t.amount ELSE -t.amount END
                 FROM wx_ledger_posting p
                 JOIN wx_ledger_transfer t ON t.posting_id = p.id
                 JOIN wx_ledger_account s ON s.id = t.debit_account_id
                 JOIN wx_payment_bill b ON b.id = p.document_id
                WHERE p.document_model = 'wx.payment.bill' AND b.channel_id = %s ORDER BY p.id""",
            (self.channel.id,),
        )
        return [amount for (amount,) in self.env.cr.fetchall()]

    def test_fees_of_a_bill_are_one_transfer(self):
        first, second = self._pay(10000), self._pay(5000)
        self._add(first, fee=60)
        self._add(second, fee=30)
        self._add_refund(self._give_back(second, 1000), fee=-6)
        bill = self._reconcile(self.trade.text())
        self.assertEqual(self._fees(), [84])
        posting = self.env['wx.ledger.posting'].search(
            [('key', '=', f'fee:{self.channel.id}:{DAY}')]
        )
        self.assertEqual((posting.document_model, posting.document_id), (bill._name, bill.id))
        self._match_again(bill)
        self.assertEqual(self._fees(), [84])
        # 10000 + 5000 − 1000 − 84: what the provider still owes us.
        clearing = self.env['wx.ledger.account'].browse(bill._clearing_accounts(self.channel))
        self.assertEqual(clearing.current_balance, -13916)
        self.assertFalse(self.channel._fee_account().limit_watched)
        self.assertFalse(bill.difference_ids)

    def test_day_on_which_more_fees_come_back(self):
        attempt = self._pay(10000)
        self._add_refund(self._give_back(attempt, 10000), fee=-60)
        self._add(attempt)
        self._reconcile(self.trade.text())
        self.assertEqual(self._fees(), [-60])
