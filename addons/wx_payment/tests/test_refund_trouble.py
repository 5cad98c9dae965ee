from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RefundCommon

REFUND = 'odoo.addons.wx_payment.models.wx_payment_refund'
BOOKING = 'odoo.addons.wx_payment.models.wx_payment_refund_booking'
STATES = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'
JOB = 'odoo.addons.wx_base.models.wx_job_mixin'


@tagged('post_install', '-at_install')
class TestRefundTrouble(RefundCommon):
    """A time-out is unknown, a refusal is told, and no number is ever changed by an error."""

    # === UNKNOWN OUTCOMES === #

    @mute_logger(REFUND, BOOKING)
    def test_timeout_before_arrival_is_asked_again_with_the_same_number(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self.wechat.faults['refund'] = [TimeoutError()]
        self._run_jobs(refund)
        self.assertEqual(self._refund_calls(), ['refund', 'refund_query', 'refund'])
        self.assertEqual(list(self.wechat.refunds), [refund.out_refund_no])
        self.assertEqual(refund.state, 'processing')

    @mute_logger(REFUND, BOOKING)
    def test_timeout_after_arrival_is_found_by_the_query(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self.wechat.faults['refund'] = [('after', TimeoutError())]
        self._run_jobs(refund)
        self.assertEqual(self._refund_calls(), ['refund', 'refund_query'])
        self.assertEqual(refund.state, 'processing')

    @mute_logger(REFUND, BOOKING)
    def test_nothing_known_at_all_stays_sent_and_is_looked_up_first(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self.wechat.faults['refund'] = [('after', TimeoutError())]
        self.wechat.faults['refund_query'] = [TimeoutError()]
        self._run_jobs(refund)
        self.assertRecordValues(refund, [{'state': 'sent'}])
        self.assertTrue(refund.next_try_at)
        self.wechat.calls.clear()
        self._run_jobs(refund)
        self.assertEqual(self._refund_calls(), ['refund_query'])
        self.assertEqual(refund.state, 'processing')

    @mute_logger(REFUND, BOOKING)
    def test_throttled_refund_is_looked_up_before_it_is_repeated(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self.wechat.faults['refund'] = [(429, 'FREQUENCY_LIMITED')]
        self._run_jobs(refund)
        self.assertEqual(self._refund_calls(), ['refund', 'refund_query'])
        self.assertEqual(refund.state, 'sent')
        self._run_jobs(refund)
        self.assertEqual(self._refund_calls()[2:], ['refund_query', 'refund'])
        self.assertEqual(refund.state, 'processing')

    @mute_logger(REFUND, BOOKING)
    def test_payment_unknown_there_for_minutes_is_repeated(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self.wechat.faults['refund'] = [(404, 'RESOURCE_NOT_EXISTS')]
        self._run_jobs(refund)
        self.assertRecordValues(refund, [{'state': 'sent', 'dead': False}])
        self._run_jobs(refund)
        self.assertEqual(refund.state, 'processing')

    @mute_logger(REFUND, BOOKING, JOB, STATES)
    def test_payment_unknown_there_for_long_is_told(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self.wechat.faults['refund'] = [(404, 'RESOURCE_NOT_EXISTS')] * 9
        for _i in range(8):
            self._run_jobs(refund)
        self.assertTrue(refund.dead)
        self.assertTrue(order.activity_ids)

    # === REFUSALS === #

    @mute_logger(REFUND, BOOKING, STATES)
    def test_empty_merchant_account_is_told_and_tried_again_by_itself(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self.wechat.faults['refund'] = [(403, 'NOT_ENOUGH')]
        self._run_jobs(refund)
        self.assertRecordValues(refund, [{'state': 'sent', 'dead': False}])
        delay = (refund.next_try_at - fields.Datetime.now()).total_seconds()
        self.assertLessEqual(abs(delay - 600), 2)
        self.assertTrue(order.activity_ids)
        self._run_jobs(refund)
        self.assertEqual(refund.state, 'processing')

    @mute_logger(REFUND, BOOKING, STATES, JOB)
    def test_refused_refund_keeps_its_number_until_a_person_has_looked(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self.wechat.faults['refund'] = [(403, 'USER_ACCOUNT_ABNORMAL')]
        self._run_jobs(refund)
        self.assertRecordValues(refund, [{'state': 'sent', 'dead': True, 'next_try_at': False}])
        self.assertIn('USER_ACCOUNT_ABNORMAL', refund.last_error)
        self.assertTrue(order.activity_ids)
        self.assertEqual(order.refunding_fen, 100)
        refund.action_job_retry()
        self._run_jobs(refund)
        self.assertEqual(refund.state, 'processing')
        self.assertEqual(len(self.wechat.refunds), 1)

    # === OTHER ENDS === #

    @mute_logger(STATES)
    def test_closed_refund_may_be_requested_anew_under_another_number(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self._run_jobs(refund)
        self._finish(refund, 'CLOSED')
        self.assertEqual(refund.state, 'closed')
        self.assertRecordValues(order, [{'state': 'paid', 'refunding_fen': 0, 'refunded_fen': 0}])
        self.assertTrue(order.activity_ids)
        again = self._request(order)
        self._run_jobs(again)
        self._finish(again)
        self.assertEqual(order.state, 'refunded')
        self.assertNotEqual(again.out_refund_no, refund.out_refund_no)

    @mute_logger(STATES)
    def test_abnormal_refund_is_told_and_may_still_succeed(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self._run_jobs(refund)
        self._finish(refund, 'ABNORMAL')
        self.assertRecordValues(order, [{'state': 'refunding', 'refunding_fen': 100}])
        self.assertEqual(refund.state, 'abnormal')
        self.assertTrue(order.activity_ids)
        self._finish(refund)
        self.assertEqual((refund.state, order.state), ('done', 'refunded'))
