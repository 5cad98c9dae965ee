import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .role_common import RoleCase


@tagged('post_install', '-at_install')
class TestRolePack(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pack = cls.env['rbac.pack']
        cls.role = cls._create_role('Clerk', cls.take)
        cls.above = cls._create_role('Above', cls.grant, groups=cls.role.group_id)
        cls.roles = cls.role | cls.above | cls.builtin['finance']
        cls.manager = cls._create_user('manager', cls._create_role('Manager', cls.manage))

    def _changed(self, **values):
        pack = json.loads(self.pack._export(self.role))
        pack['roles'][0].update(values)
        return json.dumps(pack)

    def test_what_was_exported_differs_in_nothing(self):
        text = self.pack._export(self.roles)
        self.assertEqual(self.pack._compare(self.pack._read(text)), [])
        self.assertEqual(text, self.pack._export(self.roles))

    def test_a_pack_restores_deleted_and_changed_roles(self):
        text = self.pack._export(self.roles)
        self.above.unlink()
        self.role.permission_ids = [Command.set(self.manage.ids)]
        changes = {change['name']: change for change in self.pack._compare(self.pack._read(text))}
        self.assertTrue(changes['Above']['new'])
        self.assertEqual(changes['Clerk']['adds'], ['rbac.emergency.take'])
        self.assertEqual(changes['Clerk']['removes'], ['rbac.role.manage'])
        self.assertNotIn('Finance', changes)
        self.pack._apply(self.pack._read(text))
        self.assertEqual(self.pack._compare(self.pack._read(text)), [])
        above = self.env['res.users.role'].search([('name', '=', 'Above')])
        self.assertEqual(above.access_group_ids, self.role.group_id)
        self.assertEqual(self.role.permission_ids, self.take)

    def test_looking_changes_nothing(self):
        text = self._changed(permissions=['rbac.role.manage'])
        self.pack._compare(self.pack._read(text))
        self.assertEqual(self.role.permission_ids, self.take)

    def test_no_pack_is_refused_in_words(self):
        for text in (
            '',
            'x',
            '[]',
            '{}',
            '{"format": "rbac_ext.role_pack", "version": 2, "roles": []}',
            '{"format": "rbac_ext.role_pack", "version": 1, "roles": [{}]}',
            '{"format": "rbac_ext.role_pack", "version": 1, "roles": 5}',
            self._changed(name=' '),
            self._changed(scopes=[['res.partner']]),
            'x' * (1024 * 1024 + 1),
        ):
            with self.subTest(text=text[:60]), self.assertRaises(UserError):
                self.pack._read(text)

    def test_what_this_database_lacks_is_named(self):
        for values in (
            {'permissions': ['shop.gone']},
            {'groups': ['shop.group_gone']},
            {'groups': ['base.user_admin']},
            {'roles': ['Shop Gone']},
            {'scopes': [['shop.gone', 'own', True]]},
        ):
            with self.subTest(**values), self.assertRaisesRegex(UserError, 'gone|user_admin|Gone'):
                self.pack._read(self._changed(**values))

    def test_the_screens_export_and_import(self):
        export = self.env['rbac.pack.export'].with_user(self.manager)
        export = export.create({'role_ids': [Command.set(self.role.ids)]})
        action = export.action_export()
        self.assertIn(f'/rbac.pack.export/{export.id}/file/', action['url'])
        text = base64.b64decode(export.file).decode()
        self.assertEqual(text, self.pack._export(self.role))
        self.role.permission_ids = [Command.clear()]
        wizard = self.env['rbac.pack.import'].with_user(self.manager).create({'file': export.file})
        self.assertTrue(wizard.has_changes)
        self.assertIn('rbac.emergency.take', wizard.difference)
        wizard.action_apply()
        self.assertEqual(self.role.permission_ids, self.take)

    def test_a_bad_file_shows_the_problem(self):
        wizard = self.env['rbac.pack.import'].create({'file': base64.b64encode(b'\xff\xfe')})
        self.assertFalse(wizard.has_changes)
        self.assertIn('alert-danger', wizard.difference)

    def test_both_need_the_permission(self):
        plain = self._create_user('plain', self.role)
        with mute_logger('odoo.addons.rbac_ext.models.rbac_gate'):
            with self.assertRaises(AccessError):
                self.pack.with_user(plain).sudo()._apply([])
            with self.assertRaises(AccessError):
                self.env['rbac.pack.export'].with_user(plain).sudo().create({}).action_export()


@tagged('post_install', '-at_install')
class TestRoleMatrix(RoleCase):
    def test_it_loads_roles_permissions_and_cells(self):
        role = self._create_role('Clerk', self.take)
        above = self._create_role('Above', groups=role.group_id)
        data = self.env['rbac.matrix'].load_matrix()
        cells = {(cell[0], cell[1]): cell[2] for cell in data['cells']}
        self.assertIs(cells[role.id, self.take.id], True)
        self.assertIs(cells[above.id, self.take.id], False)
        self.assertNotIn((role.id, self.manage.id), cells)
        self.assertEqual(
            {row['code'] for row in data['permissions']},
            set(self.env['rbac.permission'].search([]).mapped('code')),
        )

    def test_readers_look_and_managers_save(self):
        auditor = self._create_user('aud', self.builtin['auditor'])
        manager = self._create_user('man', self._create_role('Manager', self.manage))
        plain = self._create_user('plain', self.builtin['support'])
        role = self._create_role('Clerk')
        changes = [[role.id, self.take.id, True]]
        matrix = self.env['rbac.matrix']
        self.assertFalse(matrix.with_user(auditor).load_matrix()['editable'])
        self.assertTrue(matrix.with_user(manager).load_matrix()['editable'])
        with self.assertRaises(AccessError):
            matrix.with_user(plain).load_matrix()
        with self.assertRaises(AccessError):
            matrix.with_user(plain).preview(changes)
        with self.assertRaises(AccessError), mute_logger('odoo.addons.rbac_ext.models.rbac_gate'):
            matrix.with_user(auditor).apply(changes)
        matrix.with_user(manager).apply(changes)
        self.assertEqual(role.permission_ids, self.take)

    def test_a_role_that_is_gone_is_told(self):
        with self.assertRaises(UserError):
            self.env['rbac.matrix'].apply([[0, self.take.id, True]])

    def test_a_copy_is_made(self):
        role = self._create_role('Clerk', self.take)
        copy = self.env['res.users.role'].browse(
            self.env['rbac.matrix'].copy_role(role.id, ' Second ')
        )
        self.assertEqual(copy.name, 'Second')
        self.assertEqual(copy.permission_ids, self.take)
        with self.assertRaises(UserError):
            self.env['rbac.matrix'].copy_role(role.id, ' ')

    def test_forty_roles_and_three_hundred_permissions_load_with_few_queries(self):
        permissions = self.env['rbac.permission'].create(
            [{'code': f'bulk.area{n // 10}.act{n}', 'name': f'Act {n}'} for n in range(300)]
        )
        groups = permissions.group_id.ids
        self.env['res.users.role'].create(
            [
                {'name': f'Bulk {n}', 'implied_ids': [Command.set(groups[n : n + 100])]}
                for n in range(40)
            ]
        )
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            data = self.env['rbac.matrix'].load_matrix()
        self.assertGreaterEqual(len(data['cells']), 4000)
