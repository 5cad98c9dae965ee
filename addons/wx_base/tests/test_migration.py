from odoo.fields import Command
from odoo.modules.migration import load_script
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path

SCRIPT = 'wx_base/migrations/19.0.1.1.0/post-menu_groups.py'


@tagged('post_install', '-at_install')
class TestMigration(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script = load_script(file_path(SCRIPT), 'post-menu_groups')
        cls.auditor = cls.env.ref('rbac_ext.group_auditor')
        cls.menus = cls.env.ref('rbac_ext.menu_root') | cls.env.ref('wx_base.menu_wx_message')
        cls.menus.group_ids = [Command.link(cls.auditor.id)]
        cls.log_menu = cls.env.ref('rbac_ext.rbac_login_menu')

    def _migrate(self, version):
        self.env.flush_all()
        self.script.migrate(self.env.cr, version)
        self.env.invalidate_all()

    def test_groups_of_roles_go_from_the_menus_of_the_shop(self):
        own = self.env.ref('base.group_no_one')
        self.menus.group_ids = [Command.link(own.id)]
        self._migrate('19.0.1.0.0')
        self._migrate('19.0.1.0.0')
        self.assertEqual(self.menus.mapped('group_ids'), own)
        self.assertIn(self.auditor, self.log_menu.group_ids)

    def test_a_new_database_is_left_alone(self):
        self._migrate(None)
        self.assertEqual(self.menus[0].group_ids, self.auditor)
