from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .role_common import RoleCase

# `res.partner` stands for a business document: `user_id` is who keeps it.
PATHS = {
    'own': 'user_id',
    'company': 'company_id',
    'res.partner': 'parent_id',
}


@tagged('post_install', '-at_install')
class TestScope(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(cls.env.registry['res.partner'], '_rbac_scope_paths', PATHS)
        )
        cls.north = cls.env['rbac.department'].create({'name': 'North'})
        cls.city = cls.env['rbac.department'].create({'name': 'City', 'parent_id': cls.north.id})
        cls.south = cls.env['rbac.department'].create({'name': 'South'})
        # The only group that opens partners, so that roles without it open none.
        cls.writer = cls.env['res.groups'].create({'name': 'Partner Writer'})
        cls.partner_model = cls.env['ir.model']._get('res.partner')
        cls.env['ir.model.access'].create(
            {
                'name': 'partner writer',
                'model_id': cls.partner_model.id,
                'group_id': cls.writer.id,
                'perm_read': True,
                'perm_write': True,
            }
        )
        cls.role = cls._create_role('Keeper', groups=cls.staff_group | cls.writer)
        cls.me = cls._create_user('me', cls.role, rbac_department_id=cls.north.id)
        cls.mate = cls._create_user('mate', rbac_department_id=cls.city.id)
        cls.far = cls._create_user('far', rbac_department_id=cls.south.id)
        cls.other = cls.env['res.company'].create({'name': 'Other'})
        partners = cls.env['res.partner']
        cls.mine, cls.mates, cls.fars, cls.nobodys = partners.create(
            [
                {'name': 'Mine', 'user_id': cls.me.id},
                {'name': 'Mates', 'user_id': cls.mate.id},
                {'name': 'Fars', 'user_id': cls.far.id},
                {'name': 'Nobodys'},
            ]
        )
        cls.all = cls.mine | cls.mates | cls.fars | cls.nobodys

    def _create_scope(self, kind, role=None, **values):
        return self.env['rbac.scope'].create(
            {
                'role_id': (role or self.role).id,
                'model_id': self.partner_model.id,
                'kind': kind,
                **values,
            }
        )

    def _reach(self, operation='read', user=None):
        """Return what is reached, by a search and by asking for each record: they agree."""
        records = self.all.with_user(user or self.me).with_context(active_test=False)
        one_by_one = records._filtered_access(operation)
        if operation == 'read':
            found = records.search([('id', 'in', self.all.ids)])
            self.assertEqual(found, one_by_one.sorted(found._order))
        return self.all.browse(one_by_one.ids)

    def test_without_a_scope_all_is_reached(self):
        self.assertEqual(self._reach(), self.all)

    def test_own_records(self):
        self._create_scope('own')
        self.assertEqual(self._reach(), self.mine)
        self.assertEqual(self._reach('write'), self.mine)

    def test_own_department_with_its_parts(self):
        self._create_scope('department')
        self.assertEqual(self._reach(), self.mine | self.mates)

    def test_a_move_to_another_department_counts_at_once(self):
        self._create_scope('department')
        self.assertEqual(self._reach(), self.mine | self.mates)
        self.me.rbac_department_id = self.south
        self.assertEqual(self._reach(), self.mine | self.fars)
        self.mate.rbac_department_id = self.south
        self.assertEqual(self._reach(), self.mine | self.mates | self.fars)

    def test_without_a_department_the_own_department_is_empty(self):
        self._create_scope('department')
        self.me.rbac_department_id = False
        self.assertFalse(self._reach())

    def test_chosen_companies(self):
        self.fars.company_id = self.other
        self.me.company_ids = [Command.link(self.other.id)]
        self._create_scope('company', company_ids=[Command.set(self.other.ids)])
        self.assertEqual(self._reach(), self.fars)

    def test_chosen_records_of_another_model(self):
        self.mates.parent_id = self.fars
        self._create_scope(
            'records',
            target_model_id=self.partner_model.id,
            target_ids=[Command.create({'res_id': self.nobodys.id})],
        )
        # A scope on the model itself names its own records.
        self.assertEqual(self._reach(), self.nobodys)

    def test_all_beside_own_is_all(self):
        self._create_scope('own')
        self._create_scope('all')
        self.assertEqual(self._reach(), self.all)

    def test_scopes_of_one_role_add_up(self):
        self._create_scope('own')
        self._create_scope(
            'records',
            target_model_id=self.partner_model.id,
            target_ids=[Command.create({'res_id': self.fars.id})],
        )
        self.assertEqual(self._reach(), self.mine | self.fars)

    def test_changing_only(self):
        self._create_scope('own', reading=False)
        self.assertEqual(self._reach(), self.all)
        self.assertEqual(self._reach('write'), self.mine)
        with self.assertRaises(AccessError), mute_logger('odoo.addons.base.models.ir_rule'):
            self.fars.with_user(self.me).name = 'Mine now'

    def test_scopes_hold_beside_rules_of_groups(self):
        """Odoo joins rules of groups by "or": one for all records would open everything."""
        self.env['ir.rule'].create(
            {
                'name': 'all for writers',
                'model_id': self.partner_model.id,
                'groups': [Command.link(self.writer.id)],
                'domain_force': "[(1, '=', 1)]",
            }
        )
        self._create_scope('own')
        self.assertEqual(self._reach(), self.mine)

    def test_scopes_of_two_roles_add_up(self):
        second = self._create_role('Second', groups=self.writer)
        self._give(self.me, second)
        self._create_scope('own')
        self.assertEqual(self._reach(), self.all, 'the second role reaches all')
        self._create_scope(
            'records',
            second,
            target_model_id=self.partner_model.id,
            target_ids=[Command.create({'res_id': self.fars.id})],
        )
        self.assertEqual(self._reach(), self.mine | self.fars)

    def test_a_role_that_does_not_open_the_model_widens_nothing(self):
        empty = self.env['res.users.role'].create({'name': 'Empty'})
        self._give(self.me, empty)
        self._create_scope('own')
        self.assertEqual(self._reach(), self.mine)

    def test_the_scope_of_an_implied_role_holds(self):
        self._create_scope('own')
        above = self._create_role('Above', groups=self.role.group_id)
        user = self._create_user('above', above)
        self.mates.user_id = user
        self.assertEqual(self._reach(user=user), self.mates)

    def test_users_without_roles_are_not_touched(self):
        self._create_scope('own')
        self.mate.group_ids = [Command.link(self.writer.id)]
        self.assertEqual(self._reach(user=self.mate), self.all)

    def test_a_model_has_to_name_the_path(self):
        for vals in (
            {'model_id': self.env['ir.model']._get('res.country').id, 'kind': 'own'},
            {
                'model_id': self.partner_model.id,
                'kind': 'records',
                'target_model_id': self.env['ir.model']._get('res.country').id,
            },
        ):
            with self.subTest(**vals), self.assertRaises(ValidationError):
                self.env['rbac.scope'].create({'role_id': self.role.id, **vals})

    def test_a_path_that_is_gone_reaches_nothing(self):
        self._create_scope('own')
        self.env.registry.clear_cache()
        with patch.object(self.env.registry['res.partner'], '_rbac_scope_paths', {}):
            self.assertFalse(self._reach())

    def test_rules_come_and_go_with_scopes(self):
        rules = self.env['ir.rule'].search([('rbac_generated', '=', True)])
        scope = self._create_scope('own')
        made = self.env['ir.rule'].search([('rbac_generated', '=', True)]) - rules
        self.assertEqual(len(made), 2)
        self.assertEqual(made.model_id, self.partner_model)
        scope.unlink()
        self.assertFalse(made.exists())

    def test_generated_rules_are_not_edited_by_hand(self):
        self._create_scope('own')
        rule = self.env['ir.rule'].search([('rbac_generated', '=', True)], limit=1)
        for road in (
            lambda: rule.write({'domain_force': '[]'}),
            lambda: rule.write({'active': False}),
            lambda: rule.write({'rbac_generated': False}),
            lambda: rule.unlink(),
            lambda: rule.create(
                {'name': 'x', 'model_id': rule.model_id.id, 'rbac_generated': True}
            ),
            lambda: rule.with_context(rbac_scopes=True).unlink(),
        ):
            with self.subTest(), self.assertRaises(UserError):
                road()

    def test_rules_spoilt_by_sql_are_put_right(self):
        self._create_scope('own')
        self.env.flush_all()
        self.env.cr.execute("UPDATE ir_rule SET active = false WHERE rbac_generated")
        self.env.invalidate_all()
        self.assertEqual(self.env['rbac.scope']._sync_rules(), 2)
        self.assertEqual(self._reach(), self.mine)

    def test_scopes_are_changed_only_with_the_permission(self):
        scope = self._create_scope('own').with_user(self.me).sudo()
        with mute_logger('odoo.addons.rbac_ext.models.rbac_gate'):
            for road in (
                lambda: scope.write({'kind': 'all'}),
                lambda: scope.unlink(),
                lambda: scope.target_ids.create({'scope_id': scope.id, 'res_id': 1}),
            ):
                with self.subTest(), self.assertRaises(AccessError):
                    road()

    def test_asking_again_costs_no_query(self):
        self._create_scope('department')
        partners = self.env['res.partner'].with_user(self.me)
        self.env['ir.rule'].with_user(self.me)._compute_domain('res.partner', 'read')
        with self.assertQueryCount(0):
            partners.env['ir.rule']._compute_domain('res.partner', 'read')
