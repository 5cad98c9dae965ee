from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput, NotFound

from .common import OTHER_PHONE, PHONE
from .sale_common import SaleCase

QUOTE = 'odoo.addons.wx_recharge.models.wx_recharge_order_quote'
PRICE = 'odoo.addons.wx_recharge.models.wx_recharge_package_price'


@tagged('post_install', '-at_install')
class TestOrderQuote(SaleCase):
    def _level_price(self, fen):
        """Let members of the level pay `fen`."""
        self.user_a.member_level_id = self.level
        packages = self.env.registry['wx.recharge.package']
        list_price = packages._price_fen_for

        def price(package, level_id):
            return fen if level_id == self.level.id else list_price(package, level_id)

        self.patch(packages, '_price_fen_for', price)

    def _floor(self, percent):
        self.env.company.wx_recharge_floor_percent = percent

    # === PARTS OF THE PRICE === #

    def test_the_quote_names_every_part(self):
        quote = self._quote()
        self.assertEqual(
            (quote.list_price_fen, quote.member_price_fen, quote.price_fen), (2380, 2380, 2380)
        )
        self.assertEqual((quote.cost.cost_fen, quote.margin_fen), (2160, 220))
        self.assertEqual((quote.phone, quote.level_id, quote.savings), (PHONE, None, {}))

    def test_a_quote_writes_nothing(self):
        self.package.write({'stock_limited': True, 'stock_qty': 1})
        coupon = self._coupon()
        self._quote([coupon])
        self.assertEqual((self.package.stock_qty, coupon.state), (1, 'issued'))
        self.assertFalse(self.env['wx.recharge.order'].search([('phone', '=', PHONE)]))
        self.assertFalse(self.outside.calls)

    def test_order_freezes_level_coupons_cost_and_margin(self):
        self._level_price(2300)
        first = self._coupon(stackable=True)
        second = self._coupon(stackable=True, amount_fen=30)
        order = self._place_with(first + second)
        self.product.cost = 1
        self._set_rates(CNY=6)
        self.package.price_fen = 9999
        self.user_a.member_level_id = False
        self.assertRecordValues(
            order,
            [
                {
                    'list_price_fen': 2380,
                    'member_level_id': self.level.id,
                    'member_saving_fen': 80,
                    'coupon_saving_fen': 130,
                    'price_fen': 2170,
                    'amount': 21.7,
                    'cost_fen': 2160,
                    'cost_rate': 7.2,
                    'expected_cost': 3,
                    'margin_fen': 10,
                    'margin': 0.1,
                }
            ],
        )
        self.assertEqual(order.coupon_ids, first + second)
        self.assertEqual(order.payment_order_id.amount_fen, 2170)

    def test_without_an_exchange_rate_the_margin_is_unknown(self):
        self.env['res.currency.rate'].search([]).unlink()
        order = self._place()
        self.assertRecordValues(
            order, [{'price_fen': 2380, 'expected_cost': 3, 'cost_fen': 0, 'cost_rate': 0}]
        )

    # === FLOOR === #

    def test_an_order_below_the_floor_of_the_company_is_refused(self):
        self._floor(10)  # 2160 + 216
        self._quote()
        self.product.cost = 3.02  # 21.744 yuan, and 2.1744 of margin
        with mute_logger(QUOTE):
            for place in (self._quote, self._place):
                with self.subTest(place=place), self.assertRaises(Conflict) as caught:
                    place()
                self.assertIn('at this price', str(caught.exception))
        self.assertFalse(self.env['wx.recharge.order'].search([('phone', '=', PHONE)]))

    def test_coupons_do_not_go_below_the_floor(self):
        self._floor(5)  # 2160 + 108
        small, large = self._coupon(amount_fen=112), self._coupon(amount_fen=113)
        self.assertEqual(self._quote([small]).price_fen, 2268)
        with self.assertRaises(Conflict) as caught:
            self._place_with([large])
        self.assertIn('coupons', str(caught.exception))
        self.assertEqual(large.state, 'issued')

    def test_the_floor_of_a_rule_goes_before_the_companys(self):
        self._floor(50)
        self.env['wx.recharge.price.rule'].create({'name': 'Any', 'floor_fen': 1})
        self.assertEqual(self._quote().floor_price_fen, 2161)

    @mute_logger(QUOTE, PRICE)
    def test_with_a_floor_nothing_is_sold_without_an_exchange_rate(self):
        self._floor(1)
        self.env['res.currency.rate'].search([]).unlink()
        with self.assertRaises(Conflict):
            self._quote()

    def test_with_a_floor_nothing_is_sold_without_a_cost(self):
        self.product.cost = 0
        self.assertIsNone(self._quote().margin_fen)
        self._floor(1)
        with self.assertLogs(QUOTE, 'ERROR'), self.assertRaises(Conflict):
            self._quote()
        self.env['wx.recharge.price.rule'].create({'name': 'Any', 'floor_fen': 1})
        with self.assertLogs(PRICE, 'ERROR'), self.assertRaises(Conflict):
            self._quote()

    # === COUPONS === #

    def test_the_best_coupons_are_suggested_and_not_used(self):
        self._coupon(amount_fen=50)
        best = self._coupon(amount_fen=200)
        self._coupon(amount_fen=300, threshold_fen=5000)
        self._coupon(user=self.user_b, amount_fen=500)
        quote = self._quote()
        found = self._suggest(quote)
        self.assertEqual((found, quote.price_fen), ((best, 200), 2380))
        self.assertFalse(self._place().coupon_saving_fen)

    def _suggest(self, quote):
        env = self._as_customer(self.user_a)
        coupons, saving = env['wx.recharge.order']._suggest_coupons(
            self.user_a.with_env(env), quote
        )
        return coupons.with_env(self.env), saving

    def test_nothing_is_suggested_that_the_order_is_refused_with(self):
        self._floor(5)
        self._coupon(amount_fen=200)
        self.assertEqual(self._suggest(self._quote())[1], 0)

    def test_another_customers_coupon_is_not_found(self):
        theirs = self._coupon(user=self.user_b)
        for coupons in ([theirs], [self._coupon(), theirs]):
            with self.assertRaises(NotFound):
                self._quote(coupons)
            with self.assertRaises(NotFound):
                self._place_with(coupons)
        self.assertEqual(theirs.state, 'issued')

    def test_a_coupon_is_held_by_one_order(self):
        coupon = self._coupon()
        order = self._place_with([coupon])
        self.assertEqual((coupon.state, order.price_fen), ('held', 2280))
        with self.assertRaises(Conflict):
            self._place_with([coupon])

    def test_the_price_is_never_below_a_fen(self):
        order = self._place_with([self._coupon(amount_fen=99999)])
        self.assertEqual((order.price_fen, order.coupon_saving_fen), (1, 2379))

    # === GUARDS === #

    def test_what_is_not_on_sale_is_neither_quoted_nor_sold(self):
        self.package.sale_from = '2999-01-01'
        for place in (self._quote, self._place):
            with self.subTest(place=place), self.assertRaises(Conflict):
                place()

    def test_a_quote_tells_of_limits_and_wrong_numbers(self):
        self.package.limit_user = 1
        self._place()
        with self.assertRaises(Conflict):
            self._quote()
        with self.assertRaises(InvalidInput):
            self._quote(phone='+66812345678')

    def test_the_blacklist_is_asked_by_orders_only(self):
        blacklist = self.env.registry['wx.recharge.blacklist']
        with patch.object(blacklist, '_check', autospec=True, side_effect=Conflict('no')) as check:
            self._quote()
            self.assertEqual(check.call_count, 0)
            with self.assertRaises(Conflict):
                self._place()
        self.assertEqual(check.call_args.args[2], PHONE)

    # === SETTINGS AND COST === #

    def test_the_time_to_pay_is_the_companys(self):
        self.env.company.wx_recharge_payment_minutes = 5
        before = fields.Datetime.now()
        order = self._place()
        seconds = (order.expires_at - before).total_seconds()
        self.assertAlmostEqual(seconds, 300, delta=10)
        self.assertEqual(order.payment_order_id.expires_at, order.expires_at)

    def test_a_quote_and_a_suggestion_take_one_query_each(self):
        self._coupon()
        self._suggest(self._quote())
        env = self._as_customer(self.user_a)
        orders, customer = env['wx.recharge.order'], self.user_a.with_env(env)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):  # the customer's company and level
            quote = orders._quote(customer, self.package.id, OTHER_PHONE)
        with self.assertQueryCount(1):  # the customer's coupons
            orders._suggest_coupons(customer, quote)

    def test_coupons_cost_an_order_a_fixed_number_of_queries(self):
        def cost(number):
            coupons = [self._coupon(stackable=True, amount_fen=1) for _each in range(number)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._place_with(coupons)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(1)
        self.assertEqual(cost(1), cost(4))
