from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.tools.http import Reply

from ..const.attempts import ATTEMPT_STATES, ATTEMPT_TRANSITIONS, MAX_RETRIES_LATER, MAX_THROTTLED
from .common import REPORT, STATUS, SUBMIT, error_reply
from .outcome_common import OutcomeCase

FLOW = 'odoo.addons.wx_recharge.models.wx_recharge_order_flow'
ATTEMPT = 'odoo.addons.wx_recharge.models.wx_recharge_attempt_outcome'
SUPPLIER = 'odoo.addons.wx_recharge.models.wx_recharge_supplier_health'


@tagged('post_install', '-at_install')
class TestAttemptLate(OutcomeCase):
    """Answers that come later, or after the end."""

    # === LATER === #

    def test_later_is_asked_about_before_a_new_reference_is_used(self):
        order, attempt = self.submitted(error_reply(400, 'PHONE_RECENTLY_RECHARGED'))
        self.assertRecordValues(attempt, [{'state': 'unknown', 'result_class': 'retry_later'}])
        self.assertUntouched(order)
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'failed')
        second = order.attempt_ids - attempt
        self.assertEqual(second.supplier_product_id, self.product)
        self.assertNotEqual(second.reference, attempt.reference)
        self.assertAlmostEqual(self.seconds_until_due(second), 120, delta=2)

    def test_later_that_was_executed_all_the_same_is_followed(self):
        order, attempt = self.submitted(error_reply(400, 'PHONE_RECENTLY_RECHARGED'))
        self.tell_report('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('succeeded', 'delivered'))

    def test_later_whose_question_gets_no_answer_stays_unknown(self):
        order, attempt = self.submitted(error_reply(400, 'OPERATOR_NOT_IN_SERVICE'))
        self.outside.on(REPORT, TimeoutError)
        self.run_attempt(attempt)
        self.assertUntouched(order)
        self.tell_report()
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'failed')

    def test_later_is_tried_a_few_times_and_then_refunded(self):
        order, attempt = self.submitted(error_reply(400, 'OPERATOR_NOT_IN_SERVICE'))
        for _retry in range(MAX_RETRIES_LATER):
            open_attempt = order.attempt_ids.filtered(lambda row: row._is_open())
            if open_attempt.state == 'draft':
                self.run_attempt(open_attempt)
            self.run_attempt(open_attempt)
        self.assertEqual(len(order.attempt_ids), MAX_RETRIES_LATER)
        self.assertRecordValues(order, [{'state': 'refunding', 'failure': 'unavailable'}])
        self.assertEqual(len(order.payment_order_id.refund_ids), 1)
        self.assertEqual(len(set(order.attempt_ids.mapped('reference'))), MAX_RETRIES_LATER)
        self.assertEqual(attempt.state, 'failed')

    def test_too_many_calls_sends_the_same_reference_after_the_delay(self):
        order, attempt = self.submitted(
            error_reply(429, 'RATE_LIMIT_REACHED', **{'Retry-After': '40'})
        )
        self.assertEqual((attempt.state, order.state), ('draft', 'fulfilling'))
        self.assertAlmostEqual(self.seconds_until_due(attempt), 40, delta=2)
        self.accept()
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'accepted')
        references = [body['customIdentifier'] for body in self.submits()]
        self.assertEqual(references, [attempt.reference] * 2)

    def test_endless_too_many_calls_ends_in_a_refund(self):
        order, attempt = self.submitted(error_reply(429, 'RATE_LIMIT_REACHED'))
        for _try in range(MAX_THROTTLED):
            self.run_attempt(attempt)
        self.assertRecordValues(attempt, [{'state': 'failed', 'result_class': 'throttled'}])
        self.assertRecordValues(order, [{'state': 'refunding', 'failure': 'unavailable'}])

    # === AFTER THE END === #

    @mute_logger(FLOW)
    def test_success_after_a_refund_calls_a_person_and_changes_no_terminal_state(self):
        order, attempt = self.submitted()
        self.tell_status('FAILED')
        self.run_attempt(attempt)
        self._refund_done(order)
        self.tell_status('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('anomaly', 'refunded'))
        self.assertTrue(order.anomaly_note)
        self.assertTrue(order.activity_ids)

    @mute_logger(FLOW)
    def test_success_of_a_failed_attempt_while_the_next_is_under_way_is_told(self):
        self._create_product(self.package, sku='902:3.00', priority=20)
        order, attempt = self.submitted()
        self.tell_status('FAILED')
        self.run_attempt(attempt)
        other = order.attempt_ids - attempt
        self.outside.on(SUBMIT, {'transactionId': 4712})
        self.run_attempt(other)
        self.tell_status('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('anomaly', 'delivered'))
        self.assertIn(other.reference, order.anomaly_note)
        self.outside.on('/topups/4712/status', {'status': 'SUCCESSFUL'})
        self.run_attempt(other)
        self.assertIn('second time', order.anomaly_note)

    def test_late_success_cancels_the_attempt_that_has_not_left(self):
        self._create_product(self.package, sku='902:3.00', priority=20)
        order, attempt = self.submitted()
        self.tell_status('FAILED')
        self.run_attempt(attempt)
        other = order.attempt_ids - attempt
        self.tell_status('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual((other.state, order.state), ('cancelled', 'delivered'))
        self.run_attempt(other)
        self.assertEqual(len(self.submits()), 1)

    @mute_logger(FLOW)
    def test_reversal_after_success_calls_a_person(self):
        order, attempt = self.submitted()
        self.tell_status('SUCCESSFUL')
        self.run_attempt(attempt)
        self.tell_status('REFUNDED')
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('reversed', 'anomaly'))
        self.assertFalse(order.payment_order_id.refund_ids)

    def test_same_answer_after_the_end_changes_nothing(self):
        order, attempt = self.submitted()
        self.tell_status('SUCCESSFUL')
        self.run_attempt(attempt)
        finished_at = attempt.finished_at
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, attempt.finished_at), ('succeeded', finished_at))
        self.assertEqual(order.state, 'delivered')

    @mute_logger(FLOW)
    def test_reference_executed_twice_is_told_though_the_order_is_delivered(self):
        order, attempt = self.submitted(TimeoutError())
        self.tell_report('SUCCESSFUL', 'SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual(order.state, 'delivered')
        self.assertTrue(order.activity_ids)

    # === TABLE === #

    @mute_logger(ATTEMPT)
    def test_moves_outside_the_table_leave_the_row_untouched(self):
        _order, attempt = self.paid_order()
        states = [key for key, _label in ATTEMPT_STATES]
        for state in states:
            for target in states:
                if target == state or target in ATTEMPT_TRANSITIONS[state]:
                    continue
                attempt.state = state
                self.assertFalse(attempt._move(target), (state, target))
                self.assertEqual(attempt.state, state)

    def test_duration_is_the_time_from_the_call_to_the_end(self):
        _order, attempt = self.submitted()
        self.age(attempt, 90)
        self.tell_status('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertAlmostEqual(attempt.duration, 90, delta=3)

    def test_status_page_that_is_gone_falls_back_to_our_reference(self):
        order, attempt = self.submitted()
        self.outside.on(STATUS, Reply(404, {}, b'{}'))
        self.tell_report('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual(order.state, 'delivered')
        self.assertLessEqual(attempt.submitted_at, fields.Datetime.now())
