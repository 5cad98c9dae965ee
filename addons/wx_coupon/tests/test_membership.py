from odoo import fields
from odoo.tests import tagged

from .common import CouponCase

MAY, JUNE, JULY = (fields.Datetime.to_datetime(f'2030-0{month}-05') for month in (5, 6, 7))


@tagged('post_install', '-at_install')
class TestMembership(CouponCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        level = cls.env['wx.member.level'].create({'name': 'Gold', 'code': 'tgold'})
        cls.plan = cls.env['wx.member.plan'].create(
            {'name': 'Gold, a month', 'level_id': level.id, 'price_fen': 1900}
        )
        cls.line = cls.env['wx.member.plan.coupon'].create(
            {'plan_id': cls.plan.id, 'template_id': cls.template.id, 'quantity': 2}
        )
        cls.membership = cls.env['wx.membership'].create(
            {'wx_user_id': cls.user_a.id, 'level_id': level.id, 'plan_id': cls.plan.id}
        )

    def _own(self, source):
        return self.env['wx.coupon'].search(
            [('wx_user_id', '=', self.user_a.id), ('source', '=', source)]
        )

    def test_each_month_brings_the_coupons_of_the_plan_once(self):
        for _time in range(2):
            self.membership._grant_benefits(MAY, JUNE)
        self.assertEqual(self._own('plan').mapped('template_id'), self.template)
        self.assertEqual(len(self._own('plan')), 2)
        self.membership._grant_benefits(JUNE, JULY)
        self.assertEqual(len(self._own('plan')), 4)

    def test_a_template_that_is_not_open_brings_nothing(self):
        self.template.action_end()
        self.membership._grant_benefits(MAY, JUNE)
        self.assertFalse(self._own('plan'))

    def test_the_begin_of_a_membership_gives_its_coupons_once(self):
        template = self._create_template(occasion='membership', claimable=False)
        self.membership._grant_benefits(MAY, JUNE)
        self.membership._grant_benefits(JUNE, JULY)
        self.assertRecordValues(
            self._own('membership'), [{'template_id': template.id, 'state': 'issued'}]
        )

    def test_benefits_do_not_fail_for_want_of_coupons(self):
        self.template.total_qty = 1
        self.membership._grant_benefits(MAY, JUNE)
        self.assertEqual((len(self._own('plan')), self.template.taken_qty), (1, 1))

    def test_a_copy_of_a_plan_brings_the_same_coupons(self):
        lines = self.plan.copy().coupon_line_ids
        self.assertRecordValues(lines, [{'template_id': self.template.id, 'quantity': 2}])

    def test_who_does_not_see_coupons_still_keeps_plans(self):
        clerk = self._create_clerk('cm_clerk', 'member.plan.manage')
        self.assertEqual(self.plan.with_user(clerk).read(['name'])[0]['name'], 'Gold, a month')
        self.plan.with_user(clerk).name = 'Gold'
        self.assertEqual(len(self.plan.coupon_line_ids), 1)
