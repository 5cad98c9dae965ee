from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict

from ..models import wx_coupon_job
from .common import CouponCase

CUSTOMERS = 7
BATCH = 3


@tagged('post_install', '-at_install')
class TestGift(CouponCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = cls.env['wx.user'].union(
            *(cls._create_wx_user(f'gift-{number}') for number in range(CUSTOMERS))
        )
        cls.operator = cls._create_staff('cg_operator', 'operator')
        cls.startClassPatcher(patch.object(wx_coupon_job, 'JOB_BATCH', BATCH))

    def _job(self, **values):
        jobs = self.env['wx.coupon.job'].with_user(self.operator)
        vals = {
            'name': 'Test',
            'template_id': self.template.id,
            'target': 'list',
            'user_ids': self.users.ids,
            **values,
        }
        return jobs.create(vals)

    def _given(self, job):
        return self.env['wx.coupon'].search([('job_id', '=', job.id)])

    def _run(self):
        """Run one batch of what is due."""
        self.run_jobs('wx.coupon.job')

    def test_everybody_of_the_list_gets_one(self):
        job = self._job()
        job.action_start()
        self.assertRecordValues(
            job, [{'state': 'running', 'total': CUSTOMERS, 'done': 0, 'progress': 0.0}]
        )
        self._run()
        self.assertEqual((job.done, round(job.progress)), (BATCH, 43))
        self.assertEqual(len(self._given(job)), BATCH)
        for _batch in range(3):
            self._run()
        self.assertRecordValues(
            job.sudo(),
            [
                {
                    'state': 'done',
                    'done': CUSTOMERS,
                    'progress': 100.0,
                    'coupon_count': CUSTOMERS,
                    'next_try_at': False,
                }
            ],
        )
        self.assertEqual(self._given(job).wx_user_id, self.users)
        self.assertEqual(set(self._given(job).mapped('source')), {'gift'})

    def test_the_scheduled_action_runs_it_to_the_end(self):
        job = self._job(quantity=2)
        job.action_start()
        self.env['wx.coupon.job']._cron_run_jobs()
        self.assertEqual((job.state, len(self._given(job))), ('done', 2 * CUSTOMERS))

    def test_work_that_breaks_off_is_made_up_for_exactly(self):
        job = self._job(quantity=2)
        job.action_start()
        self._run()
        give = type(self.template)._give

        def break_off(template, users, source, keys, **values):
            give(template, users, source, keys, **values)
            raise RuntimeError('killed')

        with (
            patch.object(type(self.template), '_give', autospec=True, side_effect=break_off),
            mute_logger('odoo.addons.wx_base.models.wx_job_mixin'),
        ):
            self.env['wx.coupon.job']._cron_run_jobs()
        self.assertEqual((job.state, job.done), ('running', BATCH))
        self.assertEqual(len(self._given(job)), 2 * BATCH)
        job.sudo()._job_queue()
        self.env['wx.coupon.job']._cron_run_jobs()
        self.assertEqual(job.state, 'done')
        for user in self.users:
            self.assertEqual(
                len(self._given(job).filtered(lambda one, u=user: one.wx_user_id == u)), 2
            )

    def test_a_batch_that_is_run_again_gives_nothing_twice(self):
        job = self._job()
        job.action_start()
        self._run()
        job.sudo().write({'last_user': 0, 'done': 0})
        self.env['wx.coupon.job']._cron_run_jobs()
        self.assertEqual(len(self._given(job)), CUSTOMERS)

    def test_it_stops_when_no_coupons_are_left_and_goes_on_with_more(self):
        template = self._create_template(total_qty=4)
        job = self._job(template_id=template.id)
        job.action_start()
        self.env['wx.coupon.job']._cron_run_jobs()
        self.assertRecordValues(job, [{'state': 'stopped', 'done': BATCH, 'next_try_at': False}])
        self.assertTrue(job.last_error)
        self.assertEqual((template.taken_qty, len(self._given(job))), (4, 4))
        template.total_qty = 100
        job.action_start()
        self.env['wx.coupon.job']._cron_run_jobs()
        self.assertRecordValues(job, [{'state': 'done', 'done': CUSTOMERS, 'last_error': False}])
        self.assertEqual((template.taken_qty, len(self._given(job))), (CUSTOMERS, CUSTOMERS))

    def test_it_stops_by_hand_and_when_the_template_ends(self):
        job = self._job()
        job.action_start()
        self._run()
        job.action_stop()
        self._run()
        self.assertEqual((job.state, job.done), ('stopped', BATCH))
        job.action_start()
        self.template.action_end()
        self._run()
        self.assertEqual((job.state, job.done), ('stopped', BATCH))
        with self.assertRaises(Conflict):
            job.action_start()

    def test_conditions_choose_the_customers(self):
        job = self._job(target='domain', domain=f"[('openid', '=', '{self.users[4].openid}')]")
        job.action_start()
        self.env['wx.coupon.job']._cron_run_jobs()
        self.assertEqual(self._given(job).wx_user_id, self.users[4])

    def test_all_means_all_active_customers_of_the_company(self):
        self.users[0].state = 'blocked'
        active = self.env['wx.user'].search_count(
            [('state', '=', 'active'), ('company_id', '=', self.env.company.id)]
        )
        job = self._job(target='all')
        job.action_start()
        self.env['wx.coupon.job']._cron_run_jobs()
        self.assertEqual((job.total, job.done, len(self._given(job))), (active, active, active))
        self.assertNotIn(self.users[0], self._given(job).wx_user_id)

    def test_conditions_that_cannot_be_read_are_refused(self):
        for domain in ('[', "[('no_such_field', '=', 1)]", '7', "[('id', '=', __import__)]"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self._job(target='domain', domain=domain)

    def test_conditions_reach_no_further_than_who_started_it(self):
        job = self._job(target='domain', domain="[('session_key', '!=', False)]")
        with self.assertRaises(AccessError):
            job.action_start()
        self.assertEqual(job.state, 'draft')

    def test_progress_is_the_machines(self):
        with self.assertRaises(AccessError):
            self._job(state='done')
        job = self._job()
        for vals in ({'last_user': 9}, {'state': 'done'}, {'next_try_at': False}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                job.write(vals)
        job.action_start()
        with self.assertRaises(UserError):
            job.write({'quantity': 9})
        with self.assertRaises(UserError):
            job.unlink()

    def test_a_draft_is_changed_and_deleted(self):
        job = self._job()
        job.quantity = 3
        job.unlink()
        self.assertFalse(job.exists())
