from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import WAY, PaymentCommon

STATES = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'


@tagged('post_install', '-at_install')
class TestSuspense(PaymentCommon):
    """Money that pays for nothing is never lost, never served, and goes back by itself."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(STATES))

    def _assert_suspense(self, attempt, reason, paid_fen=100):
        self.assertRecordValues(
            attempt, [{'state': 'suspense', 'suspense_reason': reason, 'paid_fen': paid_fen}]
        )
        self.assertRecordValues(attempt.refund_ids, [{'state': 'queued', 'amount_fen': paid_fen}])
        self.assertTrue(attempt.refund_ids.next_try_at)
        self.assertTrue(attempt.order_id.activity_ids)
        self.assertTrue(attempt.order_id.has_suspense)

    def test_money_after_closing_is_kept_and_refunded(self):
        order, attempt = self._create_pending()
        order._cancel('customer')
        self._deliver(self.wechat.pay(attempt.out_trade_no))
        self._assert_suspense(attempt, 'late')
        self.assertRecordValues(order, [{'state': 'closed', 'paid_fen': 0, 'refunding_fen': 0}])
        self.assertEqual(self.hooks.calls, [('closed', order.res_id)])
        self._run_jobs(attempt.refund_ids)
        self._deliver_raw(*self._finish(attempt.refund_ids))
        self.assertRecordValues(
            attempt, [{'state': 'suspense', 'refunding_fen': 0, 'refunded_fen': 100}]
        )
        self.assertEqual(order.state, 'closed')
        self.assertEqual(self.hooks.calls, [('closed', order.res_id)])

    def _finish(self, refund, status='SUCCESS'):
        self.wechat.finish_refund(refund.out_refund_no, status)
        return self.wechat.refund_notice(refund.out_refund_no)

    def test_second_payment_of_an_order_is_refunded_and_served_once(self):
        order, first = self._create_pending()
        second = order._open_attempt(order.leg_ids, WAY)
        self.wechat.open_like(first.out_trade_no, second.out_trade_no)
        self._deliver(self.wechat.pay(first.out_trade_no))
        self._deliver(self.wechat.pay(second.out_trade_no))
        self.assertEqual(first.state, 'paid')
        self._assert_suspense(second, 'double')
        self.assertRecordValues(
            order, [{'state': 'paid', 'paid_fen': 100, 'refunding_fen': 0, 'refunded_fen': 0}]
        )
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    def test_money_after_a_full_refund_is_refunded_too(self):
        order, first = self._create_paid()
        order._request_refund(100, 'x')
        self._run_jobs(order.refund_ids)
        self._deliver_raw(*self._finish(order.refund_ids))
        self.assertEqual(order.state, 'refunded')
        second = order._open_attempt(order.leg_ids, WAY)
        self.wechat.open_like(first.out_trade_no, second.out_trade_no)
        self._deliver(self.wechat.pay(second.out_trade_no))
        self._assert_suspense(second, 'double')
        self.assertEqual(order.state, 'refunded')

    def test_wrong_amount_does_not_pay_the_order(self):
        for total in (1, 99, 101):
            self.hooks.calls.clear()
            order, attempt = self._create_pending()
            self._deliver(self.wechat.pay(attempt.out_trade_no, total=total))
            self._assert_suspense(attempt, 'amount', total)
            self.assertRecordValues(order, [{'state': 'pending', 'paid_fen': 0}])
            self.assertEqual(self.hooks.calls, [])

    def test_order_can_be_paid_anew_after_a_wrong_amount(self):
        order, attempt = self._create_pending()
        self._deliver(self.wechat.pay(attempt.out_trade_no, total=1))
        order._pay(WAY)
        second = order.attempt_ids - attempt
        self._deliver(self.wechat.pay(second.out_trade_no))
        self.assertEqual(order.state, 'paid')
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    def test_money_of_somebody_else_is_refunded(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        stranger = {'openid': 'oSomebodyElse'}
        self._deliver(self.wechat.transaction(attempt.out_trade_no, payer=stranger))
        self._assert_suspense(attempt, 'payer')
        self.assertEqual(order.state, 'pending')

    def test_payment_refunded_in_the_console_is_left_to_a_person(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        self.wechat.orders[attempt.out_trade_no]['trade_state'] = 'REFUND'
        self._run_jobs(attempt)
        self.assertRecordValues(attempt, [{'state': 'suspense', 'suspense_reason': 'outside'}])
        self.assertFalse(attempt.refund_ids)
        self.assertTrue(order.activity_ids)
        self.assertEqual(order.state, 'pending')
        self.assertEqual(self.hooks.calls, [])

    def test_late_money_twice_is_refunded_once(self):
        order, attempt = self._create_pending()
        order._cancel('customer')
        paid = self.wechat.pay(attempt.out_trade_no)
        notice = self._deliver(paid)
        notice._job_queue()
        self._run_jobs(notice)
        attempt._learn()
        self.assertEqual(len(attempt.refund_ids), 1)
        self.assertEqual(attempt.paid_fen, 100)

    def test_suspense_does_not_count_as_refundable_money_of_the_order(self):
        order, attempt = self._create_pending()
        order._cancel('customer')
        self._deliver(self.wechat.pay(attempt.out_trade_no))
        self.assertEqual(order.refundable_fen, 0)

    def test_suspense_can_be_searched(self):
        order, attempt = self._create_pending()
        other, _attempt = self._create_paid()
        order._cancel('customer')
        self._deliver(self.wechat.pay(attempt.out_trade_no))
        both = order | other
        orders = self.env['wx.payment.order']
        found = orders.search([('has_suspense', '=', True), ('id', 'in', both.ids)])
        self.assertEqual(found, order)
        found = orders.search([('has_suspense', '=', False), ('id', 'in', both.ids)])
        self.assertEqual(found, other)
