from datetime import date

import psycopg2
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .log_common import CODE, GuardedCase


@tagged('post_install', '-at_install')
class TestLogAppendOnly(GuardedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.with_user(cls.anna).rbac_test_pay(5)
        cls.line = cls.env['rbac.log'].search([('code', '=', CODE)])
        cls.part = cls.env['rbac.log']._partition_name(fields.Date.today())

    def test_no_one_changes_a_line_in_python(self):
        for user in (self.anna, self.auditor, self.env.ref('base.user_admin'), self.env.user):
            line = self.line.with_user(user).sudo()
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    line.write({'login': 'somebody else'})
                with self.assertRaises(AccessError):
                    line.unlink()
                with self.assertRaises(AccessError):
                    line.create({'login': 'forged'})
                with self.assertRaises(AccessError):
                    line.copy()

    @mute_logger('odoo.sql_db')
    def test_the_database_refuses_the_applications_own_role(self):
        refused = (
            "UPDATE rbac_log SET login = 'x'",
            "UPDATE rbac_log_store SET login = 'x'",
            f"UPDATE {self.part} SET login = 'x'",
            'DELETE FROM rbac_log',
            'DELETE FROM rbac_log_store',
            f'DELETE FROM {self.part}',
            'TRUNCATE rbac_log_store',
            f'TRUNCATE {self.part}',
            f'UPDATE {self.part} SET time = time WHERE id = {self.line.id}',
        )
        for statement in refused:
            with self.subTest(statement=statement):
                with self.assertRaisesRegex(psycopg2.errors.InsufficientPrivilege, 'append-only'):
                    with self.env.cr.savepoint():
                        self.env.cr.execute(statement)
        self.env.invalidate_all()
        self.assertEqual(self.line.login, 'anna')

    @mute_logger('odoo.sql_db')
    def test_every_partition_of_every_log_is_guarded(self):
        for name in ('rbac.log', 'rbac.field.change'):
            for _first, part in self.env[name]._partitions():
                self.env.cr.execute(
                    'SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass', (part,)
                )
                self.assertEqual(self.env.cr.fetchone()[0], 2, part)

    def test_lists_and_groups_read_it_like_any_model(self):
        log = self.env['rbac.log'].with_user(self.auditor)
        domain = [('code', '=', CODE)]
        self.assertEqual(log.search(domain, order='time desc', limit=1), self.line)
        self.assertEqual(log.search_count(domain), 1)
        found = log.web_search_read(domain, {'login': {}, 'user_id': {'fields': {}}})
        self.assertEqual(found['records'][0]['login'], 'anna')
        groups = log._read_group(domain, ['result', 'time:day'], ['__count', 'duration_ms:avg'])
        self.assertEqual(groups[0][2], 1)
        self.assertEqual(log.browse(self.line.id).read(['method'])[0]['method'], 'rbac_test_pay')
        exported = self.line.with_user(self.auditor).export_data(
            ['login', 'result', 'user_id/login']
        )
        self.assertEqual(exported['datas'], [['anna', 'Done', 'anna']])

    def test_a_line_outlives_the_user(self):
        user = new_test_user(self.env, 'leaver', 'base.group_user')
        line = self.env['rbac.log']._prepare_line(self.partner.with_user(user), CODE, 'left', {})
        self.env['rbac.log']._append([line | {'result': 'ok'}])
        user.unlink()
        found = self.env['rbac.log'].search([('method', '=', 'left')])
        self.assertEqual(found.login, 'leaver')
        self.assertFalse(found.read(['user_id'])[0]['user_id'])

    def test_staff_see_their_own_lines_and_auditors_all(self):
        self.partner.with_user(self.ben).rbac_test_pay(7)
        for group in ('support', 'operator', 'finance'):
            user = self._create_user(f'log_{group}', self.builtin[group])
            line = self.env['rbac.log']._prepare_line(self.partner.with_user(user), CODE, 'x', {})
            self.env['rbac.log']._append([line])
            seen = self.env['rbac.log'].with_user(user).search([])
            self.assertEqual(set(seen.mapped('login')), {user.login})
        for group in ('auditor', 'system'):
            user = self._create_user(f'log_{group}', self.builtin[group])
            seen = self.env['rbac.log'].with_user(user).search([('code', '=', CODE)])
            self.assertLessEqual({'anna', 'ben'}, set(seen.mapped('login')))
        with self.assertRaises(AccessError):
            employee = new_test_user(self.env, 'log_employee', 'base.group_user')
            self.env['rbac.log'].with_user(employee).search([])


@tagged('post_install', '-at_install')
class TestLogPartitions(GuardedCase):
    def _months(self):
        return [first for first, _name in self.env['rbac.log']._partitions()]

    def test_partitions_are_ready_for_months_ahead(self):
        self.assertGreaterEqual(len(self._months()), 4)
        self.assertIn(fields.Date.today().replace(day=1), self._months())

    @mute_logger('odoo.addons.rbac_ext.models.rbac_append_only')
    def test_the_scheduled_action_makes_new_ones_and_drops_whole_old_ones(self):
        self.env['ir.config_parameter'].set_param('rbac_ext.log_keep_months', '12')
        log = self.env['rbac.log']
        log._make_partition(date(2020, 1, 1))
        log._make_partition(date(2020, 2, 1))
        self.env.cr.execute(
            "INSERT INTO rbac_log_store (time, login) VALUES ('2020-01-31 23:59:59', 'old')"
        )
        self.assertEqual(log.search([('login', '=', 'old')]).mapped('login'), ['old'])
        with freeze_time('2021-02-28'):
            log._cron_keep_partitions()
        self.assertNotIn(date(2020, 1, 1), self._months())
        self.assertIn(date(2020, 2, 1), self._months())
        self.assertIn(date(2021, 5, 1), self._months())
        self.assertFalse(log.search([('login', '=', 'old')]))
        line = log.search([('method', '=', '_drop_partitions')], limit=1)
        self.assertIn('rbac_log_store_202001', line.arguments)

    def test_zero_months_keep_everything(self):
        self.env['ir.config_parameter'].set_param('rbac_ext.log_keep_months', '0')
        self.env['rbac.log']._make_partition(date(2019, 1, 1))
        self.env['rbac.log']._cron_keep_partitions()
        self.assertIn(date(2019, 1, 1), self._months())

    def test_a_missing_partition_is_made_when_it_is_needed(self):
        log = self.env['rbac.log']
        name = log._partition_name(fields.Date.today())
        self.env.cr.execute(f'DROP TABLE {name}')
        self.env.registry.clear_cache()
        self.partner.with_user(self.anna).rbac_test_pay(5)
        self.partner.with_user(self.anna).rbac_test_pay(6)
        self.assertEqual(len(self._lines()), 2)

    def test_init_twice_changes_nothing(self):
        self.partner.with_user(self.anna).rbac_test_pay(5)
        months = self._months()
        self.env['rbac.log'].init()
        self.assertEqual(self._months(), months)
        self.assertEqual(len(self._lines()), 1)
