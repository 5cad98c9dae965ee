from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.wx_base.tests.common import ROLES

from .common import CouponCase

MODES = ('read', 'write', 'create', 'unlink')
KEEPS = ('operator', 'system')
# model → roles that may read, write, create, unlink
RIGHTS = {
    'wx.coupon.template': (ROLES, KEEPS, KEEPS, KEEPS),
    'wx.coupon': (ROLES, (), (), ()),
    'wx.coupon.job': (ROLES, KEEPS, KEEPS, KEEPS),
    'wx.coupon.make.codes': (KEEPS, KEEPS, KEEPS, ()),
    'wx.coupon.make.void': (KEEPS, KEEPS, KEEPS, ()),
    'wx.member.plan.coupon': (ROLES, KEEPS, KEEPS, KEEPS),
}


@tagged('post_install', '-at_install')
class TestAccess(CouponCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._create_all_staff('cp')

    def test_every_role_may_do_exactly_what_the_table_says(self):
        for name, rights in RIGHTS.items():
            for mode, allowed in zip(MODES, rights, strict=True):
                for role, user in self.staff.items():
                    with self.subTest(model=name, mode=mode, role=role):
                        records = self.env[name].with_user(user)
                        self.assertEqual(records.has_access(mode), role in allowed)

    def test_every_model_of_the_addon_is_in_the_table(self):
        own = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == 'wx_coupon' and not model._abstract
        }
        self.assertEqual(own, set(RIGHTS))

    def test_acts_are_allowed_to_who_has_them(self):
        template = self._create_template(user_qty=9)

        def void(user):
            self._coupon(template=template).with_user(user).action_void('test')

        def codes(user):
            template.with_user(user).action_make_codes(1)

        def open_and_end(user):
            fresh = self._create_template(state='draft').with_user(user)
            fresh.action_open()
            fresh.action_end()

        def give(user):
            job = self.env['wx.coupon.job'].create(
                {'name': 'x', 'template_id': template.id, 'user_ids': self.user_a.ids}
            )
            job.with_user(user).action_start()
            job.with_user(user).action_stop()

        for act in (void, codes, open_and_end, give):
            with self.subTest(act=act.__name__):
                self._assert_allowed(self.staff, KEEPS, act)

    def test_employees_without_a_role_see_nothing(self):
        employee = new_test_user(self.env, 'cp_employee', 'base.group_user')
        for name in RIGHTS:
            with self.subTest(model=name):
                self.assertFalse(self.env[name].with_user(employee).has_access('read'))

    # === CUSTOMERS === #

    def test_customers_see_their_own_coupons_only(self):
        own, foreign = self._coupon(), self._coupon(self.user_b)
        coupons = self._as_customer(self.user_a)['wx.coupon']
        self.assertEqual(coupons.search([]).ids, own.ids)
        with self.assertRaises(AccessError):
            coupons.browse(foreign.id).read(['state'])

    def test_nobody_in_particular_sees_no_coupon_not_even_codes(self):
        self._coupon()
        self.template.action_make_codes(1)
        env = self._as_customer(self.env['wx.user'])
        self.assertFalse(env['wx.coupon'].search([]))

    def test_customers_see_templates_of_the_claim_centre_only(self):
        hidden = self._create_template(claimable=False) + self._create_template(state='draft')
        templates = self._as_customer(self.user_a)['wx.coupon.template'].search([])
        self.assertIn(self.template.id, templates.ids)
        self.assertFalse(set(hidden.ids) & set(templates.ids))

    def test_customers_write_nothing_and_see_no_gifts(self):
        env = self._as_customer(self.user_a)
        for name in RIGHTS:
            for mode in ('write', 'create', 'unlink'):
                with self.subTest(model=name, mode=mode):
                    self.assertFalse(env[name].has_access(mode))
        for name in set(RIGHTS) - {'wx.coupon', 'wx.coupon.template'}:
            with self.subTest(model=name):
                self.assertFalse(env[name].has_access('read'))

    # === COMPANIES === #

    def test_coupons_of_other_companies_are_hidden_from_staff(self):
        coupon = self._coupon()
        job = self.env['wx.coupon.job'].create(
            {'name': 'x', 'template_id': coupon.template_id.id, 'user_ids': self.user_a.ids}
        )
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        stranger = self._create_staff(
            'cp_stranger', 'operator', company_id=company.id, company_ids=company.ids
        )
        for record in (coupon, coupon.template_id, job):
            with self.subTest(model=record._name):
                self.assertFalse(record.with_user(stranger)._filtered_access('read'))
                self.assertTrue(record.with_user(self.staff['operator'])._filtered_access('read'))
