from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict

from .common import OTHER_PHONE, PHONE, RechargeCase


@tagged('post_install', '-at_install')
class TestSale(RechargeCase):
    """When, where and how often a package is sold."""

    def setUp(self):
        super().setUp()
        self.customer_package = self.package.with_env(self._as_customer(self.user_a))

    def _check(self, platform=None):
        self.env.flush_all()
        self.customer_package._check_sale(self.user_a, platform)

    # === TIME === #

    def test_package_is_sold_within_its_time_only(self):
        now = fields.Datetime.now()
        hour = timedelta(hours=1)
        for sale_from, sale_until, sold in (
            (False, False, True),
            (now - hour, now + hour, True),
            (now + hour, False, False),
            (False, now - hour, False),
            (now - 2 * hour, now - hour, False),
        ):
            with self.subTest(sale_from=sale_from, sale_until=sale_until):
                self.package.write({'sale_from': sale_from, 'sale_until': sale_until})
                if sold:
                    self.assertIsNone(self._check())
                    continue
                with self.assertRaises(Conflict):
                    self._check()

    def test_sale_must_begin_before_it_ends(self):
        now = fields.Datetime.now()
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger('odoo.sql_db'):
            self.package.write({'sale_from': now, 'sale_until': now})
            self.package.flush_recordset()

    # === PLATFORM === #

    def test_client_that_does_not_say_sees_what_is_sold_on_all_platforms(self):
        self.package.show_ios = False
        self._check('android')
        for platform in ('ios', None, 'windows'):
            with self.subTest(platform=platform), self.assertRaises(Conflict):
                self._check(platform)

    def test_request_says_the_platform(self):
        self.package.show_ios = False
        self.env.flush_all()
        on_android = self.customer_package.with_context(wx_platform='android')
        self.assertIsNone(on_android._check_sale(self.user_a))
        with self.assertRaises(Conflict):
            self.customer_package.with_context(wx_platform='ios')._check_sale(self.user_a)

    def test_package_must_be_shown_somewhere(self):
        with self.assertRaises(ValidationError):
            self.package.write({'show_ios': False, 'show_android': False})

    # === LIMITS === #

    def _limit(self, user=None, phone=PHONE):
        self.env.flush_all()
        user = user or self.user_a
        package = self.package.with_env(self._as_customer(user))
        package._check_limits(user, phone)

    def test_without_a_limit_nothing_is_counted_or_locked(self):
        self.customer_package._offer()
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.customer_package._check_limits(self.user_a, PHONE)
        self.assertFalse(self.env['wx.recharge.turn'].search([]))

    def test_customer_has_a_package_as_often_as_the_limit_says(self):
        self.package.limit_user = 2
        self._place()
        self._limit(phone=OTHER_PHONE)
        self._place(phone=OTHER_PHONE)
        with self.assertRaises(Conflict):
            self._limit(phone='+6581234569')
        self._limit(user=self.user_b)

    def test_number_has_a_package_as_often_as_the_limit_says_whoever_orders(self):
        self.package.limit_number = 1
        self._place()
        with self.assertRaises(Conflict):
            self._limit(user=self.user_b)
        self._limit(phone=OTHER_PHONE)

    def test_orders_that_came_to_nothing_do_not_count(self):
        self.package.limit_user = 1
        order = self._place()
        for state in ('closed', 'cancelled', 'failed', 'refunding', 'refunded'):
            with self.subTest(state=state):
                order.state = state
                self.assertIsNone(self._limit())
        for state in ('awaiting_payment', 'paid', 'fulfilling', 'delivered', 'anomaly'):
            order.state = state
            with self.subTest(state=state), self.assertRaises(Conflict):
                self._limit()

    def test_orders_before_the_period_do_not_count(self):
        self.package.write({'limit_user': 1, 'limit_days': 7})
        order = self._place()
        for days, refused in ((6, True), (8, False)):
            self.env.flush_all()
            self.env.cr.execute(
                'UPDATE wx_recharge_order SET create_date = %s WHERE id = %s',
                [fields.Datetime.now() - timedelta(days=days), order.id],
            )
            with self.subTest(days=days):
                if refused:
                    with self.assertRaisesRegex(Conflict, '1 in 7 days'):
                        self._limit()
                else:
                    self.assertIsNone(self._limit())

    def test_orders_of_other_packages_do_not_count(self):
        self.package.limit_user = 1
        other = self._create_package(name='Other')
        self._create_product(other, sku='901:4.00')
        self._place(package=other)
        self.assertIsNone(self._limit())

    def test_looking_only_takes_no_turn(self):
        self.package.limit_user = 1
        self.env.flush_all()
        self.customer_package._check_limits(self.user_a, PHONE, turn=False)
        self.assertFalse(self.env['wx.recharge.turn'].search([]))

    def test_old_turns_are_removed(self):
        turns = self.env['wx.recharge.turn']
        turns._take(['new', 'old', 'new'])
        self.env.cr.execute(
            "UPDATE wx_recharge_turn SET taken_at = taken_at - interval '2 days' WHERE name = 'old'"
        )
        turns._gc_turns()
        self.assertEqual(turns.search([]).mapped('name'), ['new'])
