from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..health import Tally, judge
from ..lib.paywire.errors import NotFound, UnknownOutcome
from .common import PaymentCommon, channel_values

CALLS = 'wx.payment.channel.call'
STATE_LOG = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'


@tagged('post_install', '-at_install')
class TestJudgement(PaymentCommon):
    def _judge(self, before='up', calls=20, worked=20, median=100, failures=0, successes=20):
        return judge(Tally(calls, worked, median, failures, successes), before)

    def test_all_is_well(self):
        self.assertEqual(self._judge(), 'up')

    def test_one_failure_is_nothing_two_in_a_row_are(self):
        self.assertEqual(self._judge(calls=2, worked=1, failures=1, successes=0), 'up')
        self.assertEqual(self._judge(calls=3, worked=1, failures=2, successes=0), 'degraded')

    def test_five_failures_in_a_row_are_the_end(self):
        self.assertEqual(self._judge(calls=5, worked=0, failures=4, successes=0), 'degraded')
        self.assertEqual(self._judge(calls=5, worked=0, failures=5, successes=0), 'down')

    def test_half_of_many_calls_failing_is_the_end_too(self):
        self.assertEqual(self._judge(calls=20, worked=9, failures=1, successes=0), 'down')
        self.assertEqual(self._judge(calls=8, worked=3, failures=1, successes=0), 'up')

    def test_slow_or_leaky_is_degraded(self):
        self.assertEqual(self._judge(median=5001), 'degraded')
        self.assertEqual(self._judge(calls=20, worked=18, successes=1), 'degraded')

    def test_what_was_down_comes_back_after_three_answers(self):
        self.assertEqual(self._judge('down', calls=8, worked=2, successes=2), 'down')
        self.assertEqual(self._judge('down', calls=9, worked=3, successes=3), 'up')
        self.assertEqual(self._judge('down', calls=30, worked=3, successes=3), 'degraded')


