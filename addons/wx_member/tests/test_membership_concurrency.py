from itertools import pairwise

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tests.common import ConcurrencyCase

APPID = 'wxmember0000000001'
APP_VALUES = {'name': 'Members', 'appid': APPID, 'secret': 's', 'endpoint': 'simulator'}


def _add_to_nickname(membership, period_start, period_end):
    """Stand for an addon that gives something each month."""
    customer = membership.wx_user_id
    customer.nickname = f'{customer.nickname or ""}+'


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestMembershipConcurrency(ConcurrencyCase):
    """Several cursors at once; what is committed here is removed at the end."""

    def setUp(self):
        super().setUp()
        # Losing a race is what happens here; each loser leaves a line.
        self.enterContext(mute_logger('odoo.sql_db', 'odoo.service.model'))
        with self.environment() as env:
            app = env['wx.app'].create(APP_VALUES)
            user = env['wx.user'].create({'app_id': app.id, 'openid': 'member'})
            level = env['wx.member.level'].create({'name': 'Racing', 'code': 'racing'})
            plan, trial = env['wx.member.plan'].create(
                [
                    {'name': 'Month', 'level_id': level.id, 'price_fen': 990},
                    {
                        'name': 'Trial',
                        'level_id': level.id,
                        'is_trial': True,
                        'duration': 7,
                        'duration_unit': 'day',
                    },
                ]
            )
            self.ids = {
                'app': app.id,
                'user': user.id,
                'level': level.id,
                'plan': plan.id,
                'trial': trial.id,
            }
        self.addCleanup(self._clean_up)
        # Once for all threads: patches that overlap would not undo each other.
        self.patch(self.registry['wx.membership'], '_grant_benefits', _add_to_nickname)

    def _clean_up(self):
        with self.environment() as env:
            user = env['wx.user'].browse(self.ids['user'])
            user.write({'member_level_id': False})
            memberships = user.membership_ids
            memberships.grant_ids.unlink()
            memberships.period_ids.unlink()
            orders = env['wx.membership.order'].search([('wx_user_id', '=', user.id)])
            orders.unlink()
            memberships.unlink()
            env['wx.member.plan'].browse([self.ids['plan'], self.ids['trial']]).unlink()
            env['wx.member.level'].browse(self.ids['level']).unlink()
            user.unlink()
            env['wx.app'].browse(self.ids['app']).unlink()

    def _grant(self, env):
        customer = env['wx.user'].browse(self.ids['user'])
        plan = env['wx.member.plan'].browse(self.ids['plan'])
        return env['wx.membership.order'].sudo()._grant(customer, plan, 'A race').id

    def _take_trial(self, env):
        customer = env(user=env.ref('wx_base.user_api'), su=False)
        customer = customer(context={'wx_user_id': self.ids['user']})
        user = customer['wx.user'].browse(self.ids['user'])
        return customer['wx.membership.order']._place(user, self.ids['trial']).id

    def _member(self, env):
        return env['wx.user'].browse(self.ids['user'])

    def test_renewals_at_the_same_moment_all_extend(self):
        results = self.run_parallel([self._grant] * 4, overlapping=True)
        self.assertEqual([type(result) for result in results], [int] * 4, results)
        with self.environment() as env:
            periods = self._member(env).membership_ids.period_ids
            self.assertEqual(len(periods), 4)
            for one, following in pairwise(periods):
                self.assertEqual(one.end_at, following.start_at)
            self.assertEqual(self._member(env).member_until, periods[-1].end_at)

    def test_one_of_several_trials_at_once_is_had(self):
        results = self.run_parallel([self._take_trial] * 4, overlapping=True)
        self.assertEqual(len([result for result in results if isinstance(result, int)]), 1)
        refused = [result for result in results if isinstance(result, Conflict)]
        self.assertEqual(len(refused), 3, results)

    def _turn(self, env):
        """Do what the job does, whoever else is at it."""
        self._member(env).membership_ids._job_run()
        env.flush_all()

    def test_benefits_are_given_once_by_several_runners_at_once(self):
        with self.environment() as env:
            self._grant(env)
        results = self.run_parallel([self._turn] * 4, overlapping=True)
        self.assertEqual(results, [None] * 4)
        with self.environment() as env:
            member = self._member(env)
            self.assertEqual(len(member.membership_ids.grant_ids), 1)
            self.assertEqual(member.nickname, '+')

    def test_runner_that_dies_halfway_has_given_nothing(self):
        with self.environment() as env:
            self._grant(env)
        with self.registry.cursor() as cr:
            env = self.environment_of(cr)
            self._turn(env)
            self.assertTrue(self._member(env).membership_ids.grant_ids)
            cr.rollback()  # the process is gone before it commits
        with self.environment() as env:
            self.assertFalse(self._member(env).membership_ids.grant_ids)
            self._turn(env)
        with self.environment() as env:
            self.assertEqual(len(self._member(env).membership_ids.grant_ids), 1)
            self.assertEqual(self._member(env).nickname, '+')

    def environment_of(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})
