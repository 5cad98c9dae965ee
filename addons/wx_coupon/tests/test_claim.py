from datetime import timedelta

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, NotFound

from ..controllers import present
from .common import CouponCase


@tagged('post_install', '-at_install')
class TestClaim(CouponCase):
    def _claimable(self, user=None):
        user = user or self.user_a
        env = self._as_customer(user)
        found, _more = env['wx.coupon.template']._list_claimable(user.with_env(env), None, 100)
        return found.with_env(self.env)

    def test_a_claim_gives_a_coupon_that_is_the_customers(self):
        coupon = self._claim()
        self.assertRecordValues(
            coupon,
            [
                {
                    'template_id': self.template.id,
                    'wx_user_id': self.user_a.id,
                    'company_id': self.template.company_id.id,
                    'state': 'issued',
                    'source': 'claim',
                    'claim_no': 1,
                    'claim_limit': 1,
                    'code': False,
                }
            ],
        )

    def test_nobody_claims_more_than_one_may_have(self):
        template = self._create_template(user_qty=2)
        first, second = self._claim(template), self._claim(template)
        self.assertEqual((first.claim_no, second.claim_no), (1, 2))
        with self.assertRaises(Conflict):
            self._claim(template)
        self.assertEqual(
            len(template.env['wx.coupon'].search([('template_id', '=', template.id)])), 2
        )
        self.assertEqual(self._claim(template, self.user_b).claim_no, 1)

    def test_a_claim_costs_a_fixed_number_of_queries(self):
        def cost(template):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._claim(template)
            return self.env.cr.sql_log_count - before

        template = self._create_template(user_qty=9, total_qty=9)
        cost(template)
        self._create_template()
        self.assertEqual(cost(template), cost(template))
        self.assertLessEqual(cost(template), 13)

    def test_gifts_do_not_count_as_claims(self):
        self._coupon(template=self.template)
        self.assertEqual(self._claim().claim_no, 1)

    def test_the_last_one_is_claimed_once(self):
        template = self._create_template(total_qty=1)
        self._claim(template)
        with self.assertRaises(Conflict):
            self._claim(template, self.user_b)
        self.assertEqual(template.taken_qty, 1)

    def test_the_database_refuses_a_second_claim_of_one_number(self):
        coupon = self._claim(self._create_template(user_qty=2))
        other = self._coupon(template=coupon.template_id)
        for number, error in ((1, UniqueViolation), (3, CheckViolation)):
            with (
                self.subTest(number=number),
                mute_logger('odoo.sql_db'),
                self.assertRaises(error),
                self.env.cr.savepoint(),
            ):
                other.write({'claim_no': number, 'claim_limit': 2})
                self.env.flush_all()

    def test_only_what_is_open_now_can_be_claimed(self):
        now = fields.Datetime.now()
        day = timedelta(days=1)
        hidden = (
            {'state': 'draft'},
            {'state': 'ended'},
            {'claimable': False},
            {'claim_from': now + day},
            {'claim_until': now - day},
            {'validity': 'absolute', 'valid_until': now - day},
        )
        for vals in hidden:
            template = self._create_template(**vals)
            with self.subTest(vals=vals):
                self.assertNotIn(template, self._claimable())
                with self.assertRaises(NotFound):
                    self._claim(template)
        self.assertIn(self.template, self._claimable())

    def test_templates_of_another_company_are_not_found(self):
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        template = self._create_template(company_id=company.id)
        self.assertNotIn(template, self._claimable())
        with self.assertRaises(NotFound):
            self._claim(template)

    def test_the_list_is_paged_in_the_order_of_the_shop(self):
        self.env['wx.coupon.template'].search([]).write({'claimable': False})
        wanted = self.env['wx.coupon.template']
        for place in (30, 10, 20, 10):
            wanted += self._create_template(sequence=place)
        env = self._as_customer(self.user_a)
        seen, last = [], None
        while True:
            page, more = env['wx.coupon.template']._list_claimable(
                self.user_a.with_env(env), last, 1
            )
            seen += page.ids
            if not more:
                break
            last = page.id
        self.assertEqual(seen, wanted.sorted(lambda one: (one.sequence, one.id)).ids)

    def test_a_page_costs_the_same_with_many_templates(self):
        env = self._as_customer(self.user_a)
        customer = self.user_a.with_env(env)

        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page, _more = env['wx.coupon.template']._list_claimable(customer, None, 100)
            own = page._own_claims(customer)
            shown = [present.template(template, own.get(template, 0)) for template in page]
            return len(shown), self.env.cr.sql_log_count - before

        cost()
        few, queries = cost()
        for _number in range(15):
            self._create_template()
        self.assertEqual(cost(), (few + 15, queries))

    # === AUDIENCE === #

    def test_coupons_for_new_customers_are_for_who_has_paid_nothing(self):
        template = self._create_template(audience='new')
        self.assertIn(template, self._claimable())
        document = self._document()
        self.assertIn(template, self._claimable())
        document.payment_order_id.state = 'paid'
        self.env.flush_all()
        self.assertNotIn(template, self._claimable())
        with self.assertRaises(NotFound):
            self._claim(template)
        self.assertIn(template, self._claimable(self.user_b))

    def test_coupons_for_a_level_are_for_who_has_it_now(self):
        gold = self.env['wx.member.level'].create({'name': 'Gold', 'code': 'tgold'})
        other = self.env['wx.member.level'].create({'name': 'Silver', 'code': 'tsilver'})
        template = self._create_template(audience='level', level_ids=gold.ids)
        self.assertNotIn(template, self._claimable())
        self.user_a.member_level_id = other
        self.env.flush_all()
        self.assertNotIn(template, self._claimable())
        self.user_a.member_level_id = gold
        self.env.flush_all()
        self.assertIn(template, self._claimable())
        self.assertNotIn(template, self._claimable(self.user_b))
