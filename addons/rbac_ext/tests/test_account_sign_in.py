from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessDenied, AccessError
from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import mute_logger

from .. import const_account as const
from .account_common import PASSWORD, AccountMixin

LOGGERS = ('odoo.addons.base.models.res_users', 'odoo.addons.rbac_ext.models.rbac_login')


@tagged('post_install', '-at_install')
class TestAccountSignIn(AccountMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.role = cls._create_role('Clerks')
        cls.clerk = cls._create_staff('clerk', cls.role)
        cls.admin = cls._create_administrator('boss')
        cls.logins = cls.env['rbac.login']

    def setUp(self):
        super().setUp()
        # Failures are written by a cursor of their own.
        self.enterContext(self.enter_registry_test_mode())

    def _sign_in(self, password=PASSWORD, login='clerk', **env):
        credential = {'login': login, 'password': password, 'type': 'password'}
        return self.env['res.users']._login(credential, {'interactive': True, **env})

    @mute_logger(*LOGGERS)
    def _denied(self, function, *args):
        """Return why it was denied. `assertRaises` would roll the noted failure back."""
        try:
            function(*args)
        except AccessDenied as denied:
            return str(denied)
        return self.fail('not denied')

    def _fail(self, times=1, login='clerk'):
        for _time in range(times):
            self._denied(self._sign_in, 'wrong', login)

    def _results(self, login='clerk'):
        self.logins.invalidate_model()
        return self.logins.search([('login', '=', login)], order='id').mapped('result')

    # === COUNTING === #

    def test_every_sign_in_leaves_one_line(self):
        self._fail()
        self._sign_in()
        self._fail(login='nobody')
        self.assertEqual(self._results(), ['failure', 'success'])
        self.assertEqual(self._results('nobody'), ['failure'])
        line = self.logins.search([('login', '=', 'clerk')], limit=1)
        self.assertEqual(line.user_id, self.clerk)

    def test_too_many_failures_lock_the_right_password_too(self):
        self._fail(const.LOCK_AFTER)
        self.assertEqual(self.clerk.rbac_state, 'locked')
        self.assertIn('Too many failed', self._denied(self._sign_in))
        expected = ['failure'] * const.LOCK_AFTER + ['lock', 'refused']
        self.assertEqual(self._results(), expected)

    def test_unknown_logins_are_answered_alike(self):
        self._fail(const.LOCK_AFTER, login='nobody')
        self.assertIn('Too many failed', self._denied(self._sign_in, 'wrong', 'nobody'))

    def test_lock_ends_by_itself(self):
        self._fail(const.LOCK_AFTER)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=const.LOCK_MINUTES + 1)):
            self._sign_in()
            self.clerk.invalidate_recordset(['rbac_state'])
            self.assertEqual(self.clerk.rbac_state, 'active')

    def test_unlocking_is_an_act_of_who_may(self):
        self._fail(const.LOCK_AFTER)
        with mute_logger('odoo.addons.rbac_ext.models.rbac_gate'), self.assertRaises(AccessError):
            self.clerk.with_user(self.clerk).action_rbac_unlock()
        self.clerk.with_user(self.admin).action_rbac_unlock()
        self.assertEqual(self.clerk.rbac_state, 'active')
        self._sign_in()

    def test_failures_before_a_success_or_long_ago_do_not_count(self):
        self._fail(const.LOCK_AFTER - 1)
        self._sign_in()
        self._fail(const.LOCK_AFTER - 1)
        self.assertEqual(self.clerk.rbac_state, 'active')
        with freeze_time(fields.Datetime.now() + timedelta(minutes=const.LOCK_WINDOW_MINUTES + 1)):
            self._fail()
            self.assertFalse(self.logins._locked_until(['clerk']))

    def test_limit_is_a_system_parameter(self):
        self.env['ir.config_parameter'].set_param('rbac_ext.lock_after', '2')
        self._fail(2)
        self.assertEqual(self.clerk.rbac_state, 'locked')

    def test_rpc_passwords_count_and_lock_as_well(self):
        users = self.env['res.users']
        users._check_uid_passwd(self.clerk.id, PASSWORD)
        for _time in range(const.LOCK_AFTER):
            self._denied(users._check_uid_passwd, self.clerk.id, 'wrong')
        # Though it was right, and remembered, before.
        self._denied(users._check_uid_passwd, self.clerk.id, PASSWORD)

    def test_api_key_works_while_locked(self):
        key = self._create_key(self.clerk)
        self._fail(const.LOCK_AFTER)
        self.env['res.users']._check_uid_passwd(self.clerk.id, key)

    def test_half_a_sign_in_does_not_forget_failures(self):
        self._fail(const.LOCK_AFTER - 1)
        with patch.object(type(self.env['res.users']), '_mfa_url', return_value='/web/login/totp'):
            self._sign_in()
        self._fail()
        self.assertEqual(self.clerk.rbac_state, 'locked')

    # === THE LOG === #

    def test_nobody_changes_a_line(self):
        line = self.logins._append('success', 'clerk', self.clerk.id)
        self.env.flush_all()
        for road in (
            lambda: line.write({'login': 'other'}),
            lambda: line.sudo().unlink(),
            lambda: line.copy(),
        ):
            with self.assertRaises(AccessError):
                road()

    @mute_logger('odoo.sql_db')
    def test_database_refuses_changes(self):
        line = self.logins._append('success', 'clerk', self.clerk.id)
        self.env.flush_all()
        for statement in (
            "UPDATE rbac_login SET login = 'other' WHERE id = %s",
            'UPDATE rbac_login SET user_id = 1 WHERE id = %s',
            'DELETE FROM rbac_login WHERE id = %s',
            "SET LOCAL rbac.retention = 'on'; DELETE FROM rbac_login WHERE id = %s",
            'TRUNCATE rbac_login -- %s',
        ):
            with self.subTest(statement=statement):
                with self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
                    self.env.cr.execute(statement, (line.id,))
        self.assertTrue(line.exists())

    def test_deleting_an_account_keeps_its_lines(self):
        user = self._create_staff('short')
        line = self.logins._append('success', 'short', user.id)
        user.unlink()
        self.env.invalidate_all()
        self.assertRecordValues(line, [{'login': 'short', 'user_id': False}])

    def test_lines_end_with_their_time_in_batches(self):
        now = fields.Datetime.now()
        old = now - timedelta(days=const.RETENTION_DAYS + 1)
        for date in (old, old, now - timedelta(days=200)):
            self.logins._append('success', 'clerk', date=date)
        with patch.object(const, 'VACUUM_BATCH', 1):
            self.assertEqual(self.logins._gc_logins(), (1, 1))
            self.assertEqual(self.logins._gc_logins(), (1, 1))
            self.assertEqual(self.logins._gc_logins(), (0, 0))
        self.assertEqual(self._results(), ['success'])

    def test_retention_is_never_shorter_than_the_law_asks(self):
        self.env['ir.config_parameter'].set_param('rbac_ext.login_retention_days', '1')
        self.logins._append('success', 'clerk', date=fields.Datetime.now() - timedelta(days=30))
        self.assertEqual(self.logins._gc_logins(), (0, 0))

    # === WHO SEES IT === #

    def test_everybody_sees_his_own_and_administrators_all(self):
        self.logins._append('success', 'clerk', self.clerk.id)
        self.logins._append('success', 'boss', self.admin.id)
        auditor = self._create_staff('reader', self.env.ref('rbac_ext.role_auditor'))
        for user, seen in ((self.clerk, ['clerk']), (self.admin, ['boss', 'clerk'])):
            found = self.logins.with_user(user).search([('login', 'in', ('clerk', 'boss'))])
            self.assertEqual(sorted(found.mapped('login')), seen)
        self.assertEqual(
            len(self.logins.with_user(auditor).search([])), len(self.logins.search([]))
        )
        self.assertEqual(self.clerk.with_user(self.clerk).rbac_login_ids.mapped('login'), ['clerk'])

    def test_nobody_makes_a_line(self):
        for user in (self.clerk, self.admin):
            with self.assertRaises(AccessError):
                self.logins.with_user(user).create({'login': 'x', 'result': 'success'})