@tagged('post_install', '-at_install')
class TestChannelHealth(PaymentCommon):
    def setUp(self):
        super().setUp()
        self.other = self.env['wx.payment.channel'].create(
            channel_values(self.app, name='Other channel', slug='test-other')
        )

    def _calls(self):
        return self.env[CALLS].search([('channel_id', '=', self.channel.id)])

    def _exchange(self, error=None):
        def function(_client):
            if error:
                raise error

        try:
            self.channel._exchange(function)
        except type(error):
            return

    def _fail(self, times=1):
        for _time in range(times):
            self._exchange(UnknownOutcome('no answer', http_status=502))

    def _fold(self):
        with mute_logger(STATE_LOG):
            self.env['wx.payment.channel']._fold_calls()

    def _todos(self):
        return self.channel.activity_ids.filtered(
            lambda todo: todo.summary == self.channel._down_summary()
        )

    def test_every_call_is_written_down_with_what_became_of_it(self):
        _order, attempt = self._create_pending()
        channel = attempt.channel_id
        call = self.env[CALLS].search([('channel_id', '=', channel.id)])
        self.assertEqual(call.mapped('outcome'), ['ok'])
        self.assertGreaterEqual(call.milliseconds, 0)

    def test_a_refusal_is_an_answer(self):
        self._exchange(NotFound('no such order', http_status=404, code='ORDER_NOT_EXIST'))
        self.assertEqual(self._calls().outcome, 'refused')
        self.assertFalse(self._calls().error)
        self._fold()
        self.assertEqual((self.channel.health, self.channel.success_share), ('up', 100))

    def test_a_failure_keeps_its_words_and_wakes_the_watch(self):
        cron = self.env.ref('wx_payment.ir_cron_watch_channels')
        triggers = self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)])
        self._fail()
        self.assertEqual(self._calls().outcome, 'unknown')
        self.assertEqual(self._calls().error, 'UnknownOutcome 502 : no answer')
        self.assertEqual(
            len(self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)]) - triggers), 1
        )

    def test_a_channel_goes_down_and_rings_once(self):
        self._fail(5)
        self._fold()
        self._fold()
        self.assertEqual(self.channel.health, 'down')
        self.assertTrue(self.channel.health_at)
        self.assertEqual(self.channel.success_share, 0)
        self.assertIn('no answer', self.channel.failure)
        self.assertTrue(self._todos())
        holders = self.env['rbac.permission']._holders_for('payment.channel.manage', self.channel)
        self.assertEqual(self._todos().user_id, holders)
        self.assertEqual(len(self._todos()), len(holders))
        self.assertEqual(self.other.health, 'up')

    def test_health_leaves_the_record_s_version_alone(self):
        before = self.channel.write_date
        self._fail(5)
        self._fold()
        self.channel.invalidate_recordset()
        self.assertEqual(self.channel.write_date, before)

    def test_payments_move_to_the_other_channel(self):
        self._fail(5)
        self._fold()
        for _order in range(5):
            _order, attempt = self._create_pending()
            self.assertEqual(attempt.channel_id, self.other)

    def test_a_probe_brings_it_back_with_a_note(self):
        self._fail(5)
        self._fold()
        for _probe in range(3):
            self.channel._probe()
        self._fold()
        self.assertEqual(self.channel.health, 'up')
        self.assertFalse(self._todos())
        self.assertIn('works again', self.channel.message_ids[0].body)

    def test_the_watch_asks_what_does_not_work(self):
        self._fail(5)
        self._fold()
        self._age(60)
        calls = len(self.wechat.calls)
        with self._quiet_cron():
            self.env['wx.payment.channel']._cron_watch_channels()
        self.assertEqual([name for name, _number in self.wechat.calls[calls:]], ['query'])
        self.assertEqual(self.channel.health, 'down')
        with self._quiet_cron():
            self.env['wx.payment.channel']._cron_watch_channels()
        # Not again at once.
        self.assertEqual(len(self.wechat.calls), calls + 1)

    def test_the_watch_leaves_those_alone_that_work(self):
        self._exchange()
        self._age(60)
        with self._quiet_cron():
            self.env['wx.payment.channel']._cron_watch_channels()
        self.assertFalse(self.wechat.calls)

    def test_old_calls_do_not_count_and_go(self):
        self._fail(5)
        self._age(16 * 60)
        self._fold()
        self.assertEqual(self.channel.health, 'up')
        self._age(25 * 3600)
        self._exchange()
        self.assertFalse(self.env[CALLS]._trim())
        self.assertEqual(self._calls().mapped('outcome'), ['ok'])

    def test_folding_takes_the_same_queries_for_more_channels(self):
        self.channel._exchange(lambda client: None)
        self._fold()
        self.env.invalidate_all()
        self.other._exchange(lambda client: None)
        self.env.flush_all()
        # One reads the calls, one the channels, one writes each channel.
        with self.assertQueryCount(4):
            self.env['wx.payment.channel']._fold_calls()

    def test_calls_belong_to_companies(self):
        self._exchange()
        company = self.env['res.company'].create({'name': 'Other company'})
        user = self._create_staff(
            'calls_elsewhere', 'finance', company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        self.assertFalse(self.env[CALLS].with_user(user).search_count([]))

    # === HELPERS === #

    def _age(self, seconds):
        """Make all calls so much older."""
        earlier = fields.Datetime.now() - timedelta(seconds=seconds)
        self.env.cr.execute('UPDATE wx_payment_channel_call SET ended_at = %s', [earlier])
        self.env.cr.execute('UPDATE wx_payment_channel SET called_at = %s', [earlier])
        self.env.invalidate_all()

    def _quiet_cron(self):
        """Run a scheduled action's method within this transaction."""
        self.patch(type(self.env['ir.cron']), '_commit_progress', lambda *args, **kwargs: 60)
        return mute_logger(STATE_LOG)
