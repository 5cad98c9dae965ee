from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.tools.http import Reply

from .common import REPORT, error_reply
from .outcome_common import OutcomeCase

FLOW = 'odoo.addons.wx_recharge.models.wx_recharge_order_flow'
ATTEMPT = 'odoo.addons.wx_recharge.models.wx_recharge_attempt_outcome'
SUPPLIER = 'odoo.addons.wx_recharge.models.wx_recharge_supplier_health'


@tagged('post_install', '-at_install')
class TestAttemptOutcome(OutcomeCase):
    # === SUCCESS === #

    def test_delivered_order_ends_with_the_cost_of_the_supplier(self):
        order, attempt = self.submitted()
        transaction = {
            'transactionId': 4711,
            'operatorTransactionId': 'OP-1',
            'balanceInfo': {'cost': 2.85, 'currencyCode': 'USD'},
        }
        self.tell_status('SUCCESSFUL', transaction=transaction)
        self.run_attempt(attempt)
        self.assertRecordValues(
            attempt, [{'state': 'succeeded', 'cost': 2.85, 'operator_ref': 'OP-1'}]
        )
        self.assertFalse(attempt.next_try_at)
        self.assertRecordValues(
            order, [{'state': 'delivered', 'cost': 2.85, 'supplier_id': self.supplier.id}]
        )
        self.assertTrue(order.delivered_at)
        self.assertFalse(order.payment_order_id.refund_ids)

    def test_answer_processing_is_asked_about_with_growing_gaps(self):
        _order, attempt = self.submitted()
        attempt.late_alerted = True  # else the last gaps are cut, to call a person in time
        gaps = []
        for _query in range(8):
            self.run_attempt(attempt)
            gaps.append(self.seconds_until_due(attempt))
        for gap, expected in zip(gaps, [30, 60, 120, 300, 600, 1800, 3600, 3600], strict=True):
            self.assertAlmostEqual(gap, expected, delta=2)
        self.assertEqual(attempt.state, 'processing')

    # === UNKNOWN === #

    def test_everything_but_a_known_refusal_is_unknown(self):
        for number, answer in enumerate(
            (
                TimeoutError(),
                ConnectionResetError(),
                Reply(500, {}, b''),
                error_reply(503, 'INVALID_AMOUNT'),
                Reply(200, {}, b'<html>garbage'),
                Reply(200, {}, b'{}'),
                error_reply(400, 'BRAND_NEW_CODE'),
                error_reply(400, 'TRANSACTION_FAILED_ON_OPERATOR'),
                error_reply(409, 'CUSTOM_IDENTIFIER_ALREADY_USED'),
                Reply(403, {}, b''),
            )
        ):
            with self.subTest(answer=answer):
                self.outside.calls.clear()
                order, attempt = self.submitted(answer, phone=f'+658123470{number}')
                self.assertEqual(attempt.state, 'unknown')
                self.assertUntouched(order)
                self.outside.on(REPORT, TimeoutError)
                self.run_attempt(attempt)
                self.assertEqual(attempt.state, 'unknown')
                self.assertUntouched(order)

    def test_executed_though_timed_out_is_found_and_delivered(self):
        order, attempt = self.submitted(TimeoutError())
        self.tell_report('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('succeeded', 'delivered'))
        self.assertEqual(len(self.submits()), 1)

    def test_used_reference_means_the_original_is_looked_at(self):
        order, attempt = self.submitted(error_reply(400, 'CUSTOM_IDENTIFIER_ALREADY_USED'))
        self.assertEqual(attempt.result_class, 'duplicate_ref')
        self.tell_report('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual(order.state, 'delivered')

    # === NOT FOUND (rule 0.3) === #

    def test_not_found_right_after_the_call_proves_nothing(self):
        order, attempt = self.submitted(TimeoutError())
        for _query in range(5):
            self.run_attempt(attempt)
        self.assertUntouched(order)
        self.assertFalse(attempt.not_found_at)

    @mute_logger(FLOW)
    def test_three_agreeing_answers_over_ten_minutes_call_a_person(self):
        with freeze_time('2026-01-01 10:00:00') as clock:
            order, attempt = self.submitted(TimeoutError())
            for seconds in (120, 300, 299):
                clock.tick(seconds)
                self.run_attempt(attempt)
                self.assertUntouched(order)
            clock.tick(2)
            self.run_attempt(attempt)
        self.assertEqual((order.state, attempt.state), ('anomaly', 'unknown'))
        self.assertTrue(order.activity_ids)
        self.assertFalse(order.payment_order_id.refund_ids)
        self.assertTrue(attempt.next_try_at)

    @mute_logger(FLOW)
    def test_answer_after_the_person_was_called_still_delivers(self):
        order, attempt = self.submitted(TimeoutError())
        order._set_anomaly('silence')
        self.tell_report('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertRecordValues(order, [{'state': 'delivered', 'anomaly_note': False}])

    @mute_logger(FLOW)
    def test_failure_after_the_person_was_called_still_refunds(self):
        order, attempt = self.submitted(TimeoutError())
        order._set_anomaly('silence')
        self.tell_report('FAILED')
        self.run_attempt(attempt)
        self.assertEqual(order.state, 'refunding')

    def test_being_found_again_starts_the_count_anew(self):
        with freeze_time('2026-01-01 10:00:00') as clock:
            order, attempt = self.submitted(TimeoutError())
            clock.tick(120)
            self.run_attempt(attempt)
            self.assertEqual(len(attempt.not_found_at), 1)
            clock.tick(120)
            self.tell_report('PROCESSING')
            self.run_attempt(attempt)
        self.assertFalse(attempt.not_found_at)
        self.assertEqual((order.state, attempt.state), ('fulfilling', 'processing'))

    # === FINAL FAILURES === #

    def test_wrong_number_is_refunded_and_tried_nowhere_else(self):
        self._create_product(self.package, sku='902:3.00', priority=20)
        order, attempt = self.submitted(error_reply(400, 'INVALID_RECIPIENT_PHONE'))
        self.assertRecordValues(attempt, [{'state': 'failed', 'result_class': 'final_input'}])
        self.assertRecordValues(order, [{'state': 'refunding', 'failure': 'invalid_number'}])
        self.assertEqual(len(order.attempt_ids), 1)
        self.assertEqual(order.payment_order_id.refund_ids.amount_fen, 2380)
        self.assertIn('INVALID_RECIPIENT_PHONE', order.failure_note)

    def test_refusal_by_the_operator_goes_to_the_next_product_with_a_new_reference(self):
        second = self._create_product(self.package, sku='902:3.00', priority=20)
        order, attempt = self.submitted(error_reply(400, 'PHONE_BANNED_BY_OPERATOR'))
        self.assertEqual(order.state, 'fulfilling')
        other = order.attempt_ids - attempt
        self.assertRecordValues(other, [{'state': 'draft', 'supplier_product_id': second.id}])
        self.assertNotEqual(other.reference, attempt.reference)
        self.accept()
        self.run_attempt(other)
        self.tell_status('SUCCESSFUL')
        self.run_attempt(other)
        self.assertEqual(order.state, 'delivered')
        self.assertFalse(order.payment_order_id.refund_ids)

    def test_last_refusal_refunds_once(self):
        order, attempt = self.submitted(error_reply(400, 'PHONE_BANNED_BY_OPERATOR'))
        self.assertRecordValues(order, [{'state': 'refunding', 'failure': 'refused'}])
        self.assertEqual(len(order.payment_order_id.refund_ids), 1)
        self.assertFalse(attempt.next_try_at)

    def test_accepted_order_that_fails_later_is_refunded(self):
        order, attempt = self.submitted()
        self.tell_status('FAILED')
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('failed', 'refunding'))

    def test_refunded_by_the_supplier_is_a_failure(self):
        order, attempt = self.submitted()
        self.tell_status('REFUNDED')
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('failed', 'refunding'))

    @mute_logger(SUPPLIER)
    def test_empty_account_pauses_the_supplier_and_goes_elsewhere(self):
        other = self._create_supplier(name='Other')
        self._create_product(self.package, supplier_id=other.id, sku='902:3.00', priority=20)
        order, attempt = self.submitted(error_reply(400, 'INSUFFICIENT_BALANCE'))
        self.assertTrue(self.supplier.paused)
        self.assertTrue(self.supplier.activity_ids)
        self.assertEqual(attempt.result_class, 'account')
        self.assertEqual((order.attempt_ids - attempt).supplier_id, other)
        self.assertEqual(order.state, 'fulfilling')
