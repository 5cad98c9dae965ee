import psycopg2

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput

from .common import RefundCommon

REFUND = 'odoo.addons.wx_payment.models.wx_payment_refund'
BOOKING = 'odoo.addons.wx_payment.models.wx_payment_refund_booking'
STATES = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'
JOB = 'odoo.addons.wx_base.models.wx_job_mixin'


@tagged('post_install', '-at_install')
class TestRefund(RefundCommon):
    # === REQUESTING === #

    def test_request_writes_and_calls_nobody(self):
        order, attempt = self._create_paid()
        self.wechat.calls.clear()
        refund = self._request(order)
        self.assertRecordValues(
            refund,
            [
                {
                    'state': 'queued',
                    'amount_fen': 100,
                    'amount': 1.0,
                    'attempt_id': attempt.id,
                    'out_refund_no': f'{order.name}R1',
                    'reason': 'Not delivered',
                }
            ],
        )
        self.assertRecordValues(order, [{'state': 'refunding', 'refunding_fen': 100}])
        self.assertTrue(refund.next_try_at)
        self.assertEqual(self.wechat.calls, [])

    def test_unpaid_order_cannot_be_refunded(self):
        draft = self._create_order()
        pending, _attempt = self._create_pending()
        for order in (draft, pending):
            with self.assertRaises(Conflict):
                self._request(order)
        self.assertFalse((draft | pending).refund_ids)

    def test_amount_must_be_positive(self):
        order, _attempt = self._create_paid()
        for amount in (0, -1):
            with self.assertRaises(InvalidInput):
                self._request(order, amount)

    def test_no_more_than_what_was_paid(self):
        order, _attempt = self._create_paid()
        with self.assertRaises(Conflict):
            self._request(order, 101)
        self._request(order, 60)
        with self.assertRaises(Conflict):
            self._request(order, 41)
        self._request(order, 40)
        with self.assertRaises(Conflict):
            self._request(order, 1)
        self.assertEqual(order.refunding_fen, 100)

    @mute_logger('odoo.sql_db')
    def test_database_refuses_more_than_was_paid(self):
        order, attempt = self._create_paid()
        for record in (order, attempt):
            with self.assertRaises(psycopg2.errors.CheckViolation), self.env.cr.savepoint():
                record.refunded_fen = 101
                self.env.flush_all()

    # === THE GOOD WAY === #

    def test_full_refund_ends_as_refunded(self):
        order, attempt = self._create_paid()
        refund = self._request(order)
        self._run_jobs(refund)
        self.assertEqual((refund.state, order.state), ('processing', 'refunding'))
        self._finish(refund)
        self.assertRecordValues(refund, [{'state': 'done', 'next_try_at': False}])
        self.assertTrue(refund.refund_id and refund.success_time)
        self.assertRecordValues(
            order,
            [
                {
                    'state': 'refunded',
                    'refunding_fen': 0,
                    'refunded_fen': 100,
                    'amount_refunded': 1.0,
                }
            ],
        )
        self.assertRecordValues(attempt, [{'refunding_fen': 0, 'refunded_fen': 100}])
        self.assertEqual(
            self.hooks.calls,
            [(what, order.res_id) for what in ('paid', 'refunding', 'refunded')],
        )

    def test_partial_refund_leaves_the_order_paid(self):
        order, _attempt = self._create_paid()
        refund = self._request(order, 40)
        self._run_jobs(refund)
        self._finish(refund)
        self.assertRecordValues(order, [{'state': 'paid', 'refunding_fen': 0, 'refunded_fen': 40}])
        self.assertEqual(self.hooks.calls, [('paid', order.res_id), ('refund ended', order.res_id)])
        rest = self._request(order, 60)
        self.assertEqual(rest.out_refund_no, f'{order.name}R2')
        self._run_jobs(rest)
        self._finish(rest)
        self.assertEqual(order.state, 'refunded')

    def test_request_names_number_total_and_our_address(self):
        order, attempt = self._create_paid()
        refund = self._request(order, 40)
        self._run_jobs(refund)
        request = self.wechat.refunds[refund.out_refund_no]['request']
        self.assertEqual(request['transaction_id'], attempt.transaction_id)
        self.assertEqual(request['amount'], {'refund': 40, 'total': 100, 'currency': 'CNY'})
        self.assertEqual(request['notify_url'], self.channel.notify_url)

    def test_lost_notice_is_made_up_for_by_a_query(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self._run_jobs(refund)
        self.assertTrue(refund.next_try_at)
        self.wechat.finish_refund(refund.out_refund_no)
        self._run_jobs(refund)
        self.assertEqual((refund.state, order.state), ('done', 'refunded'))

    def test_polling_slows_down(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        delays = []
        for _i in range(10):
            self._run_jobs(refund)
            delays.append(round((refund.next_try_at - fields.Datetime.now()).total_seconds()))
        self.assertEqual(delays, [10, 60, 60, 60, 60, 60, 300, 600, 1200, 1800])
        self.assertEqual(self._refund_calls(), ['refund'] + ['refund_query'] * 9)

    # === ANY ORDER === #

    def test_old_news_does_not_move_a_final_state_back(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self._run_jobs(refund)
        number = refund.out_refund_no
        self._finish(refund)
        for status in ('PROCESSING', 'CLOSED', 'ABNORMAL'):
            self.wechat.refunds[number]['status'] = status
            refund._job_queue()
            self._run_jobs(refund)
            if status != 'PROCESSING':
                self._deliver_raw(*self.wechat.refund_notice(number))
            self.assertEqual((refund.state, order.state), ('done', 'refunded'))
        self.assertEqual(order.refunded_fen, 100)

    def test_notice_before_the_answer_is_booked_once(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self.wechat.faults['refund'] = [('after', TimeoutError())]
        self.wechat.faults['refund_query'] = [TimeoutError()]
        with mute_logger(REFUND, BOOKING):
            self._run_jobs(refund)
        self._finish(refund)
        self._run_jobs(refund)
        self.assertEqual(order.refunded_fen, 100)
        self.assertEqual(self.hooks.calls.count(('refunded', order.res_id)), 1)

    @mute_logger(REFUND, BOOKING, JOB, STATES)
    def test_notice_with_another_amount_is_refused(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self._run_jobs(refund)
        number = refund.out_refund_no
        self.wechat.finish_refund(number)
        notice = self._deliver_raw(
            *self.wechat.refund_notice(number, amount={'total': 100, 'refund': 1})
        )
        self.assertEqual((notice.state, refund.state), ('refused', 'processing'))
        self.assertEqual(order.refunded_fen, 0)
        self.assertTrue(order.activity_ids)

    # === MADE IN THE CONSOLE === #

    def _refund_outside(self, attempt, amount_fen):
        self.wechat._do_refund(
            None,
            {
                'out_refund_no': 'CONSOLE-1',
                'transaction_id': self.wechat.orders[attempt.out_trade_no]['transaction_id'],
                'amount': {'refund': amount_fen, 'total': 100, 'currency': 'CNY'},
            },
        )
        self.wechat.finish_refund('CONSOLE-1')
        return self.wechat.refund_notice('CONSOLE-1')

    def test_refund_of_the_console_is_taken_in(self):
        order, attempt = self._create_paid()
        notice = self._deliver_raw(*self._refund_outside(attempt, 100))
        self.assertEqual(notice.state, 'done')
        self.assertRecordValues(
            order.refund_ids, [{'out_refund_no': 'CONSOLE-1', 'state': 'done', 'outside': True}]
        )
        self.assertEqual(order.state, 'refunded')
        self.assertIn(('refunded', order.res_id), self.hooks.calls)

    def test_refund_before_its_payment_waits_for_it(self):
        order, attempt = self._create_pending()
        paid = self.wechat.pay(attempt.out_trade_no)
        notice = self._deliver_raw(*self._refund_outside(attempt, 40))
        self.assertEqual(notice.state, 'received')
        self.assertTrue(notice.next_try_at)
        self._deliver(paid)
        self._run_jobs(notice)
        self.assertEqual(notice.state, 'done')
        self.assertRecordValues(order, [{'state': 'paid', 'refunded_fen': 40}])

    @mute_logger('odoo.addons.wx_payment.models.wx_payment_notification', STATES)
    def test_refund_of_the_console_that_does_not_fit_is_told(self):
        order, attempt = self._create_paid()
        self._request(order, 80)
        notice = self._deliver_raw(*self._refund_outside(attempt, 40))
        self.assertEqual(notice.state, 'refused')
        self.assertEqual(order.refunding_fen, 80)
        self.assertTrue(self.channel.activity_ids)

    # === DIALOGUE === #

    def test_dialogue_offers_what_is_left_and_counts_in_fen(self):
        order, _attempt = self._create_paid(1999)
        self._request(order, 999)
        wizard = self.env['wx.payment.refund.wizard'].create(
            {'order_id': order.id, 'reason': 'Goodwill'}
        )
        self.assertEqual(wizard.amount, 10.0)
        wizard.amount = 0.29
        wizard.action_refund()
        self.assertEqual(order.refund_ids.sorted('id')[-1].amount_fen, 29)
