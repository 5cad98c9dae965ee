from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .role_common import RoleCase

LOG = 'odoo.addons.rbac_ext.models.rbac_emergency'


@tagged('post_install', '-at_install')
class TestRoleEmergency(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = cls._create_permission('shop.secret.view')
        cls.glass = cls._create_role(
            'Break the Glass', cls.secret, is_emergency=True, emergency_minutes=60
        )
        cls.night_role = cls._create_role('Night', cls.take)
        cls.glass.taker_role_ids = cls.night_role
        cls.user = cls._create_user('night', cls.night_role)
        cls.boss = cls._create_user('boss', cls._create_role('Boss', cls.grant))

    def _take(self, minutes=30, reason='Payments stand still', user=None, role=None):
        wizard = self.env['rbac.emergency.take'].with_user(user or self.user)
        wizard = wizard.create(
            {'role_id': (role or self.glass).id, 'minutes': minutes, 'reason': reason}
        )
        with mute_logger(LOG, 'odoo.addons.rbac_ext.models.rbac_gate'):
            wizard.action_take()
        return self.env['rbac.emergency'].search([], limit=1)

    def _may(self):
        self.env.invalidate_all()
        return self.env(user=self.user, su=False).user._has_permission('shop.secret.view')

    def test_it_gives_the_role_at_once_and_ends_at_its_minute(self):
        with freeze_time('2026-03-10 02:00:00'):
            self.assertFalse(self._may())
            self._take(minutes=30)
            self.assertTrue(self._may())
        with freeze_time('2026-03-10 02:29:59'):
            self.assertTrue(self._may())
        with freeze_time('2026-03-10 02:30:00'):
            self.assertFalse(self._may())

    def test_the_row_is_closed_by_the_scheduled_action(self):
        with freeze_time('2026-03-10 02:00:00'):
            emergency = self._take(minutes=30)
        with freeze_time('2026-03-10 03:00:00'):
            self.assertEqual(emergency.state, 'ended')
            self.env['res.users.role.line']._cron_follow()
            self.assertEqual(str(emergency.ended_at), '2026-03-10 02:30:00')
            self.assertNotIn(self.glass, self.user.role_line_ids.role_id)
            self.assertNotIn(self.glass.group_id, self.user.group_ids)

    def test_administrators_are_told(self):
        emergency = self._take()
        self.assertIn(self.boss, emergency.activity_ids.user_id)
        self.assertNotIn(self.user, emergency.activity_ids.user_id)
        self.assertIn('Payments stand still', emergency.message_ids[0].body)
        self.assertIn(self.boss.partner_id, emergency.message_ids.partner_ids)

    def test_it_is_logged(self):
        with self.assertLogs(LOG, 'WARNING'):
            self.env['rbac.emergency'].with_user(self.user)._take(self.glass, 'Because', 5)

    def test_a_reason_and_a_time_within_the_limit_are_needed(self):
        for values in ({'reason': ' '}, {'minutes': 0}, {'minutes': 61}, {'minutes': -5}):
            with self.subTest(**values), self.assertRaises(ValidationError):
                self._take(**values)
        self.assertFalse(self._may())

    def test_only_emergency_roles_are_taken(self):
        with self.assertRaises(UserError):
            self._take(role=self.boss.role_line_ids.role_id)

    def test_only_who_may_takes_one(self):
        plain = self._create_user('plain', self._create_role('Plain'))
        with self.assertRaises(AccessError), mute_logger('odoo.addons.rbac_ext.models.rbac_gate'):
            self.env['rbac.emergency.take'].with_user(plain).sudo().create(
                {'role_id': self.glass.id, 'minutes': 5, 'reason': 'x'}
            ).action_take()

    def test_only_the_roles_that_it_names_may_take_it(self):
        day = self._create_user('day', self._create_role('Day', self.take))
        with self.assertRaisesRegex(AccessError, 'Break the Glass'):
            self._take(user=day)
        wizard = self.env['rbac.emergency.take']
        self.assertEqual(wizard.with_user(self.user).new().offered_role_ids._origin, self.glass)
        self.assertFalse(wizard.with_user(day).new().offered_role_ids)
        self.glass.taker_role_ids = False
        with self.assertRaises(AccessError):
            self._take()
        self.assertFalse(self.env['rbac.emergency'].search([('role_id', '=', self.glass.id)]))

    def test_a_role_that_is_out_of_force_takes_none(self):
        self.user.role_line_ids.date_to = fields.Date.today() - timedelta(days=1)
        self._give(self.user, self._create_role('Day', self.take))
        with self.assertRaisesRegex(AccessError, 'Break the Glass'):
            self._take()

    def test_it_is_not_taken_twice_at_a_time_but_again_afterwards(self):
        now = fields.Datetime.now()
        self._take(minutes=30)
        with self.assertRaises(UserError):
            self._take()
        with freeze_time(now + timedelta(minutes=31)):
            self._take(minutes=10)
            self.assertTrue(self._may())

    def test_it_is_given_back_early(self):
        emergency = self._take()
        emergency.with_user(self.user).action_end()
        self.assertFalse(self._may())
        self.assertEqual(emergency.state, 'ended')

    def test_another_user_cannot_end_it(self):
        emergency = self._take()
        other = self._create_user('other', self.user.role_line_ids.role_id[:1])
        other.role_line_ids.filtered(lambda line: line.role_id == self.glass).unlink()
        with self.assertRaises(AccessError), mute_logger('odoo.addons.rbac_ext.models.rbac_gate'):
            emergency.with_user(other).sudo().action_end()

    def test_the_rows_are_for_reading_only(self):
        emergency = self._take()
        for user in (self.user, self.boss, self._create_user('aud', self.builtin['auditor'])):
            mine = emergency.with_user(user)
            self.assertTrue(mine.has_access('read'))
            for operation in ('write', 'create', 'unlink'):
                self.assertFalse(mine.has_access(operation), (user.login, operation))

    def test_takers_see_their_own_rows_only(self):
        emergency = self._take()
        other = self._create_user('other', self._create_role('Other', self.take))
        found = self.env['rbac.emergency'].with_user(other).search([])
        self.assertNotIn(emergency, found)

    def test_who_works_without_roles_takes_none(self):
        self.user.role_line_ids.unlink()
        self.user.group_ids = [Command.set((self.take.group_id | self.staff_group).ids)]
        with self.assertRaises(UserError):
            self._take()
