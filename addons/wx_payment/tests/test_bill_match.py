from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.wx_ledger.values import Transfer

from .bill_common import DAY, BillCommon, beijing
from .bill_text import TradeBill

SIDES = ('type', 'bill_fen', 'record_fen', 'ledger_fen', 'gap', 'action')


@tagged('post_install', '-at_install')
class TestBillMatch(BillCommon):
    """Each type of difference between a trade bill, the payments and the ledger."""

    def test_bill_that_agrees_leaves_no_difference(self):
        attempt = self._pay()
        self._add(attempt, fee=1)
        self._add_refund(self._give_back(attempt))
        bill = self._reconcile(self.trade.text())
        self.assertRecordValues(
            bill,
            [
                {
                    'state': 'matched',
                    'line_count': 2,
                    'in_fen': 100,
                    'out_fen': 40,
                    'fee_fen': 1,
                    'amount_in': 1.0,
                    'difference_count': 0,
                }
            ],
        )
        self.assertFalse(bill.activity_ids)

    def test_payment_that_is_missing_here(self):
        self.trade.payment('unknown-1', '42000001', 250)
        bill = self._reconcile(self.trade.text())
        self.assertEqual(
            self._facts(bill), [('missing_here', 'payment', 'unknown-1', 'open', 'look')]
        )
        self.assertEqual(self._facts(bill, *SIDES), [('missing_here', 250, 0, 0, 2.5, 'look')])

    def test_refund_of_the_console_is_missing_here(self):
        attempt = self._pay()
        self._add(attempt)
        self.trade.refund(attempt.out_trade_no, attempt.transaction_id, '', '50300001', 30)
        bill = self._reconcile(self.trade.text())
        self.assertEqual(
            self._facts(bill), [('missing_here', 'refund', '50300001', 'open', 'look')]
        )

    def test_payment_and_refund_that_are_missing_there(self):
        attempt = self._pay()
        refund = self._give_back(attempt)
        self.trade.payment('unknown-1', '42000001', 1)
        bill = self._reconcile(self.trade.text())
        self.assertEqual(
            self._facts(bill)[::2] + self._facts(bill)[1:2],
            [
                ('missing_there', 'payment', attempt.out_trade_no, 'open', 'query'),
                ('missing_there', 'refund', refund.out_refund_no, 'open', 'query'),
                ('missing_here', 'payment', 'unknown-1', 'open', 'look'),
            ],
        )
        # The refund's difference names the payment as well.
        of_payment = bill.difference_ids.filtered(
            lambda one: one.attempt_id == attempt and one.subject == 'payment'
        )
        self.assertRecordValues(
            of_payment,
            [{'bill_fen': 0, 'record_fen': 100, 'ledger_fen': 100, 'record_state': 'paid'}],
        )

    def test_other_amount_in_the_bill(self):
        attempt = self._pay(100)
        self._add(attempt, fen=90)
        bill = self._reconcile(self.trade.text())
        self.assertEqual(self._facts(bill, *SIDES), [('amount', 90, 100, 100, -0.1, 'look')])

    def test_other_amount_of_a_refund(self):
        attempt = self._pay(100)
        refund = self._give_back(attempt, 40)
        self._add(attempt)
        self._add_refund(refund, fen=41)
        bill = self._reconcile(self.trade.text())
        self.assertEqual(self._facts(bill, *SIDES), [('amount', 41, 40, 40, 0.01, 'look')])
        self.assertEqual(bill.difference_ids.refund_id, refund)

    def test_other_amount_in_the_ledger(self):
        attempt = self._pay(100)
        self._book_beside(attempt, 7)
        self._add(attempt)
        bill = self._reconcile(self.trade.text())
        self.assertEqual(self._facts(bill, *SIDES), [('amount', 100, 100, 107, -0.07, 'adjust')])

    def test_entry_of_the_clearing_account_without_a_payment(self):
        self._book_beside(self.channel, 7)
        posting = self.env['wx.ledger.posting'].search([('key', '=', 'beside')])
        # Nobody changes a posting's time: the bill is of the day that it has.
        day = (posting.posted_at + timedelta(hours=8)).date()
        bill = self._reconcile(TradeBill().payment('x', 'y', 1).text(), day)
        movement = bill.difference_ids.filtered(lambda one: one.subject == 'movement')
        self.assertRecordValues(
            movement,
            [
                {
                    'type': 'missing_there',
                    'number': 'beside',
                    'ledger_fen': 7,
                    'gap': -0.07,
                    'action': 'adjust',
                }
            ],
        )

    def test_paid_there_and_unpaid_here(self):
        order, attempt = self._create_pending(100)
        self.wechat.pay(attempt.out_trade_no)
        self._add(attempt, fen=100)
        bill = self._reconcile(self.trade.text())
        self.assertEqual(
            self._facts(bill), [('state', 'payment', attempt.out_trade_no, 'open', 'push')]
        )
        self.assertRecordValues(
            bill.difference_ids,
            [{'bill_state': 'SUCCESS', 'record_state': 'open', 'gap': 1.0, 'ledger_fen': 0}],
        )
        self.assertEqual(order.state, 'pending')

    def test_refund_failed_there_and_done_here(self):
        attempt = self._pay()
        self._add(attempt)
        self._add_refund(self._give_back(attempt), status='FAIL')
        bill = self._reconcile(self.trade.text())
        self.assertEqual(
            self._facts(bill, 'type', 'bill_state', 'record_state', 'gap', 'action'),
            [('state', 'FAIL', 'done', -0.4, 'query')],
        )

    def test_refund_under_way_is_no_difference(self):
        attempt = self._pay()
        refund = self._give_back(attempt, status=None)
        self.assertEqual(refund.state, 'processing')
        self._add(attempt)
        self._add_refund(refund, status='PROCESSING')
        self.assertFalse(self._reconcile(self.trade.text()).difference_ids)

    def test_code_payment_taken_back_is_no_difference(self):
        _order, attempt = self._create_pending(100)
        self.trade.payment(attempt.out_trade_no, '42000001', 100)
        self.trade.refund(attempt.out_trade_no, '42000001', '', '50300001', 100, state='REVOKED')
        self.assertFalse(self._reconcile(self.trade.text()).difference_ids)

    def test_payment_taken_back_there_and_paid_here(self):
        attempt = self._pay(100)
        self._add(attempt)
        self.trade.refund(
            attempt.out_trade_no, attempt.transaction_id, '', '50300001', 100, state='REVOKED'
        )
        bill = self._reconcile(self.trade.text())
        self.assertEqual(
            self._facts(bill, 'type', 'bill_fen', 'record_state', 'gap', 'action'),
            [('state', 0, 'paid', -1.0, 'query')],
        )

    def test_twice_in_one_bill_and_again_in_the_next(self):
        attempt = self._pay(100)
        self._add(self._add(attempt) and attempt)
        bill = self._reconcile(self.trade.text())
        duplicate = ('duplicate', 'payment', attempt.out_trade_no, 'open', 'refund')
        self.assertEqual(self._facts(bill), [duplicate])
        self.assertEqual(bill.difference_ids.gap, 1.0)
        later = self._reconcile(self._add(attempt, TradeBill()).text(), DAY + timedelta(days=1))
        self.assertEqual(self._facts(later), [duplicate])

    def test_fee_above_the_agreed_rate(self):
        self.channel.fee_rate = 600
        dear, fair = self._pay(10000), self._pay(10000)
        self._add(dear, fee=62)
        # A fen more may come from rounding.
        self._add(fair, fee=61)
        bill = self._reconcile(self.trade.text())
        self.assertEqual(
            self._facts(bill, 'type', 'number', 'bill_fen', 'gap', 'action'),
            [('fee', dear.out_trade_no, 62, 0.62, 'accept')],
        )

    def test_payment_of_another_merchant_account_is_not_ours(self):
        attempt = self._pay(100)
        other = self.channel.copy(
            {'slug': 'other-channel', 'mchid': '1900000222', 'merchant_serial': 'A' * 40}
            | self._keys()
        )
        self.bills['trade', DAY] = self._add(attempt).text()
        bills = self.env['wx.payment.bill']._plan(other, DAY, DAY)
        bill = self._work(bills.filtered(lambda one: one.kind == 'trade'))
        self.assertEqual(
            self._facts(bill), [('missing_here', 'payment', attempt.out_trade_no, 'open', 'look')]
        )

    def test_channels_of_one_merchant_account_share_their_bill(self):
        attempt = self._pay(100)
        twin = self.channel.copy(
            {'slug': 'twin-channel', 'mchid': self.channel.mchid, 'merchant_serial': 'A' * 40}
            | self._keys()
        )
        attempt.channel_id = twin
        mine = self.env['wx.payment.channel']._bill_channels() & (self.channel | twin)
        self.assertEqual(mine, self.channel)
        # The ledger knows the payment by the other channel's account.
        bill = self._reconcile(self._add(attempt).text())
        self.assertFalse(bill.difference_ids)

    def _keys(self):
        """Return the secrets of the channel, which are not copied."""
        return {
            name: self.channel[name]
            for name in ('private_key', 'apiv3_key', 'public_key_id', 'public_key_pem')
        }

    def _book_beside(self, document, amount):
        """Book something on the clearing account that no provider knows of."""
        accounts = self.env['wx.ledger.account']
        asset = self.env['wx.ledger.asset']._money_of(
            self.channel.company_id, self.env.ref('base.CNY')
        )
        clearing = accounts._of_purpose(asset, 'clearing', self.channel)
        sales = accounts._of_purpose(asset, 'sales')
        self.env['wx.ledger'].post(
            [Transfer(clearing.id, sales.id, amount, '200001')], key='beside', document=document
        )


