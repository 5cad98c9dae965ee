from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOON, MemberCase, utc

# Midnights in Shanghai, named by the day that they end.
JAN_31 = utc(2027, 1, 31, 16)
FEB_10 = utc(2027, 2, 10, 4)
FEB_28 = utc(2027, 2, 28, 16)
MAR_31 = utc(2027, 3, 31, 16)


@tagged('post_install', '-at_install')
class TestTimeline(MemberCase):
    """What orders make of the customer's one timeline."""

    def test_first_order_begins_at_once_and_ends_at_midnight_of_the_shop(self):
        self._buy(at=NOON)
        self.assertEqual(self._periods(), [('t-silver', NOON, FEB_28)])
        self.assertRecordValues(
            self.user_a, [{'member_level_id': self.silver.id, 'member_until': FEB_28}]
        )
        self.assertRecordValues(
            self.user_a.membership_ids,
            [{'state': 'active', 'starts_at': NOON, 'ends_at': FEB_28, 'level_id': self.silver.id}],
        )

    def test_evening_in_utc_is_the_next_day_in_the_shop(self):
        self._buy(at=utc(2027, 1, 31, 16, 30))
        [(_level, _start, end)] = self._periods()
        self.assertEqual(end, utc(2027, 3, 1, 16))

    def test_renewal_goes_on_from_the_end_and_keeps_the_day_of_the_month(self):
        self._buy(at=NOON)
        self._buy(at=FEB_10)
        self.assertEqual(
            self._periods(), [('t-silver', NOON, FEB_28), ('t-silver', FEB_28, MAR_31)]
        )
        self.assertEqual(self.user_a.member_until, MAR_31)
        self.assertEqual(self.user_a.membership_ids.ends_at, MAR_31)

    def test_leap_year_has_its_day(self):
        self._buy(at=utc(2028, 1, 31, 4))
        [(_level, _start, end)] = self._periods()
        self.assertEqual(end, utc(2028, 2, 29, 16))

    def test_higher_level_begins_now_and_the_rest_follows(self):
        first = self._buy(at=NOON)
        self._buy(self.plan_gold, at=FEB_10)
        march_10 = utc(2027, 3, 10, 16)
        self.assertEqual(
            self._periods(),
            [
                ('t-silver', NOON, FEB_10),
                ('t-gold', FEB_10, march_10),
                # Eighteen days were left after the 10th of February.
                ('t-silver', march_10, utc(2027, 3, 28, 16)),
            ],
        )
        self.assertEqual(len(first.period_ids), 2)
        self.assertEqual(self.user_a.member_level_id, self.gold)
        self.assertEqual(
            {m.level_id.code: m.state for m in self.user_a.membership_ids},
            {'t-silver': 'waiting', 't-gold': 'active'},
        )

    def test_lower_level_is_kept_behind_and_a_renewal_goes_before_it(self):
        self._buy(self.plan_gold, at=NOON)
        self._buy(at=FEB_10)
        self._buy(self.plan_gold, at=FEB_10 + timedelta(days=1))
        self.assertEqual(
            self._periods(),
            [
                ('t-gold', NOON, FEB_28),
                ('t-gold', FEB_28, MAR_31),
                # The 28 days of the 28th of February to the 28th of March.
                ('t-silver', MAR_31, utc(2027, 4, 28, 16)),
            ],
        )

    def test_membership_that_is_over_begins_anew(self):
        self._buy(at=NOON)
        later = utc(2027, 6, 1, 4)
        self._buy(at=later)
        self.assertEqual(self._periods()[1], ('t-silver', later, utc(2027, 7, 1, 16)))
        self.assertEqual(len(self.user_a.membership_ids), 1)

    # === TAKING BACK === #

    def test_refund_of_the_renewal_leaves_the_first(self):
        self._buy(at=NOON)
        renewal = self._buy(at=FEB_10)
        with freeze_time(FEB_10 + timedelta(hours=1)):
            self._refund(renewal)
        self.assertEqual(self._periods(), [('t-silver', NOON, FEB_28)])
        self.assertEqual(self.user_a.member_until, FEB_28)

    def test_refund_of_the_first_moves_the_renewal_up(self):
        first = self._buy(at=NOON)
        self._buy(at=FEB_10)
        with freeze_time(FEB_10):
            self._refund(first)
        # The 31 days of March begin with the day of the refund.
        self.assertEqual(
            self._periods(),
            [('t-silver', NOON, FEB_10), ('t-silver', FEB_10, utc(2027, 3, 13, 16))],
        )

    def test_refund_of_the_higher_level_gives_the_lower_one_back(self):
        self._buy(at=NOON)
        gold = self._buy(self.plan_gold, at=FEB_10)
        with freeze_time(FEB_10 + timedelta(days=5)):
            self._refund(gold)
        self.assertEqual(
            self._periods(),
            [
                ('t-silver', NOON, FEB_10),
                ('t-gold', FEB_10, FEB_10 + timedelta(days=5)),
                ('t-silver', FEB_10 + timedelta(days=5), utc(2027, 3, 5, 16)),
            ],
        )
        self.assertEqual(self.user_a.member_level_id, self.silver)

    def test_refund_after_the_end_changes_nothing(self):
        order = self._buy(at=NOON)
        with freeze_time(MAR_31):
            self._refund(order)
        self.assertEqual(self._periods(), [('t-silver', NOON, FEB_28)])
        self.assertEqual(order.state, 'refunded')

    # === DATABASE === #

    @mute_logger('odoo.sql_db')
    def test_database_refuses_two_levels_at_a_time(self):
        self._buy(at=NOON)
        period = self.user_a.membership_ids.period_ids
        with self.assertRaises(IntegrityError):
            period.copy({'start_at': FEB_10, 'end_at': MAR_31})

    def test_timelines_of_customers_are_their_own(self):
        self._buy(at=NOON)
        self._buy(user=self.user_b, at=NOON)
        self.assertEqual(self._periods(), self._periods(self.user_b))

    # === LEVEL IN FORCE === #

    def test_level_in_force_is_right_before_the_scheduled_action_has_run(self):
        self._buy(self.plan_gold, at=NOON)
        self._buy(at=NOON)
        for at, level in (
            (FEB_28 - timedelta(seconds=1), self.gold),
            (FEB_28, self.silver),
            (utc(2028, 1, 1), self.env['wx.member.level']),
        ):
            with self.subTest(at=at), freeze_time(at):
                self.assertEqual(self.user_a._member_level(), level)
        self.assertEqual(self.user_a.member_level_id, self.gold)

    def test_level_of_a_member_costs_no_query(self):
        self._buy()
        self.user_a.fetch(['member_level_id', 'member_until'])
        with self.assertQueryCount(0):
            self.user_a._member_level()
