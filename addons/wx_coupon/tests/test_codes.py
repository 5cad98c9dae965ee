import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput, NotFound

from ..utils import print_code, read_code
from .common import CouponCase


@tagged('post_install', '-at_install')
class TestCodes(CouponCase):
    def _codes(self, number=1, template=None):
        """Return coupons with codes that nobody has redeemed."""
        batch = (template or self.template).action_make_codes(number)
        return self.env['wx.coupon'].search([('batch', '=', batch)], order='id')

    def _redeem(self, typed, user=None):
        user = user or self.user_a
        env = self._as_customer(user)
        coupon = env['wx.coupon']._redeem(user.with_env(env), typed)
        return self.env['wx.coupon'].browse(coupon.id)

    def test_codes_belong_to_nobody_and_count_against_the_total(self):
        template = self._create_template(total_qty=3)
        coupons = self._codes(2, template)
        self.assertRecordValues(
            coupons,
            [{'state': 'ready', 'wx_user_id': False, 'source': 'code', 'valid_until': False}] * 2,
        )
        self.assertEqual(len(set(coupons.mapped('code'))), 2)
        self.assertEqual(template.taken_qty, 2)
        with self.assertRaises(Conflict), self.env.cr.savepoint():
            template.action_make_codes(2)
        self.assertEqual(template.taken_qty, 2)

    def test_many_codes_are_made_in_one_go(self):
        coupons = self._codes(2_500)
        self.assertEqual(len(set(coupons.mapped('code'))), 2_500)

    def test_how_many_codes_at_once_is_bounded(self):
        for number in (0, -1, 10_001):
            with self.subTest(number=number), self.assertRaises(InvalidInput):
                self.template.action_make_codes(number)

    def test_a_template_that_is_not_open_makes_no_codes(self):
        with self.assertRaises(Conflict):
            self._create_template(state='draft').action_make_codes(1)

    def test_whoever_redeems_a_code_owns_the_coupon(self):
        coupon = self._codes()
        self.assertEqual(self._redeem(print_code(coupon.code).lower()), coupon)
        self.assertRecordValues(
            coupon,
            [{'state': 'issued', 'wx_user_id': self.user_a.id, 'claim_no': 1, 'source': 'code'}],
        )
        self.assertEqual(coupon.valid_until - coupon.valid_from, timedelta(days=30))

    def test_the_owner_may_repeat_and_nobody_else_may(self):
        coupon = self._codes()
        self._redeem(coupon.code)
        self.assertEqual(self._redeem(coupon.code), coupon)
        with self.assertRaises(Conflict):
            self._redeem(coupon.code, self.user_b)
        self.assertEqual(coupon.wx_user_id, self.user_a)

    def test_codes_and_claims_share_the_limit_of_a_customer(self):
        first, second = self._codes(2)
        self._redeem(first.code)
        with self.assertRaises(Conflict):
            self._redeem(second.code)
        with self.assertRaises(Conflict):
            self._claim()
        self.assertEqual((second.state, second.wx_user_id.id), ('ready', False))

    def test_a_code_made_before_a_change_keeps_its_days(self):
        coupon = self._codes()
        self.template.valid_days = 1
        self._redeem(coupon.code)
        self.assertEqual(coupon.valid_until - coupon.valid_from, timedelta(days=30))

    def test_a_code_that_is_past_is_not_redeemed(self):
        until = fields.Datetime.now() + timedelta(days=1)
        template = self._create_template(validity='absolute', valid_until=until)
        coupon = self._codes(template=template)
        self.assertEqual(coupon.valid_until, until)
        coupon.valid_until = fields.Datetime.now() - timedelta(seconds=1)
        with self.assertRaises(Conflict):
            self._redeem(coupon.code)

    def test_void_codes_are_not_redeemed(self):
        coupon = self._codes()
        coupon.action_void('printed wrong')
        with self.assertRaises(Conflict):
            self._redeem(coupon.code)

    def test_codes_that_do_not_exist_or_are_for_others_are_not_found(self):
        new_only = self._codes(template=self._create_template(audience='new'))
        self._document().payment_order_id.state = 'paid'
        self.env.flush_all()
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        foreign = self._codes(template=self._create_template(company_id=company.id))
        for typed in ('2222-2222-2222', 'nonsense', '', new_only.code, foreign.code):
            with self.subTest(typed=typed), self.assertRaises(NotFound):
                self._redeem(typed)

    def test_the_dialogue_hands_over_a_table_of_the_codes(self):
        operator = self._create_staff('cc_operator', 'operator')
        dialogue = (
            self.env['wx.coupon.make.codes']
            .with_user(operator)
            .create({'template_id': self.template.id, 'quantity': 3})
        )
        self.assertFalse(dialogue.file)
        dialogue.action_make()
        lines = base64.b64decode(dialogue.file).decode('utf-8-sig').splitlines()
        self.assertEqual(lines[0], 'Code,Coupon,Redeem Until')
        made = self.env['wx.coupon'].search([('batch', '=', dialogue.batch)])
        self.assertEqual(
            {read_code(line.split(',')[0]) for line in lines[1:]}, set(made.mapped('code'))
        )
        self.assertEqual(len(made), 3)

    def test_codes_are_shown_to_who_may_make_them(self):
        coupon = self._codes()
        clerk = self._create_clerk('cc_viewer', 'coupon.view')
        with self.assertRaises(AccessError):
            coupon.with_user(clerk).read(['code'])
        maker = self._create_clerk('cc_maker', 'coupon.code')
        self.assertEqual(coupon.with_user(maker).code, coupon.code)
        customer = self._as_customer(self.user_a)
        self._redeem(coupon.code)
        with self.assertRaises(AccessError):
            coupon.with_env(customer).read(['code'])
