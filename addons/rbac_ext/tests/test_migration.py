from odoo.fields import Command
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path

from .role_common import RoleCase

SCRIPT = 'rbac_ext/migrations/19.0.2.1.0/post-staff_group.py'
MENUS = ('menu_staff', 'rbac_log_menu', 'rbac_field_change_menu')


@tagged('post_install', '-at_install')
class TestMigration(RoleCase):
    """A database of version 19.0.2.0.0, as far as the script is concerned."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script = load_script(file_path(SCRIPT), 'post-staff_group')
        cls.staff = cls.env.ref('rbac_ext.group_staff')
        cls.permissions = cls.env['rbac.permission'].search([])
        cls.permissions.group_id.implied_ids = [Command.unlink(cls.staff.id)]
        cls.own = cls.env.ref('base.group_no_one')
        cls.menus = cls.env['ir.ui.menu']
        for name in MENUS:
            cls.menus |= cls.env.ref(f'rbac_ext.{name}')
        old = cls.own | cls.env.ref('rbac_ext.group_finance') | cls.grant.group_id
        cls.menus[0].group_ids |= old
        cls.menus[1:].group_ids = cls.own | cls.env.ref('rbac_ext.group_finance')

    def _migrate(self, version='19.0.2.0.0'):
        self.env.flush_all()
        self.script.migrate(self.env.cr, version)
        self.env.flush_all()
        self.env.invalidate_all()

    def _read_by(self, role):
        return role.permission_ids.filtered(lambda p: p.code.startswith('rbac.log.view'))

    def test_permissions_make_staff(self):
        self._migrate()
        self._migrate()
        for permission in self.permissions:
            self.assertIn(self.staff, permission.group_id.implied_ids)

    def test_approvers_become_staff(self):
        boss = self._create_role('Boss')
        self.take.approver_role_ids = boss
        boss.implied_ids = [Command.unlink(self.staff.id)]
        self._migrate()
        self.assertIn(self.staff, boss.implied_ids)

    def test_roles_read_the_logs_that_their_groups_opened(self):
        everything = self.env.ref('rbac_ext.perm_rbac_log_view')
        own = self.env.ref('rbac_ext.perm_rbac_log_view_own')
        roles = {
            everything: self._create_role('A', groups=self.env.ref('rbac_ext.group_auditor')),
            own: self._create_role('B', groups=self.env.ref('rbac_ext.group_operator')),
            self.permissions.browse(): self._create_role(
                'C', groups=self.env.ref('base.group_user')
            ),
            everything | own: self._create_role('D', groups=self.env.ref('rbac_ext.group_system')),
        }
        above = self._create_role('E', groups=roles[own].group_id)
        self._migrate()
        for expected, role in roles.items():
            with self.subTest(role=role.name):
                self.assertEqual(self._read_by(role), expected)
        self.assertIn(own.group_id, above.group_id.all_implied_ids)

    def test_menus_name_no_groups_of_built_in_roles(self):
        self._migrate()
        self.assertEqual(self.menus[0].group_ids, self.staff | self.own)
        self.assertEqual(self.menus[1:].group_ids, self.own)

    def test_a_new_database_is_left_alone(self):
        self._migrate(None)
        self.assertNotIn(self.staff, self.take.group_id.implied_ids)
        self.assertIn(self.env.ref('rbac_ext.group_finance'), self.menus[1].group_ids)
