from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const.routing import PROBES_LAST
from ..utils import make_reference
from .common import BALANCE, OTHER_PHONE, TOKEN, RechargeCase, error_reply

HEALTH = 'odoo.addons.wx_recharge.models.wx_recharge_supplier_health'


@tagged('post_install', '-at_install')
class TestSupplierWatch(RechargeCase):
    """What the newest attempts say about a supplier, and what follows by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._place(cls, phone=OTHER_PHONE)
        # Attempts of demo data and other tests are not judged here.
        cls.env['wx.recharge.supplier'].search([('id', '!=', cls.supplier.id)]).active = False

    def _attempts(self, *states, minutes=30, **values):
        """Create attempts that ended with these states, one a second, the first the oldest."""
        begun = fields.Datetime.now() - timedelta(minutes=minutes)
        return self.env['wx.recharge.attempt'].create(
            [
                {
                    'order_id': self.order.id,
                    'supplier_id': self.supplier.id,
                    'supplier_product_id': self.product.id,
                    'reference': make_reference(),
                    'sku': self.product.sku,
                    'phone': self.order.phone,
                    'iso2': 'SG',
                    'state': state,
                    'submitted_at': begun + timedelta(seconds=number),
                    'finished_at': state != 'unknown' and begun + timedelta(seconds=number + 20),
                    **values,
                }
                for number, state in enumerate(states)
            ]
        )

    def _judge(self):
        self.env['wx.recharge.supplier']._judge_suppliers()

    # === JUDGEMENT === #

    def test_share_time_streak_and_last_failure_are_written_down(self):
        self._attempts('succeeded', 'succeeded', 'failed', 'succeeded')
        self._attempts('failed', minutes=20, error_code='OPERATOR_DOWN', error_text='closed')
        self._judge()
        self.assertRecordValues(
            self.supplier,
            [
                {
                    'success_share': 60.0,
                    'judged_count': 5,
                    'average_seconds': 20,
                    'failure_streak': 1,
                    'failure': 'OPERATOR_DOWN closed',
                    'routing_share': 60,
                    'paused': False,
                }
            ],
        )

    def test_few_attempts_tell_routing_nothing(self):
        self._attempts('failed', 'succeeded')
        self._judge()
        self.assertEqual((self.supplier.success_share, self.supplier.routing_share), (50.0, -1))

    def test_wrong_numbers_old_attempts_and_refusals_of_ours_do_not_count(self):
        self._attempts('failed', result_class='final_input')
        self._attempts('failed', minutes=25 * 60)
        self._attempts('failed', submitted_at=False)
        self._judge()
        self.assertEqual(self.supplier.judged_count, 0)

    def test_long_silence_counts_as_a_failure_and_a_short_one_does_not(self):
        self._attempts('unknown', minutes=5)
        self._judge()
        self.assertEqual(self.supplier.judged_count, 0)
        self.env['wx.recharge.attempt'].search([]).filtered(
            lambda attempt: attempt.supplier_id == self.supplier
        ).submitted_at -= timedelta(minutes=6)
        self._judge()
        self.assertEqual((self.supplier.judged_count, self.supplier.failure_streak), (1, 1))
        self.env['wx.recharge.attempt'].search(
            [('supplier_id', '=', self.supplier.id)]
        ).submitted_at -= timedelta(days=1)
        self._judge()
        self.assertEqual(self.supplier.judged_count, 0)

    def test_share_of_yesterday_is_forgotten(self):
        attempts = self._attempts(*['succeeded'] * 6)
        self._judge()
        self.assertEqual(self.supplier.routing_share, 100)
        attempts.write({'finished_at': fields.Datetime.now() - timedelta(days=2)})
        self._judge()
        self.assertRecordValues(
            self.supplier, [{'judged_count': 0, 'success_share': 0, 'routing_share': -1}]
        )

    def test_judging_takes_one_query_for_all_attempts(self):
        self._attempts(*['succeeded'] * 6)
        self._judge()
        self.env.flush_all()
        with self.assertQueryCount(3):  # attempts, suppliers, the note
            self._judge()
        self._attempts(*['succeeded'] * 60)
        self.env.flush_all()
        with self.assertQueryCount(3):
            self._judge()

    # === PAUSE === #

    @mute_logger(HEALTH)
    def test_failures_in_a_row_pause_the_supplier_with_a_to_do(self):
        self._attempts('succeeded', *['failed'] * 4)
        self._judge()
        self.assertFalse(self.supplier.paused)
        self._attempts('failed', minutes=1, error_code='X')
        self._judge()
        self._judge()
        self.assertRecordValues(
            self.supplier, [{'paused': True, 'pause_kind': 'failures', 'pause_count': 1}]
        )
        self.assertIn('5 failures in a row', self.supplier.pause_reason)
        self.assertEqual(self.supplier.activity_ids.mapped('summary'), ['The supplier is paused'])

    def test_supplier_may_be_kept_from_being_paused(self):
        self.supplier.pause_after = 0
        self._attempts(*['failed'] * 20)
        self._judge()
        self.assertFalse(self.supplier.paused)

    @mute_logger(HEALTH)
    def test_account_problem_that_lost_its_race_is_paused_by_the_watch(self):
        self._attempts('succeeded')
        self._attempts('failed', minutes=1, result_class='account', error_code='NO_MONEY')
        self._judge()
        self.assertRecordValues(self.supplier, [{'paused': True, 'pause_kind': 'account'}])

    def test_after_a_return_the_failures_before_count_no_more(self):
        self._attempts(*['failed'] * 6)
        self.supplier._resume()
        self._judge()
        self.assertFalse(self.supplier.paused)

    # === RETURN === #

    def _paused(self, kind='failures'):
        with mute_logger(HEALTH):
            self.supplier._pause('five failures', kind)
        self.assertTrue(self.supplier.probe_at)

    def _watch(self):
        self.supplier.probe_at = fields.Datetime.now()
        self.env.ref('wx_recharge.ir_cron_watch_suppliers').method_direct_trigger()

    def test_failing_supplier_is_used_again_when_it_answers(self):
        self._paused()
        self._watch()
        self.assertRecordValues(
            self.supplier, [{'paused': False, 'pause_kind': False, 'pause_count': 1}]
        )
        self.assertFalse(self.supplier.activity_ids)

    def test_supplier_that_does_not_answer_stays_paused_and_is_asked_again(self):
        self._paused()
        self.outside.on(BALANCE, TimeoutError)
        self._watch()
        self.assertTrue(self.supplier.paused)
        self.assertGreater(self.supplier.probe_at, fields.Datetime.now())

    def test_supplier_that_cannot_be_asked_for_a_balance_returns_after_the_wait(self):
        self._paused()
        self.outside.on(BALANCE, error_reply(400, 'COUNTRY_NOT_SUPPORTED'))
        self._watch()
        self.assertFalse(self.supplier.paused)

    @mute_logger(HEALTH)
    def test_supplier_that_cannot_be_asked_keeps_no_other_from_returning(self):
        self._paused()
        broken = self._create_supplier(name='Broken', sequence=0)
        broken.write({'paused': True, 'probe_at': '2020-01-01'})
        supplier_class = self.env.registry['wx.recharge.supplier']
        build = supplier_class._build_adapter

        def spoilt(supplier, timeout=None):
            if supplier == broken:
                raise ValidationError(broken.name)
            return build(supplier, timeout)

        with (
            patch.object(supplier_class, '_build_adapter', spoilt),
            patch.object(self.env.cr, 'rollback'),
        ):
            self._watch()
            self.env.ref('wx_recharge.ir_cron_refresh_balances').method_direct_trigger()
        self.assertEqual((broken.paused, self.supplier.paused), (True, False))
        self.assertEqual(self.supplier.balance, 512.25)

    def test_nobody_is_asked_before_the_time(self):
        self._paused()
        self.env.ref('wx_recharge.ir_cron_watch_suppliers').method_direct_trigger()
        self.assertTrue(self.supplier.paused)
        self.assertFalse(self.outside.calls)

    def test_account_returns_only_after_money_has_come_in(self):
        self._paused('account')
        for _probe in range(2):
            self._watch()
            self.assertTrue(self.supplier.paused)
        self.outside.on(BALANCE, {'balance': 900, 'currencyCode': 'USD'})
        self._watch()
        self.assertFalse(self.supplier.paused)

    def test_refused_credentials_return_once_they_are_accepted(self):
        self._paused('account')
        self.env['wx.recharge.supplier.token']._forget(self.supplier)
        self.outside.on(TOKEN, error_reply(401, 'INVALID_CREDENTIALS'))
        self._watch()
        self.assertTrue(self.supplier.probe_refused)
        self.answer_account()
        self._watch()
        self.assertFalse(self.supplier.paused)

    def test_pause_by_a_person_is_never_ended_by_the_machine(self):
        self.supplier.action_pause()
        self.assertFalse(self.supplier.probe_at)
        self._watch()
        self.assertTrue(self.supplier.paused)

    def test_returns_that_do_not_last_end_with_a_person(self):
        for _pause in range(PROBES_LAST):
            self._paused()
            self.supplier._resume()
        with mute_logger(HEALTH):
            self.supplier._pause('again', 'failures')
        self.assertFalse(self.supplier.probe_at)
        self.supplier.action_resume()
        self.assertEqual(self.supplier.pause_count, 0)

    def test_delivery_after_a_return_forgives_the_pauses(self):
        self._paused()
        self.supplier._resume()
        self.supplier.resumed_at -= timedelta(minutes=40)
        self._attempts('succeeded')
        self._judge()
        self.assertEqual(self.supplier.pause_count, 0)

    @mute_logger(HEALTH)
    def test_supplier_that_shall_not_return_alone_waits_for_a_person(self):
        self.supplier.return_alone = False
        self.supplier._pause('broken', 'failures')
        self.assertFalse(self.supplier.probe_at)

    # === BALANCE === #

    def test_low_balance_to_do_goes_when_money_has_come_in(self):
        self.supplier.balance_min = 1000
        self.supplier._refresh_balance()
        self.assertEqual(self.supplier.activity_ids.mapped('summary'), ['The balance is low'])
        self.assertTrue(self.supplier.is_balance_low)
        self.outside.on(BALANCE, {'balance': 1000, 'currencyCode': 'USD'})
        self.supplier._refresh_balance()
        self.assertFalse(self.supplier.activity_ids)
        self.assertFalse(self.supplier.is_balance_low)
