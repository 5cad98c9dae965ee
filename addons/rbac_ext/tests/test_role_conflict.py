from datetime import date

import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .role_common import RoleCase


@tagged('post_install', '-at_install')
class TestRoleConflict(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.tz = 'UTC'
        cls.refund = cls._create_permission('shop.order.refund')
        cls.reconcile = cls._create_permission('shop.books.reconcile')
        cls.cashier = cls._create_role('Cashier', cls.refund)
        cls.clerk = cls._create_role('Clerk', cls.reconcile)
        cls.plain = cls._create_role('Plain')
        cls.user = cls._create_user('somebody', cls.cashier)

    def _create_conflict(self, kind='role'):
        vals = {'name': 'Refund or reconcile', 'kind': kind}
        if kind == 'role':
            vals |= {'role_a_id': self.cashier.id, 'role_b_id': self.clerk.id}
        else:
            vals |= {'permission_a_id': self.refund.id, 'permission_b_id': self.reconcile.id}
        return self.env['rbac.conflict'].create(vals)

    def _refused(self, road):
        with (
            self.assertRaisesRegex(ValidationError, 'Refund or reconcile.*somebody'),
            self.env.cr.savepoint(),
        ):
            road()
        self.env.invalidate_all()
        self.env.registry.clear_cache('stable', 'groups')

    def test_every_road_to_both_is_closed(self):
        roads = {
            'line': lambda: self._give(self.user, self.clerk),
            'form of the user': lambda: self.user.write(
                {'role_line_ids': [Command.create({'role_id': self.clerk.id})]}
            ),
            'form of the role': lambda: self.clerk.write(
                {'line_ids': [Command.create({'user_id': self.user.id})]}
            ),
            'a role that implies the other': lambda: self.cashier.write(
                {'implied_ids': [Command.link(self.clerk.group_id.id)]}
            ),
            'a group in between': lambda: self.staff_group.write(
                {'implied_ids': [Command.link(self.clerk.group_id.id)]}
            ),
            'seen from the other group': lambda: self.clerk.group_id.write(
                {'implied_by_ids': [Command.link(self.staff_group.id)]}
            ),
            'a new group in between': lambda: self.env['res.groups'].create(
                {
                    'name': 'Between',
                    'implied_ids': [Command.link(self.clerk.group_id.id)],
                    'implied_by_ids': [Command.link(self.staff_group.id)],
                }
            ),
            'import': lambda: self.env['res.users.role.line']._load_records(
                [{'values': {'user_id': self.user.id, 'role_id': self.clerk.id}}]
            ),
        }
        for kind in ('role', 'permission'):
            conflict = self._create_conflict(kind)
            for name, road in roads.items():
                with self.subTest(kind=kind, road=name):
                    self._refused(road)
            conflict.unlink()

    def test_permissions_meet_in_the_matrix_and_in_packs(self):
        self._create_conflict('permission')
        self._refused(
            lambda: self.env['rbac.matrix'].apply([[self.cashier.id, self.reconcile.id, True]])
        )
        self._refused(
            lambda: self.cashier.write({'permission_ids': [Command.link(self.reconcile.id)]})
        )
        pack = self.env['rbac.pack']
        text = pack._export(self.cashier).replace(
            '"shop.order.refund"', '"shop.books.reconcile", "shop.order.refund"'
        )
        self._refused(lambda: pack._apply(pack._read(text)))

    def test_an_emergency_is_no_way_around(self):
        self._create_conflict()
        self.clerk.write({'is_emergency': True, 'taker_role_ids': self.cashier.ids})
        emergency = self.env['rbac.emergency'].with_user(self.user)
        self._refused(lambda: emergency._take(self.clerk, 'reason', 5))

    def test_a_rename_of_an_already_held_line_is_a_road_too(self):
        line = self._give(self.user, self.plain)
        self._create_conflict()
        self._refused(lambda: line.write({'role_id': self.clerk.id}))

    def test_lines_that_never_meet_in_time_are_no_conflict(self):
        self._create_conflict()
        with freeze_time('2026-03-01'):
            self.user.role_line_ids.date_to = date(2026, 3, 10)
            line = self._give(self.user, self.clerk, date_from=date(2026, 3, 11))
            self._refused(lambda: line.write({'date_from': date(2026, 3, 10)}))

    def test_one_side_alone_is_no_conflict(self):
        self._create_conflict()
        self._give(self.user, self.plain)
        other = self._create_user('other', self.clerk)
        self.assertEqual(other.role_line_ids.role_id, self.clerk)

    def test_existing_conflicts_are_listed_and_do_not_stop_other_work(self):
        self._give(self.user, self.clerk)
        conflict = self._create_conflict()
        self.assertEqual(conflict.user_ids, self.user)
        self._give(self.user, self.plain)
        self.user.role_line_ids.filtered(lambda line: line.role_id == self.clerk).unlink()
        conflict.invalidate_recordset()
        self.assertFalse(conflict.user_ids)
        self._refused(lambda: self._give(self.user, self.clerk))

    def test_an_archived_conflict_refuses_nothing(self):
        self._create_conflict().active = False
        self._give(self.user, self.clerk)

    def test_a_conflict_is_between_two_different_duties(self):
        for vals in (
            {'role_a_id': self.cashier.id, 'role_b_id': self.cashier.id},
            {'role_a_id': self.cashier.id},
            {'kind': 'permission', 'role_a_id': self.cashier.id, 'role_b_id': self.clerk.id},
        ):
            with (
                self.subTest(**vals),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger('odoo.sql_db'),
                self.env.cr.savepoint(),
            ):
                self.env['rbac.conflict'].create({'name': 'x', **vals})

    def test_without_conflicts_nothing_is_asked_of_the_database(self):
        conflicts = self.env['rbac.conflict']
        conflicts.search([]).unlink()
        conflicts._pairs()
        with self.assertQueryCount(0), conflicts._guard():
            pass

    def test_conflicts_are_changed_only_with_the_permission(self):
        conflict = self._create_conflict().with_user(self.user).sudo()
        with self.assertRaises(AccessError), mute_logger('odoo.addons.rbac_ext.models.rbac_gate'):
            conflict.active = False
