from odoo.tests import TransactionCase, new_test_user, tagged

STAFF_GROUPS = ('auditor', 'support', 'operator', 'finance', 'system')


@tagged('post_install', '-at_install')
class TestGroups(TransactionCase):
    def test_each_staff_group_makes_an_internal_user(self):
        for name in STAFF_GROUPS:
            with self.subTest(group=name):
                user = new_test_user(self.env, f'staff_{name}', f'rbac_ext.group_{name}')
                self.assertTrue(user._is_internal())

    def test_only_system_implies_the_others(self):
        system = self.env.ref('rbac_ext.group_system')
        others = [self.env.ref(f'rbac_ext.group_{name}') for name in STAFF_GROUPS[:-1]]
        for group in others:
            self.assertIn(group, system.all_implied_ids)
            self.assertFalse(
                [other for other in others if other != group and other in group.all_implied_ids]
            )
            self.assertNotIn(self.env.ref('base.group_system'), group.all_implied_ids)

    def test_administrator_is_system(self):
        self.assertTrue(self.env.ref('base.user_admin').has_group('rbac_ext.group_system'))

    def test_the_app_is_hidden_from_other_employees(self):
        employee = new_test_user(self.env, 'plain_employee', 'base.group_user')
        auditor = new_test_user(self.env, 'an_auditor', 'rbac_ext.group_auditor')
        root = self.env.ref('rbac_ext.menu_root')
        menus = self.env['ir.ui.menu']
        self.assertIn(root.id, menus.with_user(auditor)._visible_menu_ids())
        self.assertNotIn(root.id, menus.with_user(employee)._visible_menu_ids())
