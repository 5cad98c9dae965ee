from odoo.fields import Command
from odoo.tests import tagged

from .role_common import RoleCase


@tagged('post_install', '-at_install')
class TestRoleCheck(RoleCase):
    """Strays are planted by SQL, past every guard of ours and of Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.role = cls._create_role('Clerk', cls.take)
        cls.user = cls._create_user('clerk', cls.role)
        cls.boss = cls._create_user('boss', cls._create_role('Boss', cls.grant))
        cls.hand = cls._create_user('by_hand')
        cls.env['rbac.check']._run()

    def _plant(self, user, group):
        self.env.flush_all()
        self.env.cr.execute(
            'INSERT INTO res_groups_users_rel (uid, gid) VALUES (%s, %s)', [user.id, group.id]
        )
        self.env.registry.clear_cache()
        self.env.invalidate_all()

    def _remove(self, user, group):
        self.env.flush_all()
        self.env.cr.execute(
            'DELETE FROM res_groups_users_rel WHERE uid = %s AND gid = %s', [user.id, group.id]
        )

    def _findings(self, check):
        return {(row.kind, row.user_id, row.group_id) for row in check.finding_ids}

    def test_a_clean_house_has_no_finding(self):
        check = self.env['rbac.check']._run()
        self.assertFalse(check.finding_ids)
        self.assertFalse(check.activity_ids)
        self.assertGreaterEqual(check.user_count, 3)

    def test_groups_that_no_role_gives_are_found_removed_and_reported(self):
        stray = self.env.ref('rbac_ext.group_finance')
        self._plant(self.user, stray)
        self.assertTrue(self.user.has_group('rbac_ext.group_finance'))
        check = self.env['rbac.check']._run()
        self.assertEqual(self._findings(check), {('extra', self.user, stray)})
        self.assertTrue(check.finding_ids.repaired)
        self.assertFalse(self.user.has_group('rbac_ext.group_finance'))
        self.assertIn(self.boss, check.activity_ids.user_id)
        self.assertIn('clerk', check.message_ids[0].body)

    def test_groups_of_a_role_that_are_missing_are_put_back(self):
        self._remove(self.user, self.role.group_id)
        check = self.env['rbac.check']._run()
        self.assertEqual(self._findings(check), {('missing', self.user, self.role.group_id)})
        self.assertIn(self.role.group_id, self.user.group_ids)

    def test_a_permission_without_any_role_is_a_stray_too(self):
        self._plant(self.hand, self.manage.group_id)
        self.assertTrue(self.hand._has_permission('rbac.role.manage'))
        check = self.env['rbac.check']._run()
        self.assertEqual(self._findings(check), {('extra', self.hand, self.manage.group_id)})
        self.assertFalse(self.hand._has_permission('rbac.role.manage'))

    def test_ordinary_groups_of_users_without_roles_are_left_alone(self):
        group = self.env['res.groups'].create({'name': 'By Hand'})
        self._plant(self.hand, group)
        self.assertFalse(self.env['rbac.check']._run().finding_ids)
        self.assertIn(group, self.hand.group_ids)

    def test_groups_that_users_choose_for_themselves_are_left_alone(self):
        group = self.env['res.users']._get_self_writable_groups()[-1]
        self._plant(self.user, group)
        self.assertFalse(self.env['rbac.check']._run().finding_ids)

    def test_disabled_users_are_checked_too(self):
        self.user.active = False
        self._plant(self.user, self.env.ref('rbac_ext.group_finance'))
        check = self.env['rbac.check']._run()
        self.assertEqual(check.finding_ids.user_id, self.user)

    def test_conflicts_planted_by_sql_are_listed(self):
        other = self._create_role('Other')
        conflict = self.env['rbac.conflict'].create(
            {'name': 'Not both', 'role_a_id': self.role.id, 'role_b_id': other.id}
        )
        self.env.cr.execute(
            'INSERT INTO res_users_role_line (user_id, role_id) VALUES (%s, %s)',
            [self.user.id, other.id],
        )
        check = self.env['rbac.check']._run()
        rows = check.finding_ids.filtered(lambda row: row.kind == 'conflict')
        self.assertEqual(rows.user_id, self.user)
        self.assertEqual(rows.subject, conflict.name)
        self.assertFalse(rows.repaired)

    def test_the_nightly_job_runs_it(self):
        self._plant(self.user, self.env.ref('rbac_ext.group_finance'))
        with self.enter_registry_test_mode():
            self.env.ref('rbac_ext.ir_cron_check_rights').method_direct_trigger()
        self.assertEqual(self.env['rbac.check'].search([], limit=1).finding_ids.user_id, self.user)
        self.assertFalse(self.user.has_group('rbac_ext.group_finance'))

    def test_the_button_needs_the_permission_and_shows_the_result(self):
        manager = self._create_user('manager', self._create_role('Manager', self.manage))
        action = self.env['rbac.check'].with_user(manager).action_check_now()
        self.assertEqual(action['res_model'], 'rbac.check')

    def test_a_permission_taken_from_the_role_is_no_stray(self):
        self.role.permission_ids = [Command.clear()]
        self.assertFalse(self.env['rbac.check']._run().finding_ids)
