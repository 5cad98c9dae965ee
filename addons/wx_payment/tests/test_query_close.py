from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, OutcomeUnknown

from .common import WAY, PaymentCommon

ATTEMPT_LOGGER = 'odoo.addons.wx_payment.models.wx_payment_attempt_prepay'


@tagged('post_install', '-at_install')
class TestQuery(PaymentCommon):
    def test_first_query_comes_five_seconds_after_the_start(self):
        _order, attempt = self._create_pending()
        delay = attempt.next_try_at - fields.Datetime.now()
        self.assertLessEqual(abs(delay.total_seconds() - 5), 2)

    def test_lost_notice_is_made_up_for_by_a_query(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        self._run_jobs(attempt)
        self.assertRecordValues(order, [{'state': 'paid', 'paid_fen': 100}])
        self.assertRecordValues(
            attempt,
            [{'state': 'paid', 'paid_fen': 100, 'trade_state': 'SUCCESS', 'next_try_at': False}],
        )
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    def test_gaps_between_queries_grow(self):
        _order, attempt = self._create_pending()
        delays = []
        for _i in range(7):
            self._run_jobs(attempt)
            delays.append(round((attempt.next_try_at - fields.Datetime.now()).total_seconds()))
        self.assertEqual(delays, [30, 60, 180, 300, 600, 1800, 1800])
        self.assertEqual((attempt.state, attempt.trade_state), ('open', 'NOTPAY'))

    def test_unpaid_is_not_failed(self):
        order, attempt = self._create_pending()
        self._run_jobs(attempt)
        self.assertEqual((order.state, attempt.state), ('pending', 'open'))
        self.assertEqual(self.hooks.calls, [])

    def test_number_that_the_provider_does_not_know_is_asked_for_again(self):
        order = self._create_order()
        self.wechat.faults['prepay'] = [TimeoutError()]
        with mute_logger(ATTEMPT_LOGGER):
            self._expect(OutcomeUnknown, order._pay, WAY)
        self._run_jobs(order.attempt_ids)
        self.assertEqual(order.attempt_ids.state, 'draft')
        self.assertTrue(order.attempt_ids.next_try_at)

    @mute_logger(ATTEMPT_LOGGER)
    def test_query_without_an_answer_is_repeated(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        self.wechat.faults['query'] = [TimeoutError(), (500, 'SYSTEM_ERROR'), (429, 'X')]
        for _i in range(3):
            self._run_jobs(attempt)
            self.assertEqual(order.state, 'pending')
        self._run_jobs(attempt)
        self.assertEqual(order.state, 'paid')

    def test_query_of_a_settled_payment_asks_nobody(self):
        _order, attempt = self._create_paid()
        self.wechat.calls.clear()
        self._run_jobs(attempt)
        self.assertEqual(self.wechat.calls, [])

    def test_number_closed_at_the_provider_is_closed_here(self):
        order, attempt = self._create_pending()
        self.wechat.orders[attempt.out_trade_no]['trade_state'] = 'CLOSED'
        self._run_jobs(attempt)
        self.assertEqual((attempt.state, order.state), ('closed', 'pending'))

    @mute_logger(
        'odoo.addons.wx_payment.models.wx_payment_attempt_booking',
        'odoo.addons.wx_payment.models.wx_payment_state_mixin',
    )
    def test_answer_about_another_number_is_not_booked(self):
        order, attempt = self._create_pending()
        _other_order, other = self._create_pending()
        paid = self.wechat.pay(other.out_trade_no)
        self.wechat.transaction = lambda number: paid
        self._run_jobs(attempt)
        self.assertEqual((order.state, attempt.state), ('pending', 'open'))
        self.assertTrue(order.activity_ids)

    def test_staff_can_have_it_queried_at_once(self):
        order, attempt = self._create_pending()
        attempt.next_try_at = fields.Datetime.now() + timedelta(hours=1)
        order.action_query()
        self.assertLessEqual(attempt.next_try_at, fields.Datetime.now())


@tagged('post_install', '-at_install')
class TestClose(PaymentCommon):
    def test_cancelled_draft_is_closed_without_a_call(self):
        order = self._create_order()
        order._cancel('customer')
        self.assertRecordValues(order, [{'state': 'closed', 'close_reason': 'customer'}])
        self.assertEqual(self.wechat.calls, [])
        self.assertEqual(self.hooks.calls, [('closed', order.res_id)])

    def test_started_payment_is_closed_at_the_provider_first(self):
        order, attempt = self._create_pending()
        states = []
        self.wechat.before['close'] = lambda: states.append((order.state, attempt.state))
        order._cancel('customer')
        self.assertEqual(states, [('pending', 'open')])
        self.assertEqual(self.wechat.orders[attempt.out_trade_no]['trade_state'], 'CLOSED')
        self.assertEqual((order.state, attempt.state), ('closed', 'closed'))
        self.assertFalse(order.next_try_at or attempt.next_try_at)

    def test_cancelling_twice_closes_once(self):
        order, _attempt = self._create_pending()
        order._cancel('customer')
        order._cancel('customer again')
        self.assertEqual(order.close_reason, 'customer')
        self.assertEqual(self.hooks.calls, [('closed', order.res_id)])

    def test_cancelled_order_cannot_be_paid(self):
        order = self._create_order()
        order._cancel('customer')
        self._expect(Conflict, order._pay, WAY)

    def test_paid_order_cannot_be_cancelled(self):
        order, _attempt = self._create_paid()
        self._expect(Conflict, order._cancel, 'customer')
        self.assertEqual(order.state, 'paid')

    @mute_logger(ATTEMPT_LOGGER)
    def test_customer_who_paid_meanwhile_is_not_cancelled(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        self._expect(Conflict, order._cancel, 'customer')
        self.assertEqual((order.state, attempt.state), ('paid', 'paid'))
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    @mute_logger(ATTEMPT_LOGGER)
    def test_payment_in_progress_is_neither_closed_nor_lost(self):
        order, attempt = self._create_pending()
        self.wechat.faults['close'] = [(429, 'FREQUENCY_LIMITED')]
        self._expect(OutcomeUnknown, order._cancel, 'customer')
        self.assertEqual((order.state, attempt.state), ('pending', 'open'))
        self._expect(Conflict, order._pay, WAY)
        self.wechat.pay(attempt.out_trade_no)
        self._run_jobs(order)
        self.assertEqual((order.state, attempt.state), ('paid', 'paid'))

    @mute_logger(ATTEMPT_LOGGER)
    def test_close_that_did_not_arrive_is_repeated_by_the_job(self):
        order, attempt = self._create_pending()
        self.wechat.faults['close'] = [TimeoutError()]
        self._expect(OutcomeUnknown, order._cancel, 'customer')
        self.assertEqual(order.state, 'pending')
        self._run_jobs(order)
        self.assertEqual((order.state, attempt.state), ('closed', 'closed'))

    @mute_logger(ATTEMPT_LOGGER)
    def test_close_that_arrived_without_an_answer_is_recognised(self):
        order, attempt = self._create_pending()
        self.wechat.faults['close'] = [('after', TimeoutError())]
        order._cancel('customer')
        self.assertEqual((order.state, attempt.state), ('closed', 'closed'))

    def test_number_that_never_arrived_is_closed(self):
        order = self._create_order()
        self.wechat.faults['prepay'] = [TimeoutError()]
        with mute_logger(ATTEMPT_LOGGER):
            self._expect(OutcomeUnknown, order._pay, WAY)
        order._cancel('customer')
        self.assertEqual((order.state, order.attempt_ids.state), ('closed', 'closed'))

    def test_expired_draft_is_closed_by_the_job(self):
        order = self._create_order(minutes=-1)
        self.assertLessEqual(order.next_try_at, fields.Datetime.now())
        self._run_jobs(order)
        self.assertRecordValues(
            order, [{'state': 'closed', 'close_reason': 'Expired', 'next_try_at': False}]
        )

    def test_expired_payment_is_closed_by_the_job_at_the_provider_too(self):
        order, attempt = self._create_pending()
        order.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        self._run_jobs(order)
        self.assertEqual(order.state, 'closed')
        self.assertEqual(self.wechat.orders[attempt.out_trade_no]['trade_state'], 'CLOSED')

    @mute_logger(ATTEMPT_LOGGER)
    def test_expired_but_paid_order_is_served(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        self._run_jobs(order)
        self.assertEqual(order.state, 'paid')
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    @mute_logger(ATTEMPT_LOGGER)
    def test_job_comes_again_while_the_provider_does_not_close(self):
        order, _attempt = self._create_pending()
        self.wechat.faults['close'] = [(429, 'FREQUENCY_LIMITED'), (500, 'SYSTEM_ERROR')]
        delays = []
        for _i in range(2):
            self._run_jobs(order)
            delays.append(round((order.next_try_at - fields.Datetime.now()).total_seconds()))
        self.assertEqual(delays, [10, 30])
        self._run_jobs(order)
        self.assertEqual(order.state, 'closed')

    def test_job_on_a_settled_order_does_nothing(self):
        order, _attempt = self._create_paid()
        self.wechat.calls.clear()
        self._run_jobs(order)
        self.assertEqual(order.state, 'paid')
        self.assertEqual(self.wechat.calls, [])
