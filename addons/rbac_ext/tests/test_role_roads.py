from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..permission import SEAL
from .role_common import RoleCase


@tagged('post_install', '-at_install')
class TestRoleRoads(RoleCase):
    """Roles and permissions come by roles only, whatever the road."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # May edit users and groups in Odoo's sense, but holds no permission of ours.
        cls.editor = new_test_user(cls.env, 'editor', 'base.group_erp_manager')
        cls.role = cls._create_role('Target', cls.take)
        cls.boss = cls._create_user('boss', cls._create_role('Boss', cls.manage, cls.grant))

    def _as(self, user, record):
        return record.with_user(user)

    def _refused(self, function):
        with self.assertRaises(AccessError), mute_logger('odoo.addons.rbac_ext.models.rbac_gate'):
            function()

    def test_roles_are_changed_only_with_the_permission(self):
        role = self._as(self.editor, self.role)
        self._refused(lambda: role.write({'name': 'Mine'}))
        self._refused(lambda: role.unlink())
        self._refused(lambda: role.create({'name': 'Mine'}))
        self._refused(lambda: role.copy())
        self._as(self.boss, self.role).write({'name': 'Renamed'})
        self.assertEqual(self.role.name, 'Renamed')

    def test_roles_are_given_only_with_the_permission(self):
        vals = {'user_id': self.editor.id, 'role_id': self.role.id}
        self._refused(lambda: self._as(self.editor, self.env['res.users.role.line']).create(vals))
        command = [Command.create({'role_id': self.role.id})]
        self._refused(lambda: self._as(self.editor, self.editor).write({'role_line_ids': command}))
        self._as(self.boss, self.env['res.users.role.line']).create(vals)
        self.assertTrue(self.editor._has_permission('rbac.emergency.take'))

    def test_a_permission_is_no_group_to_be_given_by_hand(self):
        link = [Command.link(self.manage.group_id.id)]
        self._refused(lambda: self._as(self.editor, self.editor).write({'group_ids': link}))
        self._refused(
            lambda: self._as(self.editor, self.env['res.users']).create(
                {'name': 'New', 'login': 'new', 'group_ids': link}
            )
        )

    def test_groups_are_no_back_door(self):
        groups = self._as(self.editor, self.env['res.groups'])
        permission = self.manage.group_id
        user_group = self._as(self.editor, self.env.ref('base.group_user'))
        own = {'user_ids': [Command.link(self.editor.id)]}
        for road in (
            lambda: self._as(self.editor, permission).write(own),
            lambda: user_group.write({'implied_ids': [Command.link(permission.id)]}),
            lambda: self._as(self.editor, permission).write(
                {'implied_by_ids': [Command.link(user_group.id)]}
            ),
            lambda: groups.create({'name': 'Mine', 'implied_ids': [Command.link(permission.id)]}),
            lambda: self._as(self.editor, self.role.group_id).write(own),
        ):
            with self.subTest():
                self._refused(road)
        self.assertFalse(self.editor._has_permission('rbac.role.manage'))

    def test_ordinary_groups_stay_free(self):
        group = self._as(self.editor, self.env['res.groups']).create({'name': 'Mine'})
        group.write({'user_ids': [Command.link(self.editor.id)]})
        self.assertIn(group, self.editor.group_ids)

    def test_a_context_from_outside_opens_nothing(self):
        forged = {'rbac_inside': True, 'rbac_sync': True, 'rbac_keep_groups': True}
        editor = self._as(self.editor, self.editor).with_context(**forged)
        self._refused(lambda: editor.write({'group_ids': [Command.link(self.manage.group_id.id)]}))
        self.assertIsNot(editor.env.context['rbac_inside'], SEAL)

    def test_sudo_lifts_no_business_right(self):
        self._refused(lambda: self.role.with_user(self.editor).sudo().write({'name': 'Mine'}))

    def test_the_system_itself_passes(self):
        self.assertEqual(self.env.uid, SUPERUSER_ID)
        self.role.write({'name': 'By a job'})
        self.assertEqual(self.role.name, 'By a job')
