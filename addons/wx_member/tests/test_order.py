import logging

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, NotFound

from ..const import ORDER_STATES, ORDER_TRANSITIONS
from .common import NOON, MemberCase

MOVES = 'odoo.addons.wx_payment.models.wx_payment_sale_mixin'


@tagged('post_install', '-at_install')
class TestOrder(MemberCase):
    def test_what_was_promised_is_frozen(self):
        order = self._place(self.plan_gold)
        self.plan_gold.write(
            {'price_fen': 1, 'duration': 99, 'name': 'New', 'level_id': self.silver.id}
        )
        self._pay(order)
        self.assertRecordValues(
            order,
            [
                {
                    'state': 'active',
                    'price_fen': 2990,
                    'amount': 29.9,
                    'plan_name': 'Gold Month',
                    'level_id': self.gold.id,
                    'duration': 1,
                    'origin': 'sale',
                }
            ],
        )
        self.assertEqual(self.user_a.member_level_id, self.gold)
        self.assertEqual(order.payment_order_id.amount_fen, 2990)

    def test_nothing_is_booked_before_the_payment(self):
        order = self._place()
        self.assertEqual((order.state, order.payment_state), ('awaiting_payment', 'draft'))
        self.assertFalse(self.user_a.member_level_id or self._periods())

    def test_unknown_and_unsold_plans_are_not_found(self):
        self.plan_gold.active = False
        for plan in (self.plan_gold, self.env['wx.member.plan'].browse(2**31 - 1)):
            with self.assertRaises(NotFound):
                self._place(plan)

    def test_customer_cancels_an_unpaid_order(self):
        order = self._place()
        order._cancel('Changed my mind')
        self.assertEqual((order.state, order.payment_state), ('cancelled', 'closed'))
        self.assertTrue(order.finished_at)
        with self.assertRaises(Conflict):
            order._pay(None)

    def test_booked_order_is_not_cancelled(self):
        order = self._buy()
        with self.assertRaises(Conflict):
            order._cancel('Changed my mind')
        self.assertEqual(order.state, 'active')

    def test_order_that_nobody_pays_is_closed(self):
        order = self._place()
        order.payment_order_id._set_closed()
        self.assertEqual(order.state, 'closed')

    def test_payment_books_once(self):
        order = self._buy()
        with (
            mute_logger(MOVES),
            self.assertLogs('odoo.addons.wx_member.models.wx_membership_order_flow', logging.ERROR),
        ):
            order._on_paid()
        self.assertEqual(len(self._periods()), 1)

    # === TRIAL === #

    def test_free_trial_is_booked_without_a_payment(self):
        order = self._buy(self.plan_trial, at=NOON)
        self.assertRecordValues(
            order,
            [{'state': 'active', 'price_fen': 0, 'payment_order_id': False, 'paid_at': False}],
        )
        self.assertEqual(order.period_ids.end_at.isoformat(), '2027-02-07T16:00:00')

    def test_trial_is_had_once(self):
        self._buy(self.plan_trial)
        other = self._create_plan(name='Gold Trial', level_id=self.gold.id, is_trial=True)
        for plan in (self.plan_trial, other):
            with self.assertRaises(Conflict):
                self._place(plan)
        self.assertTrue(self._place(self.plan_trial, self.user_b))

    def test_trial_that_was_not_paid_may_be_had_again(self):
        self.plan_trial.price_fen = 100
        self._place(self.plan_trial)._cancel('Not now')
        self.assertEqual(self._buy(self.plan_trial).state, 'active')

    @mute_logger('odoo.sql_db')
    def test_database_refuses_a_second_trial(self):
        order = self._buy(self.plan_trial)
        with self.assertRaises(IntegrityError):
            order.copy({'order_no': 'M2', 'state': 'active'})

    # === REFUND === #

    def test_whole_refund_ends_the_membership(self):
        order = self._buy()
        payment = order.payment_order_id
        refund = payment._request_refund(990, 'Changed my mind')
        self.assertEqual((order.state, self.user_a.member_level_id), ('refunding', self.silver))
        refund.write({'state': 'done'})
        payment._settle_refund(refund, True)
        self.assertEqual(order.state, 'refunded')
        self.assertFalse(self.user_a.member_level_id)
        self.assertEqual(self.user_a.membership_ids.state, 'ended')

    def test_refund_that_comes_to_nothing_leaves_all_as_it_was(self):
        order = self._buy()
        before = self._periods()
        self._refund(order, succeeded=False)
        self.assertEqual((order.state, self._periods()), ('active', before))
        self.assertEqual(self.user_a.member_level_id, self.silver)

    def test_part_that_is_given_back_is_noted_and_shortens_nothing(self):
        order = self._buy()
        before = self._periods()
        self._refund(order, 490)
        self.assertEqual((order.state, self._periods()), ('active', before))
        self.assertEqual(order.amount_refunded, 4.9)
        self.assertIn('4.90 yuan', order.message_ids[0].body)

    def test_parts_that_make_up_the_whole_end_the_membership(self):
        order = self._buy()
        self._refund(order, 490)
        self._refund(order, 500)
        self.assertEqual(order.state, 'refunded')
        self.assertFalse(self.user_a.member_level_id)

    # === TABLE === #

    def test_table_names_every_state_and_no_other(self):
        states = {key for key, _label in ORDER_STATES}
        self.assertEqual(set(ORDER_TRANSITIONS), states)
        self.assertLessEqual(set().union(*ORDER_TRANSITIONS.values()), states)

    @mute_logger(MOVES)
    def test_moves_outside_the_table_leave_the_row_untouched(self):
        order = self._place()
        for state, targets in ORDER_TRANSITIONS.items():
            for target in ORDER_TRANSITIONS.keys() - targets:
                order.state = state
                self.assertFalse(order._move(target), (state, target))
                self.assertEqual(order.state, state)

    def test_moves_inside_the_table_are_made(self):
        order = self._place()
        for state, targets in ORDER_TRANSITIONS.items():
            for target in targets:
                order.state = state
                self.assertTrue(order._move(target), (state, target))