@tagged('post_install', '-at_install')
class TestBillMidnight(BillCommon):
    """Money that moves around midnight stands in the bill of either day."""

    def setUp(self):
        super().setUp()
        self.next_day = DAY + timedelta(days=1)
        self.late = self._pay(success_time=beijing(DAY, 23, 55))
        self.bill = self._reconcile(self._add(self._pay()).text())

    def test_late_payment_waits_for_the_next_bill(self):
        self.assertEqual(
            self._facts(self.bill),
            [('waiting', 'payment', self.late.out_trade_no, 'waiting', 'wait')],
        )
        self.assertFalse(self.bill.activity_ids)

    def test_found_in_the_next_bill_it_settles_itself(self):
        text = self._add(self.late, TradeBill(), time='2026-01-03 00:00:01').text()
        later = self._reconcile(text, self.next_day)
        self._work(self.bill)
        self.assertFalse(later.difference_ids)
        self.assertRecordValues(
            self.bill.difference_ids,
            [{'type': 'waiting', 'state': 'settled', 'resolution': 'gone', 'settled_by_id': False}],
        )

    def test_not_in_the_next_bill_either_it_is_missing(self):
        self._reconcile(TradeBill().payment('x', 'y', 1).text(), self.next_day)
        self._work(self.bill)
        self.assertEqual(
            self._facts(self.bill),
            [('missing_there', 'payment', self.late.out_trade_no, 'open', 'query')],
        )
        self.assertTrue(self.bill.activity_ids)

    def test_a_next_day_without_a_bill_ends_the_waiting_too(self):
        self._work(self._plan(self.next_day))
        self._work(self.bill)
        self.assertEqual(self.bill.difference_ids.mapped('type'), ['missing_there'])

    def test_refund_accepted_the_day_before_is_in_that_bill(self):
        attempt = self._pay()
        refund = self._give_back(attempt)
        refund.success_time = beijing(self.next_day, 9)
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE wx_payment_refund SET create_date = %s WHERE id = %s',
            (beijing(DAY, 20), refund.id),
        )
        first = self._reconcile(
            self._add_refund(refund, self._add(attempt, self._add(self.late, TradeBill()))).text(),
        )
        later = self._reconcile(TradeBill().payment('x', 'y', 1).text(), self.next_day)
        self.assertNotIn(refund, (first | later).difference_ids.refund_id)
