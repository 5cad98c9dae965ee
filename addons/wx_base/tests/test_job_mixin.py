from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import WxCase

RUNNER = 'odoo.addons.wx_base.models.wx_job_mixin'


@tagged('post_install', '-at_install')
class TestJobMixin(WxCase):
    """The runner, shown with the messages as its rows."""

    def setUp(self):
        super().setUp()
        self.Message = self.env['wx.message']
        self.cron = self.env.ref('wx_base.ir_cron_send_messages')
        self.ran = []

    def _rows(self, count):
        self.env.cr.execute(
            """INSERT INTO wx_message_template (name, app_id, company_id, code, template_id, active)
               VALUES ('{"en_US": "T"}', %s, %s, 'test', 'tpl', true) RETURNING id""",
            [self.app.id, self.app.company_id.id],
        )
        template = self.env.cr.fetchone()[0]
        rows = self.Message.create(
            [{'wx_user_id': self.user_a.id, 'template_id': template} for _row in range(count)]
        )
        rows._job_queue()
        return rows

    def _run(self, behaviour):
        def job_run(message):
            self.ran.append(message.id)
            return behaviour(message)

        with (
            patch.object(self.env.registry['wx.message'], '_job_run', job_run),
            self.enter_registry_test_mode(),
        ):
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_a_row_that_returns_is_done(self):
        row = self._rows(1)
        self._run(lambda message: None)
        self.assertRecordValues(
            row, [{'next_try_at': False, 'lease_until': False, 'try_count': 1, 'dead': False}]
        )
        self._run(lambda message: None)
        self.assertEqual(self.ran, row.ids)

    def test_a_bad_row_does_not_stop_the_rest(self):
        rows = self._rows(3)

        def fail_second(message):
            if message == rows[1]:
                message.page = 'half done'
                raise ZeroDivisionError('bad row')

        with mute_logger(RUNNER):
            self._run(fail_second)
        self.assertEqual(sorted(self.ran), rows.ids)
        self.assertRecordValues(
            rows,
            [
                {'next_try_at': False, 'last_error': False, 'page': False},
                {
                    'next_try_at': rows[1].next_try_at,
                    'last_error': 'ZeroDivisionError: bad row',
                    'page': False,
                },
                {'next_try_at': False, 'last_error': False, 'page': False},
            ],
        )
        self.assertGreater(rows[1].next_try_at, fields.Datetime.now())

    def test_the_gaps_grow_and_end_with_a_person(self):
        row = self._rows(1)
        gaps = []
        for _try in range(row._job_max_tries):
            row.next_try_at = fields.Datetime.now()
            with mute_logger(RUNNER):
                self._run(lambda message: message._job_retry('busy'))
            if row.next_try_at:
                gaps.append(round((row.next_try_at - fields.Datetime.now()).total_seconds(), -1))
        self.assertEqual(gaps, [10, 30, 60, 300, 600, 1800, 3600])
        self.assertRecordValues(row, [{'dead': True, 'next_try_at': False, 'state': 'failed'}])

    def test_a_leased_row_is_left_alone_until_the_lease_is_over(self):
        row = self._rows(1)
        self.assertEqual(self.Message._job_take(10), row)
        self.assertFalse(self.Message._job_take(10))
        row.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self.Message._job_take(10), row)
        self.assertEqual(row.try_count, 2)

    def test_a_planned_row_waits_for_its_time(self):
        row = self._rows(1)
        row._job_queue(60)
        self._run(lambda message: None)
        self.assertEqual(self.ran, [])

    def test_waking_adds_one_trigger_however_often(self):
        triggers = self.env['ir.cron.trigger']
        triggers.search([]).unlink()
        for _time in range(5):
            self.env['ir.cron']._wake('wx_base.ir_cron_send_messages')
        self.assertEqual(triggers.search_count([('cron_id', '=', self.cron.id)]), 1)

    def test_a_row_given_up_can_be_tried_again_by_a_person(self):
        row = self._rows(1)
        with mute_logger(RUNNER):
            row._job_bury('no way')
        row._job_restart()
        self.assertFalse(row.dead)
        self._run(lambda message: None)
        self.assertEqual(self.ran, row.ids)
