from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.wx_base.exceptions import Conflict, NotFound

from .common import SUBJECT, CouponCase


@tagged('post_install', '-at_install')
class TestChoice(CouponCase):
    def suggest(self, price_fen, user=None):
        return self.env['wx.coupon']._suggest(user or self.user_a, SUBJECT, price_fen)

    def saving(self, coupons, price_fen, user=None):
        return coupons._saving(user or self.user_a, SUBJECT, price_fen)

    def test_who_has_no_coupon_is_suggested_none(self):
        self._coupon(self.user_b)
        self.assertEqual(self.suggest(1000), (self.env['wx.coupon'], 0))

    def test_the_best_is_suggested_with_its_saving(self):
        self._coupon(amount_fen=300)
        best = self._coupon(kind='percent', percent=50)
        self.assertEqual(self.suggest(1000), (best, 500))
        self.assertEqual(self.suggest(400)[1], 300)

    def test_stackable_coupons_are_suggested_together(self):
        two = self._coupon(amount_fen=200, stackable=True)
        ten = self._coupon(kind='percent', percent=10, stackable=True)
        self._coupon(amount_fen=250)
        coupons, saving_fen = self.suggest(1000)
        self.assertEqual((coupons, saving_fen), (ten + two, 300))
        self.assertEqual(self.saving(coupons, 1000), {ten.id: 100, two.id: 200})

    def test_what_is_suggested_is_accepted_with_the_same_saving(self):
        for values in (
            {'amount_fen': 999, 'stackable': True},
            {'amount_fen': 100, 'stackable': True},
            {'kind': 'percent', 'percent': 33, 'cap_fen': 200, 'stackable': True},
            {'amount_fen': 700},
        ):
            self._coupon(**values)
        for price_fen in (1, 2, 300, 999, 1000, 1001, 5000):
            with self.subTest(price_fen=price_fen):
                coupons, saving_fen = self.suggest(price_fen)
                self.assertEqual(sum(self.saving(coupons, price_fen).values()), saving_fen)
                self.assertLess(saving_fen, price_fen)

    def test_coupons_that_are_not_good_now_are_not_suggested(self):
        now = fields.Datetime.now()
        late = self._coupon()
        late.valid_until = now - timedelta(seconds=1)
        early = self._coupon()
        early.valid_from = now + timedelta(hours=1)
        dear = self._coupon(threshold_fen=1001)
        held = self._coupon()
        held._hold(self._document())
        self.assertEqual(self.suggest(1000), (self.env['wx.coupon'], 0))
        for coupon in (late, early, dear, held):
            with self.subTest(coupon=coupon), self.assertRaises(Conflict):
                self.saving(coupon, 1000)

    def test_the_threshold_counts_before_any_coupon(self):
        small = self._coupon(amount_fen=400, stackable=True)
        dear = self._coupon(amount_fen=100, threshold_fen=1000, stackable=True)
        self.assertEqual(self.saving(small + dear, 1000), {small.id: 400, dear.id: 100})

    def test_coupons_that_do_not_go_together_are_refused(self):
        alone, stackable = self._coupon(), self._coupon(stackable=True)
        with self.assertRaises(Conflict):
            self.saving(alone + stackable, 5000)
        self.assertEqual(self.saving(alone, 5000), {alone.id: 500})

    def test_a_coupon_that_would_save_nothing_is_refused(self):
        with self.assertRaises(Conflict):
            self.saving(self._coupon(), 1)

    def test_coupons_of_others_and_of_nobody_are_not_found(self):
        own, foreign = self._coupon(stackable=True), self._coupon(self.user_b, stackable=True)
        gone = self.env['wx.coupon'].browse(2**31 - 1)
        self.template._make_codes(1)
        ready = self.env['wx.coupon'].search([('state', '=', 'ready')], limit=1)
        for coupons in (foreign, own + foreign, gone, own + gone, ready):
            with self.subTest(coupons=coupons), self.assertRaises(NotFound):
                self.saving(coupons, 5000)

    def test_no_coupons_save_nothing(self):
        self.assertEqual(self.saving(self.env['wx.coupon'], 1000), {})

    def test_a_suggestion_costs_the_same_with_many_coupons(self):
        template = self._create_template(stackable=True)
        template._give(self.user_a, 'gift', [f'k{number}' for number in range(40)])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            coupons, saving_fen = self.suggest(100_000)
        self.assertEqual((len(coupons), saving_fen), (40, 20_000))
