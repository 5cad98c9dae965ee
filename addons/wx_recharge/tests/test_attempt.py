from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.tools import transaction
from odoo.addons.wx_base.tools.http import Reply

from .common import OTHER_PHONE, SUBMIT, TOKEN, RechargeCase, error_reply

ATTEMPT = 'odoo.addons.wx_recharge.models.wx_recharge_attempt_outcome'
SUPPLIER = 'odoo.addons.wx_recharge.models.wx_recharge_supplier_health'


@tagged('post_install', '-at_install')
class TestAttempt(RechargeCase):
    # === SUBMITTING === #

    def test_reference_and_state_are_committed_before_the_call(self):
        order, attempt = self.paid_order()
        seen = []

        def answer(method, url, headers, body):
            self.env.cr.execute(
                'SELECT state, reference FROM wx_recharge_attempt WHERE id = %s', [attempt.id]
            )
            seen.append((*self.env.cr.fetchone(), transaction._commit.call_count))
            return {'transactionId': 4711}

        transaction._commit.reset_mock()
        self.outside.on(SUBMIT, answer)
        self.run_attempt(attempt)
        self.assertEqual(seen, [('submitting', attempt.reference, 1)])
        self.assertEqual(order.state, 'fulfilling')

    def test_order_leaves_with_reference_sku_and_number(self):
        _order, attempt = self.paid_order()
        self.run_attempt(attempt)
        self.assertEqual(
            self.submits(),
            [
                {
                    'amount': 3.0,
                    'operatorId': 901,
                    'useLocalAmount': False,
                    'customIdentifier': attempt.reference,
                    'recipientPhone': {'countryCode': 'SG', 'number': '6581234567'},
                }
            ],
        )
        self.assertIn(b'"amount": 3.00', self.outside.calls[-1][3])

    def test_an_answer_is_written_again_when_another_transaction_was_faster(self):
        _order, attempt = self.paid_order()
        attempts, tries = type(attempt), []
        write = attempts._apply

        def lose_twice(attempt, result, **options):
            tries.append(result.state)
            if len(tries) < 3:
                raise psycopg2.errors.SerializationFailure('could not serialize access')
            return write(attempt, result, **options)

        with (
            patch.object(attempts, '_apply', lose_twice),
            patch.object(self.env.cr, 'rollback') as rollback,
        ):
            self.run_attempt(attempt)
        self.assertEqual((len(tries), rollback.call_count), (3, 2))
        self.assertEqual(attempt.state, 'accepted')
        self.assertEqual(len(self.submits()), 1)

    def test_accepted_order_is_asked_about_in_ten_seconds(self):
        _order, attempt = self.paid_order()
        self.run_attempt(attempt)
        self.assertRecordValues(attempt, [{'state': 'accepted', 'supplier_ref': '4711'}])
        self.assertAlmostEqual(self.seconds_until_due(attempt), 10, delta=2)

    def test_running_again_asks_and_never_sends_again(self):
        _order, attempt = self.paid_order()
        for _run in range(4):
            self.run_attempt(attempt)
        self.assertEqual(len(self.submits()), 1)
        self.assertEqual(attempt.query_count, 3)

    def test_row_left_in_submitting_by_a_killed_worker_is_asked_about(self):
        _order, attempt = self.paid_order()
        attempt.write({'state': 'submitting', 'submitted_at': fields.Datetime.now()})
        self.tell_report('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'succeeded')
        self.assertFalse(self.submits())

    def test_crash_after_the_call_leads_to_asking(self):
        _order, attempt = self.paid_order()

        def crash(*request):
            raise RuntimeError('killed')

        self.outside.on(SUBMIT, crash)
        # Not `assertRaises`, which would undo what was committed before the call.
        with suppress(RuntimeError):
            self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'submitting')
        self.accept()
        self.tell_report('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'succeeded')
        self.assertEqual(self.outside.count(SUBMIT), 1)

    def test_without_a_token_nothing_has_left_and_the_same_reference_is_used_later(self):
        order, attempt = self.paid_order()
        self.outside.on(TOKEN, TimeoutError)
        self.run_attempt(attempt)
        self.assertRecordValues(attempt, [{'state': 'draft', 'submitted_at': False}])
        self.assertFalse(self.submits())
        self.outside.on(TOKEN, {'access_token': 'reloadly-token', 'expires_in': 86400})
        self.run_attempt(attempt)
        self.assertEqual(self.submits()[0]['customIdentifier'], attempt.reference)
        self.assertEqual(order.state, 'fulfilling')

    @mute_logger(SUPPLIER)
    def test_refused_credentials_pause_the_supplier_and_refund(self):
        order, attempt = self.paid_order()
        self.outside.on(TOKEN, error_reply(401, 'INVALID_CREDENTIALS'))
        self.run_attempt(attempt)
        self.assertTrue(self.supplier.paused)
        self.assertRecordValues(attempt, [{'state': 'failed', 'result_class': 'account'}])
        self.assertRecordValues(order, [{'state': 'refunding', 'failure': 'unavailable'}])

    def test_paused_supplier_gets_no_new_order(self):
        order, attempt = self.paid_order()
        self.supplier.paused = True
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('failed', 'refunding'))
        self.assertFalse(self.submits())

    def test_order_that_is_over_is_not_submitted(self):
        order, attempt = self.paid_order()
        with mute_logger('odoo.addons.wx_recharge.models.wx_recharge_order_flow'):
            order._set_failed('refused')
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'cancelled')
        self.assertFalse(self.submits())

    def test_request_and_answer_are_kept_without_secrets(self):
        _order, attempt = self.paid_order()
        self.run_attempt(attempt)
        self.assertIn('POST /topups-async', attempt.request)
        self.assertEqual(attempt.answer, '200 {"transactionId": 4711}')
        self.assertNotIn('reloadly-token', attempt.request + attempt.answer)

    # === ONE IN FLIGHT PER NUMBER === #

    def test_second_order_for_the_same_number_and_product_waits(self):
        _first, first_attempt = self.paid_order()
        _second, second_attempt = self.paid_order(user=self.user_b)
        self.run_attempt(first_attempt)
        self.run_attempt(second_attempt)
        self.assertEqual(second_attempt.state, 'draft')
        self.assertEqual(len(self.submits()), 1)
        self.assertGreater(self.seconds_until_due(second_attempt), 0)

    def test_gap_of_the_supplier_is_kept_after_a_success(self):
        _first, first_attempt = self.paid_order()
        self.run_attempt(first_attempt)
        self.tell_status('SUCCESSFUL')
        self.run_attempt(first_attempt)
        _second, second_attempt = self.paid_order(user=self.user_b)
        self.run_attempt(second_attempt)
        self.assertEqual(second_attempt.state, 'draft')
        self.assertAlmostEqual(self.seconds_until_due(second_attempt), 120, delta=5)
        first_attempt.finished_at -= timedelta(seconds=121)
        self.run_attempt(second_attempt)
        self.assertEqual(second_attempt.state, 'accepted')

    def test_another_number_does_not_wait(self):
        _first, first_attempt = self.paid_order()
        _second, second_attempt = self.paid_order(phone=OTHER_PHONE)
        self.run_attempt(first_attempt)
        self.run_attempt(second_attempt)
        self.assertEqual(len(self.submits()), 2)

    def test_index_refuses_two_in_flight(self):
        _first, first_attempt = self.paid_order()
        _second, second_attempt = self.paid_order(user=self.user_b)
        first_attempt.state = 'unknown'
        first_attempt.flush_recordset()
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger('odoo.sql_db'):
            second_attempt.state = 'submitting'
            second_attempt.flush_recordset()

    def test_loser_of_the_race_for_a_number_comes_back_later(self):
        _first, first_attempt = self.paid_order()
        _second, second_attempt = self.paid_order(user=self.user_b)
        first_attempt.state = 'submitting'
        first_attempt.flush_recordset()
        with mute_logger('odoo.sql_db'):
            self.assertFalse(second_attempt._claim_number())
        self.assertEqual(second_attempt.state, 'draft')

    def test_an_order_has_one_open_attempt(self):
        order, _attempt = self.paid_order()
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger('odoo.sql_db'):
            self.env['wx.recharge.attempt']._begin(order, self.product)

    # === STAFF === #

    def test_operators_may_have_the_supplier_asked_and_others_not(self):
        _order, attempt = self.paid_order()
        attempt.next_try_at = False
        auditor = self._create_staff('rc_auditor', 'auditor')
        operator = self._create_staff('rc_operator', 'operator')
        with self.assertRaises(AccessError):
            attempt.with_user(auditor).action_job_retry()
        self.assertFalse(attempt.next_try_at)
        attempt.with_user(operator).action_job_retry()
        self.assertTrue(attempt.next_try_at)

    def test_long_silence_calls_a_person_once(self):
        order, attempt = self.paid_order()
        self.outside.on(SUBMIT, Reply(504, {}, b''))
        self.run_attempt(attempt)
        self.outside.on('/topups/reports/transactions', Reply(504, {}, b''))
        self.age(attempt, 1801)
        self.run_attempt(attempt)
        self.run_attempt(attempt)
        self.assertEqual(len(order.activity_ids), 1)
        self.assertEqual((order.state, attempt.state), ('fulfilling', 'unknown'))

    def test_long_silence_without_a_token_to_ask_with_calls_a_person_once(self):
        order, attempt = self.paid_order()
        self.outside.on(SUBMIT, Reply(504, {}, b''))
        self.run_attempt(attempt)
        self.env['wx.recharge.supplier.token']._forget(self.supplier)
        self.outside.on(TOKEN, TimeoutError)
        self.age(attempt, 1801)
        self.run_attempt(attempt)
        self.run_attempt(attempt)
        self.assertEqual(len(order.activity_ids), 1)
        self.assertEqual((order.state, attempt.state), ('fulfilling', 'unknown'))
        self.assertTrue(attempt.next_try_at)

    def test_order_that_cannot_leave_for_long_calls_a_person_once(self):
        order, attempt = self.paid_order()
        self.outside.on(TOKEN, TimeoutError)
        self.env.cr.execute(
            "UPDATE wx_recharge_attempt SET create_date = create_date - interval '31 minutes' "
            'WHERE id = %s',
            [attempt.id],
        )
        attempt.invalidate_recordset()
        self.run_attempt(attempt)
        self.run_attempt(attempt)
        self.assertEqual(len(order.activity_ids), 1)
        self.assertEqual(attempt.state, 'draft')
