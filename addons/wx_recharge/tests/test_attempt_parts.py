import json
from dataclasses import replace
from decimal import Decimal

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.api import rate_limit
from odoo.addons.wx_base.tools.http import Reply

from ..const.attempts import ATTEMPT_STATES
from ..lib.topup import reloadly_codes
from ..lib.topup.normalized import ErrorClass, Pin, Result, State
from ..utils import missing_fen
from .common import REPORT, SUBMIT, error_reply
from .outcome_common import OutcomeCase

FLOW = 'odoo.addons.wx_recharge.models.wx_recharge_order_flow'
PIN = Pin(code='4111-2222-3333', serial='SN-9', instructions='Dial *123*code#')


@tagged('post_install', '-at_install')
class TestAttemptParts(OutcomeCase):
    """Deliveries in part, codes, ranged products, slow products, windows, limits of calls."""

    def setUp(self):
        super().setUp()
        rate_limit._limiter.cache_clear()  # suppliers of other tests had the same ids

    def _limits(self, **values):
        """Let the supplier's adapter have other capabilities."""
        adapter = type(self.supplier._build_adapter())
        self.patch(adapter, 'capabilities', replace(reloadly_codes.CAPABILITIES, **values))

    # === DELIVERED IN PART === #

    def _partial(self, delivered, currency='SGD', **values):
        self.product.write(
            {'receive_amount': 4, 'receive_currency_id': self.env.ref('base.SGD').id, **values}
        )
        order, attempt = self.submitted()
        attempt._apply(
            Result(
                state=State.PARTIALLY_SUCCEEDED,
                delivered=Decimal(delivered),
                delivered_currency=currency,
            ),
            asked=True,
        )
        self.assertEqual(attempt.state, 'partially_succeeded')
        return order, attempt

    def test_difference_is_the_missing_part_of_the_price_rounded_up(self):
        cases = {
            (2380, '4', '3'): 595,
            (2380, '4', '1'): 1785,
            (100, '3', '1'): 67,
            (100, '3', '2.9999'): 1,
            (1, '3', '1'): 1,
            (2380, '4', '4'): None,
            (2380, '4', '5'): None,
            (2380, '4', '0'): None,
        }
        for (price, asked, delivered), expected in cases.items():
            with self.subTest(price=price, asked=asked, delivered=delivered):
                found = missing_fen(price, Decimal(asked), Decimal(delivered))
                self.assertEqual(found, expected)

    def test_a_person_decides_by_default_and_nothing_is_refunded(self):
        order, attempt = self._partial('3')
        self.assertRecordValues(order, [{'state': 'anomaly'}])
        self.assertRecordValues(
            attempt, [{'delivered': 3, 'delivered_currency_id': self.env.ref('base.SGD').id}]
        )
        self.assertFalse(order.payment_order_id.refund_ids)
        self.assertEqual(len(order.activity_ids), 1)

    def test_policy_refunds_the_difference_once_and_the_order_is_delivered(self):
        self.supplier.partial_policy = 'refund'
        order, attempt = self._partial('3')
        self.assertEqual(order.state, 'delivered')
        self.assertEqual(order.payment_order_id.refund_ids.mapped('amount_fen'), [595])
        self.run_attempt(attempt)
        self.assertEqual(len(order.payment_order_id.refund_ids), 1)
        self.assertEqual(len(order.attempt_ids), 1)

    @mute_logger(FLOW)
    def test_policy_that_finds_less_money_left_calls_a_person(self):
        self.supplier.partial_policy = 'refund'
        self.product.write(
            {'receive_amount': 4, 'receive_currency_id': self.env.ref('base.SGD').id}
        )
        order, attempt = self.submitted()
        order.payment_order_id._request_refund(2000, 'promised on the phone')
        attempt._apply(
            Result(
                state=State.PARTIALLY_SUCCEEDED, delivered=Decimal('3'), delivered_currency='SGD'
            ),
            asked=True,
        )
        self.assertEqual((attempt.state, order.state), ('partially_succeeded', 'delivered'))
        self.assertEqual(order.payment_order_id.refund_ids.mapped('amount_fen'), [2000])
        self.assertIn('At most 380 fen', order.anomaly_note)
        self.assertEqual(len(order.activity_ids), 1)

    def test_policy_refunds_nothing_where_the_part_is_unclear(self):
        self.supplier.partial_policy = 'refund'
        cases = {
            'another currency': ('3', 'USD', {}),
            'more than was asked': ('5', 'SGD', {}),
            'nothing known of the product': ('3', 'SGD', {'receive_amount': 0}),
        }
        for case, (delivered, currency, values) in cases.items():
            with self.subTest(case=case):
                order, attempt = self._partial(delivered, currency, **values)
                self.assertEqual(order.state, 'anomaly')
                self.assertFalse(order.payment_order_id.refund_ids)
                attempt.state = 'failed'  # frees the number for the next case

    @mute_logger(FLOW)
    def test_part_that_is_taken_back_later_is_told(self):
        self.supplier.partial_policy = 'refund'
        order, attempt = self._partial('3')
        attempt._apply(Result(state=State.REVERSED), asked=True)
        self.assertEqual((attempt.state, order.state), ('reversed', 'anomaly'))

    @mute_logger(FLOW)
    def test_part_that_arrives_after_the_refund_is_an_anomaly(self):
        order, attempt = self.submitted()
        self.tell_status('FAILED')
        self.run_attempt(attempt)
        attempt._apply(Result(state=State.PARTIALLY_SUCCEEDED), asked=True)
        self.assertEqual((attempt.state, order.state), ('anomaly', 'refunding'))
        self.assertEqual(len(order.payment_order_id.refund_ids), 1)

    def test_reversal_seen_before_the_delivery_is_no_failure_and_refunds_nothing(self):
        order, attempt = self.submitted()
        attempt._apply(Result(state=State.REVERSED), asked=True)
        self.assertEqual((attempt.state, order.state), ('reversed', 'anomaly'))
        self.assertFalse(order.payment_order_id.refund_ids)

    # === CODES === #

    def _sold_code(self, pin=PIN):
        self.product.redemption = 'pin'
        order, attempt = self.submitted()
        attempt._apply(
            Result(state=State.SUCCEEDED, pin=pin, raw='200 {"pin": "••••"}'), asked=True
        )
        return order, attempt

    def test_code_reaches_the_customer_and_is_encrypted_at_rest(self):
        order, attempt = self._sold_code()
        self.assertEqual(
            order._voucher(),
            {'code': '4111-2222-3333', 'serial': 'SN-9', 'instructions': 'Dial *123*code#'},
        )
        self.env.flush_all()
        for table, record in (('order', order), ('attempt', attempt)):
            self.env.cr.execute(
                f'SELECT voucher, t::text FROM wx_recharge_{table} t WHERE id = %s', [record.id]
            )
            voucher, row = self.env.cr.fetchone()
            self.assertTrue(voucher)
            self.assertNotIn('4111-2222-3333', row)
        self.assertFalse(order.anomaly_note)

    def test_code_is_masked_in_what_the_server_sends(self):
        order, attempt = self._sold_code()
        for record in (order, attempt):
            self.assertEqual(record.read(['voucher'])[0]['voucher'], '•' * 8)

    def test_code_under_a_name_of_the_suppliers_own_is_in_no_log(self):
        _order, attempt = self.submitted()
        raw = '200 {"card_pwd": "4111-2222-3333", "card_no": "SN-9", "state": 1}'
        attempt._apply(Result(state=State.SUCCEEDED, pin=PIN, raw=raw), asked=True)
        self.assertEqual(
            attempt.query_answer, '200 {"card_pwd": "••••", "card_no": "••••", "state": 1}'
        )

    @mute_logger(FLOW)
    def test_code_of_an_order_that_was_refunded_is_not_shown(self):
        self.product.redemption = 'pin'
        order, attempt = self.submitted()
        self.tell_status('FAILED')
        self.run_attempt(attempt)
        attempt._apply(Result(state=State.SUCCEEDED, pin=PIN), asked=True)
        self.assertEqual(attempt.state, 'anomaly')
        self.assertEqual(json.loads(attempt.voucher)['code'], PIN.code)
        self.assertIsNone(order._voucher())

    @mute_logger(FLOW)
    def test_delivery_without_the_code_calls_a_person(self):
        order, _attempt = self._sold_code(pin=None)
        self.assertEqual(order.state, 'delivered')
        self.assertIn('without its code', order.anomaly_note)
        self.assertIsNone(order._voucher())

    # === RANGED PRODUCTS === #

    def test_amount_of_a_ranged_product_is_handed_to_the_adapter(self):
        currency = self.env.ref('base.SGD')
        self.product.write({'amount': 7.25, 'side': 'receive', 'receive_currency_id': currency.id})
        _order, attempt = self.paid_order()
        request = attempt._prepare_order_request()
        self.assertEqual(
            (request.amount, request.amount_currency, request.side),
            (Decimal('7.25'), 'SGD', 'receive'),
        )
        self.product.write({'amount': 9, 'side': 'send'})
        request = attempt._prepare_order_request()
        self.assertEqual((request.amount, request.side), (Decimal('7.25'), 'receive'))

    def test_amount_of_a_range_that_is_ordered_by_what_we_pay_is_in_our_currency(self):
        self.product.write({'amount': 7.25, 'side': 'send'})
        _order, attempt = self.paid_order()
        request = attempt._prepare_order_request()
        self.assertEqual(
            (request.amount, request.amount_currency, request.side),
            (Decimal('7.25'), self.product.cost_currency_id.name, 'send'),
        )

    def test_fixed_product_names_no_amount(self):
        _order, attempt = self.paid_order()
        request = attempt._prepare_order_request()
        self.assertIsNone(request.amount)
        self.assertEqual(request.callback_url, self.supplier.callback_url)

    def test_secret_part_of_the_callback_address_is_not_in_the_log(self):
        text = f'POST {{"callback_url": "{self.supplier.callback_url}"}}'
        hidden = self.supplier._hide_slug(text)
        self.assertNotIn(self.supplier.callback_slug, hidden)
        self.assertIn('/recharge/callback/••••', hidden)

    # === SLOW PRODUCTS AND ALERTS === #

    def _silent(self, processing, seconds):
        self.product.processing = processing
        order, attempt = self.submitted()
        self.age(attempt, seconds)
        self.run_attempt(attempt)
        return order, attempt

    def test_supplier_says_when_a_person_is_called(self):
        self.supplier.alert_minutes = 5
        order, attempt = self._silent('instant', 299 - 3)
        self.assertFalse(order.activity_ids)
        self.assertLessEqual(self.seconds_until_due(attempt), 5)
        self.age(attempt, 10)
        self.run_attempt(attempt)
        self.assertEqual(len(order.activity_ids), 1)

    def test_slow_product_has_its_own_time(self):
        self.supplier.slow_alert_hours = 72
        order, attempt = self._silent('slow', 71 * 3600)
        self.assertFalse(order.activity_ids)
        self.assertEqual(order.state, 'fulfilling')
        self.age(attempt, 3600)
        self.run_attempt(attempt)
        self.assertEqual(len(order.activity_ids), 1)
        self.assertEqual(order.state, 'fulfilling')
        self.assertFalse(order.payment_order_id.refund_ids)

    # === WINDOWS === #

    def test_absence_outside_the_window_is_no_proof(self):
        self._limits(query_window_days=60)
        order, attempt = self.submitted(TimeoutError())
        self.age(attempt, 61 * 24 * 3600)
        self.run_attempt(attempt)
        self.assertRecordValues(attempt, [{'state': 'unknown', 'not_found_at': False}])
        self.assertFalse(attempt.next_try_at)
        self.assertEqual(order.state, 'anomaly')
        self.assertFalse(order.payment_order_id.refund_ids)

    def test_refusal_is_not_settled_by_absence_outside_the_window(self):
        self._limits(query_window_days=1)
        order, attempt = self.submitted(error_reply(400, 'PHONE_RECENTLY_RECHARGED'))
        self.age(attempt, 25 * 3600)
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('unknown', 'anomaly'))
        self.assertEqual(len(order.attempt_ids), 1)

    def test_absence_inside_the_window_still_settles_a_refusal(self):
        self._limits(query_window_days=1)
        _order, attempt = self.submitted(error_reply(400, 'PHONE_RECENTLY_RECHARGED'))
        self.age(attempt, 23 * 3600)
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'failed')

    # === LIMITS OF CALLS === #

    def test_calls_beyond_the_limit_wait_and_nothing_leaves(self):
        self.supplier.calls_per_minute = 1
        _order, attempt = self.submitted()
        self.assertEqual((attempt.state, len(self.submits())), ('accepted', 1))
        calls = len(self.outside.calls)
        self.run_attempt(attempt)
        self.assertEqual(len(self.outside.calls), calls)
        self.assertEqual(attempt.query_count, 0)
        self.assertGreater(self.seconds_until_due(attempt), 0)
        self.assertLessEqual(self.seconds_until_due(attempt), 61)

    def test_order_that_waits_for_its_turn_is_not_submitted(self):
        self.supplier.calls_per_minute = 1
        self.assertEqual(self.supplier._seconds_until_call(), 0)
        order, attempt = self.submitted()
        self.assertEqual((attempt.state, attempt.submitted_at), ('draft', False))
        self.assertFalse(self.submits())
        self.assertEqual(order.state, 'fulfilling')

    def test_limits_are_counted_for_each_supplier(self):
        other = self._create_supplier(name='Other', calls_per_minute=1)
        self.supplier.calls_per_minute = 1
        self.assertEqual([s._seconds_until_call() for s in (self.supplier, other)], [0, 0])
        self.assertGreater(self.supplier._seconds_until_call(), 0)

    def test_too_many_calls_without_a_time_waits_as_the_supplier_does(self):
        self._limits(throttle_wait_s=77)
        _order, attempt = self.submitted(Reply(429, {}, b'{}'))
        self.assertEqual(attempt.state, 'draft')
        self.assertAlmostEqual(self.seconds_until_due(attempt), 77, delta=2)

    # === THE RULES === #

    def test_rules_are_checked_at_entry(self):
        self.supplier.callback_networks = '203.0.113.0/24\n\n 2001:db8::1 '
        for text in ('203.0.113.0/33', 'somewhere', '203.0.113.7, 203.0.113.8'):
            with self.subTest(text=text), self.assertRaisesRegex(ValidationError, 'Callbacks From'):
                self.supplier.callback_networks = text

    def test_unknown_is_never_refunded_rerouted_or_sent_again(self):
        """Whatever the answers in between: only a final one ends it (spec §0 rule 2)."""
        self._create_product(self.package, sku='902:3.00', priority=20)
        order, attempt = self.submitted(Reply(500, {}, b'<html>'))
        answers = (TimeoutError(), Reply(500, {}, b''), Reply(200, {}, b'garbage'))
        for answer in answers:
            self.outside.on(REPORT, answer)
            self.run_attempt(attempt)
            self.assertUntouched(order)
        self.assertEqual(attempt.state, 'unknown')
        self.assertIn('unknown', dict(ATTEMPT_STATES))
        self.assertEqual(self.outside.count(SUBMIT), 1)

    def test_class_unknown_in_a_refusal_is_not_a_failure(self):
        order, attempt = self.submitted()
        attempt._apply(
            Result(state=State.UNKNOWN, error_class=ErrorClass.UNKNOWN, error_text='?'), asked=True
        )
        self.assertUntouched(order)
