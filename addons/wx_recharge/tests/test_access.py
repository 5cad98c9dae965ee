from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.wx_base.exceptions import NotFound
from odoo.addons.wx_base.tests.common import ROLES

from .common import OTHER_PHONE, RechargeCase

MODES = ('read', 'write', 'create', 'unlink')
KEEPS = ('operator', 'system')
TEAM = ('auditor', 'operator', 'finance', 'system')
REFUNDERS = ('support', 'finance', 'system')
NOBODY = ((), (), (), ())
SHOP_VIEWERS = ('auditor', 'support', 'operator', 'system')
# model → roles that may read, write, create, unlink
RIGHTS = {
    'country': (ROLES, KEEPS, KEEPS, KEEPS),
    'operator': (ROLES, KEEPS, KEEPS, KEEPS),
    'package': (ROLES, KEEPS, KEEPS, KEEPS),
    'supplier': (ROLES, KEEPS, KEEPS, ('system',)),
    'supplier.product': (ROLES, KEEPS, KEEPS, KEEPS),
    'supplier.token': NOBODY,
    'import': (TEAM, (), (), ()),
    'import.difference': (TEAM, (), (), ()),
    'import.line': NOBODY,
    'package.maker': (KEEPS, KEEPS, KEEPS, ()),
    'price.rule': (TEAM, KEEPS, KEEPS, KEEPS),
    'price.run': (TEAM, (), (), ()),
    'price.change': (TEAM, (), (), ()),
    'level.price': (TEAM, (), (), ()),
    'order': (ROLES, (), (), ()),
    'attempt': (ROLES, (), (), ()),
    'callback': (('auditor', 'operator', 'system'), (), (), ()),
    'shipping': (('auditor', 'support', 'operator', 'system'), (), (), ()),
    'settle': (KEEPS, KEEPS, KEEPS, ()),
    'refund.request': (ROLES, (), (), ()),
    'refund.decision': (REFUNDERS, REFUNDERS, REFUNDERS, ()),
    'desk': (ROLES, (), (), ()),
    'hand': (KEEPS, KEEPS, KEEPS, ()),
    'blacklist': (SHOP_VIEWERS, KEEPS, KEEPS, KEEPS),
    'blacklist.hit': (SHOP_VIEWERS, (), (), ()),
    'turn': NOBODY,
    'prefix': (ROLES, KEEPS, KEEPS, KEEPS),
    'lookup': NOBODY,
    'lookup.usage': NOBODY,
    'saved.number': (SHOP_VIEWERS, (), (), ()),
}


