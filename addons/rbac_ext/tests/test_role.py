from datetime import date
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .role_common import RoleCase

to_datetime = fields.Datetime.to_datetime


@tagged('post_install', '-at_install')
class TestRole(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.tz = 'Asia/Shanghai'
        cls.role = cls._create_role('Clerk', cls.take)
        cls.user = cls._create_user('clerk')
        cls.menu = cls.env.ref('rbac_ext.rbac_emergency_take_menu')

    def _rights(self, user=None):
        """Return what three ways of asking say: permission, access line, menu."""
        user = user or self.user
        env = self.env(user=user, su=False)
        return (
            env.user._has_permission('rbac.emergency.take'),
            env['rbac.emergency.take'].has_access('create'),
            self.menu.id in env['ir.ui.menu'].sudo()._visible_menu_ids(),
        )

    ALL = (True, True, True)
    NOTHING = (False, False, False)

    def test_a_role_gives_permission_access_and_menu(self):
        self.assertEqual(self._rights(), self.NOTHING)
        self._give(self.user, self.role)
        self.assertEqual(self._rights(), self.ALL)

    def test_nothing_outlives_a_removed_line(self):
        line = self._give(self.user, self.role)
        self.assertEqual(self._rights(), self.ALL)
        line.unlink()
        self.assertEqual(self._rights(), self.NOTHING)
        self.assertFalse(self.user.group_ids)

    def test_nothing_outlives_a_deleted_role(self):
        role = self._create_role('Short', self.take)
        self._give(self.user, role)
        group = role.group_id
        self.assertEqual(self._rights(), self.ALL)
        role.unlink()
        self.assertEqual(self._rights(), self.NOTHING)
        self.assertFalse(group.exists())

    def test_nothing_outlives_a_permission_taken_from_the_role(self):
        self._give(self.user, self.role)
        self.assertEqual(self._rights(), self.ALL)
        self.role.permission_ids = [Command.unlink(self.take.id)]
        self.assertEqual(self._rights(), self.NOTHING)

    def test_a_change_tells_the_other_processes_and_clears_again_after_the_commit(self):
        line = self._give(self.user, self.role)
        self.env.registry.cache_invalidated.clear()
        self.env.cr.postcommit.clear()
        line.unlink()
        self.assertIn('stable', self.env.registry.cache_invalidated)
        self.env.registry.cache_invalidated.clear()
        self.env.cr.postcommit.run()
        self.assertIn('stable', self.env.registry.cache_invalidated)

    def test_a_role_ends_at_midnight_of_the_company_without_any_job(self):
        with freeze_time('2026-03-10 15:59:59'):  # 23:59:59 in Shanghai
            self._give(self.user, self.role, date_to=date(2026, 3, 10))
            self.assertEqual(self._rights(), self.ALL)
        with freeze_time('2026-03-10 16:00:00'):
            self.assertEqual(self._rights(), self.NOTHING)
            # The stored groups follow later, and are worth nothing until then.
            self.assertIn(self.role.group_id, self.user.group_ids)

    def test_a_role_begins_at_midnight_of_the_company_without_any_job(self):
        with freeze_time('2026-03-09 15:59:59'):
            self._give(self.user, self.role, date_from=date(2026, 3, 10))
            self.assertEqual(self._rights(), self.NOTHING)
        with freeze_time('2026-03-09 16:00:00'):
            self.env.invalidate_all()
            self.assertEqual(self._rights(), self.ALL)

    def test_a_user_cannot_move_midnight_by_his_own_time_zone(self):
        self.user.tz = 'Pacific/Honolulu'
        with freeze_time('2026-03-10 12:00:00'):
            self._give(self.user, self.role, date_to=date(2026, 3, 10))
        with freeze_time('2026-03-10 16:00:00'):
            self.assertEqual(self._rights(), self.NOTHING)

    def test_midnight_follows_the_summer_time_of_the_company(self):
        self.env.company.partner_id.tz = 'Europe/Berlin'
        line = self._give(
            self.user, self.role, date_from=date(2026, 3, 29), date_to=date(2026, 3, 29)
        )
        self.assertEqual(
            line._interval(),
            tuple(map(to_datetime, ('2026-03-28 23:00:00', '2026-03-29 22:00:00'))),
        )

    def test_a_new_time_zone_of_the_company_counts_at_once(self):
        with freeze_time('2026-03-10 16:30:00'):
            self._give(self.user, self.role, date_to=date(2026, 3, 10))
            self.assertEqual(self._rights(), self.NOTHING)
            self.env.company.partner_id.tz = 'UTC'
            self.assertEqual(self._rights(), self.ALL)

    def test_a_changed_date_counts_at_once(self):
        with freeze_time('2026-03-11 08:00:00'):
            line = self._give(self.user, self.role, date_to=date(2026, 3, 10))
            self.assertEqual(self._rights(), self.NOTHING)
            line.date_to = date(2026, 3, 11)
            self.assertEqual(self._rights(), self.ALL)

    def test_the_stored_groups_follow_by_the_scheduled_action(self):
        with freeze_time('2026-03-10 08:00:00'):
            self._give(self.user, self.role, date_to=date(2026, 3, 10))
        with freeze_time('2026-03-11 08:00:00'):
            self.env['res.users.role'].cron_update_users()
            self.assertNotIn(self.role.group_id, self.user.group_ids)

    def test_the_scheduled_action_is_planned_for_the_moment_of_change(self):
        with freeze_time('2026-03-10 08:00:00'):
            self._give(self.user, self.role, date_to=date(2026, 3, 10))
        cron = self.env.ref('base_user_role.cron_update_users')
        triggers = self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)])
        self.assertIn(to_datetime('2026-03-10 16:00:00'), triggers.mapped('call_at'))

    def test_a_role_of_one_company_does_not_count_beside_another(self):
        other = self.env['res.company'].create({'name': 'Other'})
        self.user.company_ids = [Command.link(other.id)]
        self._give(self.user, self.role, company_ids=[Command.set(other.ids)])
        self.assertEqual(self._rights(), self.NOTHING)  # both companies are selected
        env = self.env(user=self.user, su=False)
        inside = env(context={'allowed_company_ids': other.ids})
        self.assertTrue(inside.user._has_permission('rbac.emergency.take'))
        self.assertTrue(inside['rbac.emergency.take'].has_access('create'))
        outside = env(context={'allowed_company_ids': self.env.company.ids})
        self.assertFalse(outside.user._has_permission('rbac.emergency.take'))
        self.assertFalse(outside['rbac.emergency.take'].has_access('create'))

    def test_rights_survive_a_save_of_the_user(self):
        self._give(self.user, self.role)
        self.user.write({'name': 'New Name', 'email': 'clerk@example.com'})
        self.assertEqual(self._rights(), self.ALL)
        self.user.with_user(self.user).write({'signature': 'Me'})
        self.assertEqual(self._rights(), self.ALL)

    def test_rights_survive_disabling_and_restoring(self):
        self._give(self.user, self.role)
        self.user.active = False
        self.user.set_groups_from_roles(force=True)
        self.assertIn(self.role.group_id, self.user.group_ids)
        self.user.action_rbac_restore(role_ids=self.role.ids)
        self.assertEqual(self._rights(), self.ALL)

    def test_groups_by_hand_do_not_stay_beside_roles(self):
        self._give(self.user, self.role)
        self.user.group_ids = [Command.link(self.env.ref('rbac_ext.group_finance').id)]
        self.assertFalse(self.user.has_group('rbac_ext.group_finance'))

    def test_a_save_without_roles_in_it_derives_nothing(self):
        self._give(self.user, self.role)
        with patch.object(type(self.user), '_groups_by_roles') as derive:
            self.user.write({'name': 'Other', 'login': 'other_clerk'})
            self.user._update_last_login()
        derive.assert_not_called()

    def test_a_change_of_a_role_rewrites_no_user(self):
        users = self.env['res.users']
        for number in range(30):
            users |= self._create_user(f'clerk_{number}', self.role)
        self.env['rbac.conflict'].search([]).unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        # One query a user is Odoo's own, which asks whom the change of a group concerns.
        with (
            patch.object(type(users), '_store_groups') as store,
            self.assertQueryCount(105 + len(users)),
        ):
            self.role.permission_ids = [Command.link(self.manage.id)]
        store.assert_not_called()
        self.assertTrue(users[-1]._has_permission('rbac.role.manage'))

    def test_a_save_of_a_user_costs_the_same_with_many_colleagues(self):
        self._give(self.user, self.role)

        def cost(name):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.user.write({'name': name})
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost('warm')
        alone = cost('alone')
        for number in range(20):
            self._create_user(f'colleague_{number}', self.role)
        cost('warm again')
        self.assertLessEqual(cost('together'), alone)

    def test_asking_again_costs_no_query(self):
        self._give(self.user, self.role)
        user = self.env(user=self.user, su=False).user
        user._has_permission('rbac.emergency.take')
        with self.assertQueryCount(0):
            for _again in range(100):
                user._has_permission('rbac.emergency.take')

    def test_default_roles_come_with_a_new_user_whoever_makes_him(self):
        self.role.is_default = True
        groups = (
            'base.group_erp_manager,base.group_partner_manager,'
            'rbac_ext.perm_rbac_user_manage_res_groups'
        )
        maker = new_test_user(self.env, 'maker', groups)
        maker.role_line_ids.unlink()
        maker.group_ids = [Command.set([self.env.ref(xmlid).id for xmlid in groups.split(',')])]
        new = self.env(user=maker, su=False)['res.users'].create({'name': 'New', 'login': 'new'})
        self.assertEqual(new.sudo().role_line_ids.role_id, self.role)

    def test_a_copy_of_a_role_has_its_rights_and_nobody(self):
        self._give(self.user, self.role)
        copy = self.role.copy()
        self.assertEqual(copy.permission_ids, self.take)
        self.assertEqual(copy.access_group_ids, self.role.access_group_ids)
        self.assertFalse(copy.group_id.user_ids)
        self.assertFalse(copy.line_ids)

    def test_the_order_of_roles_can_be_changed(self):
        self.role.sequence = 77
        self.env.flush_all()
        self.role.invalidate_recordset()
        self.assertEqual(self.role.sequence, 77)

    def test_helpers_of_the_library_are_closed_to_rpc(self):
        for record, name in (
            (self.user, 'set_groups_from_roles'),
            (self.role, 'update_users'),
            (self.role, 'cron_update_users'),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                get_public_method(record, name)

    def test_the_administrator_works_by_a_role(self):
        admin = self.env.ref('base.user_admin')
        self.assertEqual(admin.role_line_ids.role_id, self.builtin['system'])
        self.assertTrue(admin.has_group('base.group_system'))
        self.assertTrue(admin._has_permission('rbac.role.manage'))
        self.assertIn(admin, self.env.ref('base.group_system').user_ids)

    def test_a_line_is_unique_per_user_and_role(self):
        self._give(self.user, self.role)
        with self.assertRaises(psycopg2.IntegrityError), mute_logger('odoo.sql_db'):
            self._give(self.user, self.role)
