import json
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOON, MemberCase, utc

FEB_10 = utc(2027, 2, 10, 4)
FEB_28 = utc(2027, 2, 28, 16)
MAR_31 = utc(2027, 3, 31, 16)
JOBS = 'odoo.addons.wx_base.models.wx_job_mixin'


class Benefits:
    """Stands for an addon that grants something: remembers what was granted."""

    def __init__(self, case, error=None):
        self.given = []
        self.error = error
        case.patch(type(case.env['wx.membership']), '_grant_benefits', self._hook())

    def _hook(self):
        def grant(membership, start, end):
            if self.error:
                raise self.error
            self.given.append((membership.level_id.code, start, end))

        return grant


@tagged('post_install', '-at_install')
class TestTurn(MemberCase):
    """What the scheduled action does in time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One transaction a test: a batch is not committed.
        progress = patch.object(type(cls.env['ir.cron']), '_commit_progress', autospec=True)
        cls.startClassPatcher(progress).return_value = 60

    def _run(self, at):
        """Run what is due at a moment, as the scheduled action does."""
        memberships = self.env['wx.membership']
        with freeze_time(at):
            while jobs := memberships._job_take(10):
                jobs._job_run_together()
        self.env.flush_all()

    # === BEGINNING AND END === #

    def test_level_goes_when_the_last_period_is_over(self):
        self._buy(at=NOON)
        self._run(FEB_28 - timedelta(seconds=1))
        self.assertEqual(self.user_a.member_level_id, self.silver)
        self._run(FEB_28)
        self.assertFalse(self.user_a.member_level_id or self.user_a.member_until)
        self.assertRecordValues(
            self.user_a.membership_ids, [{'state': 'ended', 'next_try_at': False}]
        )

    def test_lower_level_begins_when_the_higher_one_ends(self):
        self._buy(self.plan_gold, at=NOON)
        self._buy(at=NOON)
        self._run(FEB_28)
        self.assertEqual(self.user_a.member_level_id, self.silver)
        self.assertEqual(
            {m.level_id.code: m.state for m in self.user_a.membership_ids},
            {'t-silver': 'active', 't-gold': 'ended'},
        )

    def test_rows_that_are_not_due_are_left_alone(self):
        self._buy(at=NOON)
        self._run(NOON)
        [membership] = self.user_a.membership_ids
        self.assertEqual(membership.next_try_at, FEB_28 - timedelta(days=3))
        with freeze_time(FEB_10):
            self.assertFalse(self.env['wx.membership']._job_take(10) & membership)

    # === BENEFITS === #

    def test_benefits_of_the_first_month_are_given_at_once(self):
        benefits = Benefits(self)
        self._buy(at=NOON)
        self.assertEqual(benefits.given, [])
        self._run(NOON)
        self.assertEqual(benefits.given, [('t-silver', NOON, FEB_28)])
        self.assertRecordValues(
            self.user_a.membership_ids.grant_ids, [{'period_start': NOON, 'period_end': FEB_28}]
        )

    def test_each_month_is_given_once_however_often_the_action_runs(self):
        benefits = Benefits(self)
        self._buy(self._create_plan(duration=3), at=NOON)
        for day in range(100):
            self._run(NOON + timedelta(days=day))
        april_30 = utc(2027, 4, 30, 16)
        self.assertEqual(
            benefits.given,
            [
                ('t-silver', NOON, FEB_28),
                ('t-silver', FEB_28, MAR_31),
                ('t-silver', MAR_31, april_30),
            ],
        )

    def test_action_that_stood_still_makes_up_for_it_once(self):
        benefits = Benefits(self)
        self._buy(self._create_plan(duration=3), at=NOON)
        for at in (utc(2027, 4, 10), utc(2027, 4, 10), utc(2027, 5, 10)):
            self._run(at)
        self.assertEqual([start for _code, start, _end in benefits.given], [NOON, FEB_28, MAR_31])

    def test_short_plan_renewed_often_has_the_benefits_of_a_month_once(self):
        benefits = Benefits(self)
        plan = self._create_plan(duration=7, duration_unit='day')
        for week in range(4):
            at = NOON + timedelta(days=7 * week)
            self._buy(plan, at=at)
            self._run(at)
        self.assertEqual(len(benefits.given), 1)

    def test_what_was_refunded_before_it_was_given_is_not_given(self):
        benefits = Benefits(self)
        order = self._buy(at=NOON)
        with freeze_time(NOON + timedelta(hours=1)):
            self._refund(order)
        self._run(NOON + timedelta(hours=2))
        self.assertEqual(benefits.given, [])

    def test_waiting_membership_is_given_nothing(self):
        benefits = Benefits(self)
        self._buy(self.plan_gold, at=NOON)
        self._buy(at=NOON)
        self._run(NOON)
        self.assertEqual([code for code, _start, _end in benefits.given], ['t-gold'])
        self._run(FEB_28)
        self.assertEqual([code for code, _start, _end in benefits.given], ['t-gold', 't-silver'])

    @mute_logger(JOBS)
    def test_month_whose_gifts_fail_is_given_later_and_leaves_no_row(self):
        benefits = Benefits(self, error=RuntimeError('no coupons'))
        self._buy(at=NOON)
        with freeze_time(NOON):
            self.env['wx.membership']._job_take(10)._job_run_together()
        [membership] = self.user_a.membership_ids
        self.assertFalse(membership.grant_ids)
        self.assertIn('no coupons', membership.last_error)
        benefits.error = None
        self._run(NOON + timedelta(minutes=1))
        self.assertEqual(len(benefits.given), 1)
        self.assertFalse(membership.last_error)

    # === REMINDER === #

    def _messages(self):
        found = self.env['wx.message'].search([('res_model', '=', 'wx.membership')], order='id')
        return [json.loads(message.texts) for message in found]

    def _create_template(self):
        self.env['wx.message.template'].create(
            {
                'name': 'Ending',
                'app_id': self.app.id,
                'code': 'membership_ending',
                'template_id': 'T',
                'line_ids': [
                    (0, 0, {'key': 'thing1', 'text': '{level}'}),
                    (0, 0, {'key': 'thing2', 'text': '{plan} {days}'}),
                    (0, 0, {'key': 'date3', 'text': '{until}'}),
                ],
            }
        )

    def test_customer_is_reminded_once_before_the_end(self):
        self._create_template()
        self._buy(at=NOON)
        self._run(FEB_28 - timedelta(days=3, seconds=1))
        self.assertEqual(self._messages(), [])
        for hours in (0, 1, 30):
            self._run(FEB_28 - timedelta(days=3) + timedelta(hours=hours))
        [texts] = self._messages()
        self.assertEqual(texts['thing1'], 'Test Silver')
        self.assertEqual(texts['thing2'], 'Silver Month 3')
        self.assertEqual(texts['date3'], '2027-02-28')

    def test_renewal_is_reminded_of_again(self):
        self._create_template()
        self._buy(at=NOON)
        self._run(FEB_28 - timedelta(days=3))
        self._buy(at=FEB_28 - timedelta(days=2))
        self._run(FEB_28 - timedelta(days=1))
        self.assertEqual(len(self._messages()), 1)
        self._run(MAR_31 - timedelta(days=3))
        self.assertEqual(len(self._messages()), 2)

    def test_short_membership_is_reminded_of_at_half_of_its_days(self):
        self._create_template()
        order = self._buy(self._create_plan(duration=4, duration_unit='day'), at=NOON)
        self._run(NOON)
        self.assertEqual(self._messages(), [])
        self._run(order.period_ids.end_at - timedelta(days=2))
        self.assertEqual(len(self._messages()), 1)

    def test_shop_that_does_not_remind_sends_nothing(self):
        self._create_template()
        self.env.company.wx_member_remind_days = 0
        self._buy(at=NOON)
        self._run(FEB_28 - timedelta(hours=1))
        self.assertEqual(self._messages(), [])

    def test_longer_notice_counts_for_those_who_are_members_already(self):
        self._create_template()
        self._buy(at=NOON)
        self._run(NOON)
        with freeze_time(FEB_10):
            self.env.company.wx_member_remind_days = 14
        self._run(FEB_28 - timedelta(days=14, seconds=1))
        self.assertEqual(self._messages(), [])
        self._run(FEB_28 - timedelta(days=14))
        self.assertEqual(len(self._messages()), 1)

    # === JOB === #

    def test_cron_runs_what_is_due_to_the_last_row(self):
        benefits = Benefits(self)
        users = [self._create_wx_user(f'many-{number}') for number in range(7)]
        for user in users:
            self._buy(user=user, at=NOON)
        with (
            freeze_time(NOON),
            patch.object(type(self.env['wx.membership']), '_job_batch', 3),
        ):
            self.env['wx.membership']._cron_run_jobs()
        self.assertEqual(len(benefits.given), 7)
