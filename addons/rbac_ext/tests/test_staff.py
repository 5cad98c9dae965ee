from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .log_common import CODE, GuardedCase

ROOT = 'rbac_ext.menu_root'
STAFF = 'rbac_ext.menu_staff'
APPROVALS = 'rbac_ext.rbac_approval_menu'
LOGS = {'rbac_ext.rbac_log_menu', 'rbac_ext.rbac_field_change_menu'}


@tagged('post_install', '-at_install')
class TestStaff(GuardedCase):
    """Whoever has a permission is staff: what all staff need follows from it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls.env.ref('rbac_ext.group_staff')
        cls.nothing = cls.env['res.groups']

    def _create_holder(self, login, *codes):
        """Create somebody whose one role is made of permissions and of nothing else."""
        permissions = self.env['rbac.permission'].search([('code', 'in', codes)])
        self.assertEqual(len(permissions), len(codes))
        role = self._create_role(f'Role of {login}', *permissions, groups=self.nothing)
        return self._create_user(login, role)

    def _menus(self, user):
        """Return external ids of the menus of our app that `user` sees."""
        loaded = self.env['ir.ui.menu'].with_user(user).load_menus(False)
        root = self.env.ref(ROOT).id
        return {menu['xmlid'] for menu in loaded.values() if menu.get('app_id') == root}

    def test_every_permission_makes_staff(self):
        permissions = self.env['rbac.permission'].search([])
        self.assertIn(self.permission, permissions)
        for permission in permissions:
            with self.subTest(code=permission.code):
                self.assertIn(self.staff, permission.group_id.implied_ids)

    def test_a_role_made_of_a_permission_makes_an_internal_user(self):
        user = self._create_holder('holder', CODE)
        self.assertTrue(user.with_user(user)._is_internal())
        self.assertFalse(user.share)

    def test_nobody_gives_the_group_of_staff(self):
        self.assertFalse(self.staff.privilege_id)
        for name, role in self.builtin.items():
            with self.subTest(role=name):
                self.assertNotIn(self.staff, role.implied_ids)

    def test_a_permission_of_another_addon_shows_the_approvals_and_no_more(self):
        user = self._create_holder('holder', CODE)
        self.assertEqual(self._menus(user), {ROOT, STAFF, APPROVALS})
        self.assertFalse(self.env['rbac.log'].with_user(user).has_access('read'))
        self.assertFalse(self.env['rbac.field.change'].with_user(user).has_access('read'))

    def test_without_a_permission_there_is_no_app_at_all(self):
        approvals = self.env['rbac.approval'].with_user(self.clerk)
        self.assertEqual(self._menus(self.clerk), set())
        self.assertFalse(approvals.has_access('read'))
        self.assertEqual(approvals.count_waiting(), 0)

    def test_the_last_permission_takes_the_approvals_along(self):
        role = self._create_role('One', self.permission, groups=self.env.ref('base.group_user'))
        user = self._create_user('holder', role)
        self.assertEqual(self._menus(user), {ROOT, STAFF, APPROVALS})
        role.permission_ids = [Command.clear()]
        self.assertEqual(self._menus(user), set())
        self.assertFalse(self.env['rbac.approval'].with_user(user).has_access('read'))

    def test_approvers_without_any_permission_are_staff(self):
        self.assertNotIn(self.staff, self.clerk.all_group_ids)
        self._limit(approver_role_ids=self.clerk_role.ids)
        self.assertEqual(self._menus(self.clerk), {ROOT, STAFF, APPROVALS})
        approval = self._ask().with_user(self.clerk)
        self.assertEqual(approval.count_waiting(), 1)
        self.assertEqual(approval.search([('can_decide', '=', True)]), approval)
        approval.decision_note = 'Too much'
        approval.action_reject()
        self.assertEqual(approval.state, 'rejected')

    def test_whoever_changes_roles_may_name_approvers(self):
        manager = self._create_holder('manager', 'rbac.role.manage')
        self.permission.with_user(manager).approver_role_ids = self.clerk_role
        self.assertIn(self.staff, self.clerk_role.implied_ids)

    def test_approvers_named_by_a_new_permission_are_staff(self):
        self.env['rbac.permission'].create(
            {
                'code': 'rbac.test.new',
                'name': 'New',
                'approval': 'always',
                'approver_role_ids': self.clerk_role.ids,
            }
        )
        self.assertIn(self.staff, self.clerk_role.implied_ids)

    def test_each_permission_to_read_the_logs_shows_them(self):
        self.partner.with_user(self.anna).rbac_test_pay(5)
        for code, lines in (('rbac.log.view', {'anna'}), ('rbac.log.view_own', set())):
            user = self._create_holder(code, code)
            with self.subTest(code=code):
                self.assertEqual(self._menus(user), {ROOT, STAFF, APPROVALS} | LOGS)
                log = self.env['rbac.log'].with_user(user)
                found = log.search([('code', '=', CODE)])
                self.assertEqual(set(found.mapped('login')), lines)
                with self.assertRaises(AccessError):
                    log.check_access('write')

    def test_lines_about_approvals_of_others_can_be_opened(self):
        self._limit()
        approval = self._ask()
        reader = self._create_holder('reader', 'rbac.log.view')
        self.assertFalse(self.env['rbac.approval'].with_user(reader).search([]))
        names = ('approval_id', 'user_id')
        spec = {name: {'fields': {'display_name': {}}} for name in names}
        log = self.env['rbac.log'].with_user(reader)
        [line] = log.web_search_read([('code', '=', CODE)], spec)['records']
        self.assertEqual(line['approval_id']['id'], approval.id)
        self.assertEqual(line['user_id']['id'], self.anna.id)