@tagged('post_install', '-at_install')
class TestAccess(RechargeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._create_all_staff('rc')

    def test_every_role_may_do_exactly_what_the_table_says(self):
        for name, rights in RIGHTS.items():
            for mode, allowed in zip(MODES, rights, strict=True):
                for role, user in self.staff.items():
                    with self.subTest(model=name, mode=mode, role=role):
                        records = self.env[f'wx.recharge.{name}'].with_user(user)
                        self.assertEqual(records.has_access(mode), role in allowed)

    def test_every_model_of_the_addon_is_in_the_table(self):
        own = {
            name.removeprefix('wx.recharge.')
            for name, model in self.env.registry.items()
            if model._original_module == 'wx_recharge' and not model._abstract
        }
        self.assertEqual(own, set(RIGHTS))

    def test_nobody_writes_orders_attempts_callbacks_and_shipping(self):
        for name, user in self.staff.items():
            for model in ('order', 'attempt', 'callback', 'shipping'):
                records = self.env[f'wx.recharge.{model}'].with_user(user)
                for mode in ('write', 'create', 'unlink'):
                    with self.subTest(user=name, model=model, mode=mode):
                        self.assertFalse(records.has_access(mode))

    def test_nobody_reads_tokens(self):
        for name, user in self.staff.items():
            with self.subTest(user=name), self.assertRaises(AccessError):
                self.env['wx.recharge.supplier.token'].with_user(user).search([])

    def test_secrets_are_for_the_system_group_only(self):
        for name in ('auditor', 'support', 'operator', 'finance'):
            supplier = self.supplier.with_user(self.staff[name])
            for field in ('client_id', 'client_secret', 'webhook_secret'):
                with self.subTest(user=name, field=field), self.assertRaises(AccessError):
                    supplier.read([field])

    def test_operator_cannot_write_a_secret(self):
        with self.assertRaises(AccessError):
            self.supplier.with_user(self.staff['operator']).client_secret = 'mine'

    def test_employees_without_a_role_see_nothing(self):
        employee = new_test_user(self.env, 'rc_employee', 'base.group_user')
        for name in RIGHTS:
            with self.subTest(model=name):
                records = self.env[f'wx.recharge.{name}'].with_user(employee)
                self.assertFalse(records.has_access('read'))

    def test_staff_may_write_notes_on_orders_they_read(self):
        order = self._place()
        message = order.with_user(self.staff['support']).message_post(body='called the customer')
        self.assertIn('called the customer', message.body)

    # === CUSTOMERS === #

    def test_customers_see_their_own_orders_only(self):
        own, foreign = self._place(), self._place(user=self.user_b, phone=OTHER_PHONE)
        orders = self._as_customer(self.user_a)['wx.recharge.order']
        self.assertIn(own.id, orders.search([]).ids)
        self.assertNotIn(foreign.id, orders.search([]).ids)
        with self.assertRaises(AccessError):
            orders.browse(foreign.id).read(['order_no'])

    def test_nobody_in_particular_sees_no_order(self):
        self._place()
        env = self._as_customer(self.env['wx.user'])
        self.assertFalse(env['wx.recharge.order'].search([]))

    def test_customers_see_only_what_is_sold(self):
        env = self._as_customer(self.user_a)
        hidden = self._create_package(name='Hidden', active=False)
        packages = env['wx.recharge.package'].with_context(active_test=False).search([])
        self.assertIn(self.package.id, packages.ids)
        self.assertNotIn(hidden.id, packages.ids)
        self.country.active = False
        self.env.flush_all()
        self.assertNotIn(self.package.id, env['wx.recharge.package'].search([]).ids)
        self.assertFalse(env['wx.recharge.operator'].search([('id', '=', self.operator.id)]))
        self.assertFalse(env['wx.recharge.country'].search([('id', '=', self.country.id)]))

    def test_customers_write_nothing(self):
        order = self._place()
        env = self._as_customer(self.user_a)
        for record in (order, self.package, self.operator, self.country):
            for mode in ('write', 'create', 'unlink'):
                with self.subTest(model=record._name, mode=mode):
                    self.assertFalse(record.with_env(env).has_access(mode))

    def test_customers_read_nothing_of_suppliers(self):
        env = self._as_customer(self.user_a)
        for model in ('supplier', 'supplier.product', 'supplier.token', 'attempt', 'callback'):
            with self.subTest(model=model):
                self.assertFalse(env[f'wx.recharge.{model}'].has_access('read'))

    def test_orders_of_other_companies_are_hidden_from_staff(self):
        order = self._place()
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        stranger = self._create_staff(
            'rc_stranger', 'operator', company_id=company.id, company_ids=company.ids
        )
        self.assertFalse(
            self.env['wx.recharge.order'].with_user(stranger).search([('id', '=', order.id)])
        )

    def test_packages_and_suppliers_of_other_companies_are_hidden(self):
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        (self.package + self._create_package(name='Shared')).company_id = False
        self.package.company_id = company
        self.supplier.company_id = company
        operator = self.staff['operator']
        for record in (self.package, self.supplier, self.product):
            with self.subTest(model=record._name):
                self.assertFalse(record.with_user(operator)._filtered_access('read'))
        with self.assertRaises(NotFound):
            self._place()
