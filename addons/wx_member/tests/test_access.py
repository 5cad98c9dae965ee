from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.wx_base.tests.common import ROLES

from .common import MemberCase

MODES = ('read', 'write', 'create', 'unlink')
KEEPS = ('operator', 'system')
GRANTS = ('support', 'operator', 'system')
# model → roles that may read, write, create, unlink
RIGHTS = {
    'wx.member.level': (ROLES, KEEPS, KEEPS, KEEPS),
    'wx.member.plan': (ROLES, KEEPS, KEEPS, KEEPS),
    'wx.membership': (ROLES, (), (), ()),
    'wx.membership.period': (ROLES, (), (), ()),
    'wx.membership.grant': (ROLES, (), (), ()),
    'wx.membership.order': (ROLES, (), (), ()),
    'wx.member.grant.wizard': (GRANTS, GRANTS, GRANTS, ()),
    'wx.membership.revoke.wizard': (KEEPS, KEEPS, KEEPS, ()),
}
OWN = ('wx.membership', 'wx.membership.period', 'wx.membership.order')


@tagged('post_install', '-at_install')
class TestAccess(MemberCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._create_all_staff('ma')

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
            if model._original_module == 'wx_member' and not model._abstract
        }
        self.assertEqual(own, set(RIGHTS))

    def test_employees_without_a_role_see_nothing(self):
        employee = new_test_user(self.env, 'ma_employee', 'base.group_user')
        for name in RIGHTS:
            with self.subTest(model=name):
                self.assertFalse(self.env[name].with_user(employee).has_access('read'))

    def test_staff_may_write_notes_on_orders_they_read(self):
        order = self._place()
        message = order.with_user(self.staff['support']).message_post(body='called the customer')
        self.assertIn('called the customer', message.body)

    def test_level_of_a_customer_is_not_written_by_staff(self):
        with self.assertRaises(AccessError):
            self.user_a.with_user(self.staff['operator']).member_level_id = self.gold

    # === CUSTOMERS === #

    def test_customers_see_their_own_only(self):
        self._buy()
        self._buy(user=self.user_b)
        env = self._as_customer(self.user_a)
        for model in OWN:
            with self.subTest(model=model):
                self.assertEqual(env[model].search([]).wx_user_id.ids, self.user_a.ids)
                foreign = self.env[model].search([('wx_user_id', '=', self.user_b.id)])
                with self.assertRaises(AccessError):
                    env[model].browse(foreign.ids).read(['wx_user_id'])

    def test_nobody_in_particular_sees_no_membership(self):
        self._buy()
        env = self._as_customer(self.env['wx.user'])
        for model in OWN:
            self.assertFalse(env[model].search([]), model)

    def test_customers_write_nothing(self):
        env = self._as_customer(self.user_a)
        for name in RIGHTS:
            for mode in ('write', 'create', 'unlink'):
                with self.subTest(model=name, mode=mode):
                    self.assertFalse(env[name].has_access(mode))
        for name in ('wx.membership.grant', 'wx.member.grant.wizard'):
            self.assertFalse(env[name].has_access('read'), name)

    def test_customers_see_plans_that_are_sold(self):
        plans = self._as_customer(self.user_a)['wx.member.plan'].with_context(active_test=False)
        self.plan_gold.active = False
        self.assertNotIn(self.plan_gold.id, plans.search([]).ids)
        self.silver.active = False
        self.assertNotIn(self.plan_silver.id, plans.search([]).ids)

    # === COMPANIES === #

    def test_what_is_of_other_companies_is_hidden_from_staff(self):
        self._buy()
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        stranger = self._create_staff(
            'ma_stranger', 'operator', company_id=company.id, company_ids=company.ids
        )
        self.gold.company_id = self.env.company
        self.plan_gold.company_id = self.env.company
        for record in (
            *(self.env[model].search([('wx_user_id', '=', self.user_a.id)]) for model in OWN),
            self.gold,
            self.plan_gold,
        ):
            with self.subTest(model=record._name):
                found = record.with_user(stranger).search([('id', 'in', record.ids)])
                self.assertFalse(found)
        shared = self.silver.with_user(stranger).search([('id', '=', self.silver.id)])
        self.assertTrue(shared)
