import csv
from itertools import product

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open

from odoo.addons.wx_base.exceptions import NotFound

from .common import OTHER_PHONE, RechargeCase

GROUPS = ('auditor', 'support', 'operator', 'finance', 'system')
MODES = ('read', 'write', 'create', 'unlink')


@tagged('post_install', '-at_install')
class TestAccess(RechargeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = {
            name: new_test_user(cls.env, f'rc_{name}', f'rbac_ext.group_{name}') for name in GROUPS
        }

    def _lines(self):
        """Return {(model, group): modes} of the addon's access file."""
        with file_open('wx_recharge/security/ir.model.access.csv') as lines:
            return {
                (
                    line['model_id:id'].removeprefix('model_').replace('_', '.'),
                    line['group_id:id'].rpartition('.')[2].removeprefix('group_'),
                ): {mode for mode in MODES if line[f'perm_{mode}'] == '1'}
                for line in csv.DictReader(lines)
            }

    def test_every_access_line_gives_what_it_says_and_no_more(self):
        lines = self._lines()
        models = {model for model, _group in lines}
        for model, group in product(models, ('auditor', 'support', 'operator', 'finance')):
            allowed = lines.get((model, group), set())
            records = self.env[model].with_user(self.staff[group])
            for mode in MODES:
                with self.subTest(model=model, group=group, mode=mode):
                    self.assertEqual(records.has_access(mode), mode in allowed)

    def test_every_model_of_the_addon_has_access_lines(self):
        own = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == 'wx_recharge' and not model._abstract
        }
        self.assertEqual(own, {model for model, _group in self._lines()})

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
        for model, _group in self._lines():
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(employee).has_access('read'))

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
        stranger = new_test_user(
            self.env,
            'rc_stranger',
            'rbac_ext.group_operator',
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
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
