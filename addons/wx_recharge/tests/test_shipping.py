import ast
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.lib.wxwire.errors import Refused, TryLater, UnknownOutcome

from .common import RechargeCase

MIXIN = 'odoo.addons.wx_base.models.wx_job_mixin'


@tagged('post_install', '-at_install')
class TestShipping(RechargeCase):
    def setUp(self):
        super().setUp()
        calling = patch.object(type(self.env['wx.app']), '_call', autospec=True)
        self.call = self.startPatcher(calling)
        self.order, attempt = self.paid_order()
        self.order._set_delivered(attempt)
        self.shipping = self.env['wx.recharge.shipping'].search([('order_id', '=', self.order.id)])

    def upload(self, answer=None):
        self.call.side_effect = answer
        self.shipping.next_try_at = fields.Datetime.now()
        self.shipping._job_take(100)
        self.shipping._job_run()
        self.shipping._job_settle()

    def test_first_upload_waits_until_wechat_knows_the_payment(self):
        self.assertAlmostEqual(self.seconds_until_due(self.shipping), 10, delta=2)

    def test_payload_has_the_documented_shape(self):
        self.upload()
        _app, path, payload = self.call.call_args.args
        self.assertEqual(path, '/wxa/sec/order/upload_shipping_info')
        upload_time = payload.pop('upload_time')
        self.assertRegex(upload_time, r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00$')
        self.assertEqual(
            payload,
            {
                'order_key': {
                    'order_number_type': 2,
                    'transaction_id': f'42{self.order.payment_order_id.name}',
                },
                'logistics_type': 3,
                'delivery_mode': 1,
                'shipping_list': [{'item_desc': 'Singtel 4 SGD'}],
                'payer': {'openid': self.user_a.openid},
            },
        )
        self.assertEqual(self.shipping.state, 'done')
        self.assertFalse(self.shipping.next_try_at)

    def test_codes_that_mean_done_are_done(self):
        for code in ('10060002', '10060003', '10060023'):
            with self.subTest(code=code):
                self.shipping.state = 'pending'
                self.upload(Refused('no', code=code))
                self.assertEqual(self.shipping.state, 'done')
                self.assertFalse(self.shipping.next_try_at)

    def test_payment_wechat_does_not_know_yet_is_tried_again(self):
        for error in (
            Refused('not found', code='10060001'),
            Refused('system error', code='10060012'),
            TryLater('busy', code='-1'),
            UnknownOutcome('no answer'),
        ):
            with self.subTest(error=error):
                self.upload(error)
                self.assertEqual(self.shipping.state, 'pending')
                self.assertGreater(self.shipping.next_try_at, fields.Datetime.now())

    @mute_logger(MIXIN)
    def test_other_refusals_call_a_person(self):
        self.upload(Refused('payer openid mismatch', code='10060031'))
        self.assertRecordValues(self.shipping, [{'state': 'failed', 'dead': True}])
        self.assertTrue(self.order.activity_ids)
        self.assertEqual(self.order.state, 'delivered')

    def test_a_payment_refunded_meanwhile_needs_no_shipping(self):
        self.order.payment_order_id._request_refund(1, 'test')
        self.upload(Refused('errcode 10060004', code='10060004'))
        self.assertRecordValues(self.shipping, [{'state': 'needless', 'next_try_at': False}])
        self.assertFalse(self.order.activity_ids)

    @mute_logger(MIXIN)
    def test_operators_have_a_failed_upload_tried_again(self):
        self.upload(Refused('payer openid mismatch', code='10060031'))
        support = self._create_staff('rc_support', 'support')
        operator = self._create_staff('rc_operator', 'operator')
        with self.assertRaises(AccessError):
            self.shipping.with_user(support).action_job_retry()
        self.shipping.with_user(operator).action_job_retry()
        self.assertRecordValues(self.shipping, [{'state': 'pending', 'dead': False}])

    def test_long_name_is_cut(self):
        self.order.package_name = '包' * 300
        self.assertEqual(
            len(self.shipping._prepare_payload()['shipping_list'][0]['item_desc']), 120
        )

    def test_order_nobody_paid_by_wechat_uploads_nothing(self):
        order, attempt = self.paid_order(phone='+6581234599')
        order.payment_order_id.attempt_ids.transaction_id = False
        order._set_delivered(attempt)
        self.assertFalse(self.env['wx.recharge.shipping'].search([('order_id', '=', order.id)]))

    # === ALARMS === #

    def _raise_alarms(self, hours):
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE wx_recharge_shipping SET create_date = %s WHERE id = %s',
            [fields.Datetime.now() - timedelta(hours=hours), self.shipping.id],
        )
        self.env.invalidate_all()
        crons = self.env.registry['ir.cron']
        self.patch(crons, '_commit_progress', lambda cron, *args, **kwargs: float('inf'))
        self.env['wx.recharge.shipping']._cron_raise_alarms()

    def test_a_late_upload_is_an_alarm_once_and_ends_with_the_upload(self):
        self.env.company.wx_recharge_shipping_hours = 5
        self._raise_alarms(4)
        self.assertFalse(self.shipping.alarm)
        for _time in range(2):
            self._raise_alarms(6)
        self.assertTrue(self.shipping.alarm)
        [activity] = self.order.activity_ids
        self.assertTrue(activity.user_id._has_permission('recharge.shipping.retry'))
        self.upload()
        self.assertRecordValues(self.shipping, [{'state': 'done', 'alarm': False}])
        self.assertFalse(self.order.activity_ids)

    def test_a_failed_upload_is_an_alarm(self):
        with mute_logger(MIXIN):
            self.upload(Refused('no', code='10060014'))
        self.assertRecordValues(self.shipping, [{'state': 'failed', 'alarm': True}])
        action = self.env.ref('wx_recharge.wx_recharge_shipping_action_alarm')
        found = self.env['wx.recharge.shipping'].search(ast.literal_eval(action.domain))
        self.assertIn(self.shipping, found)

    def test_what_is_uploaded_is_no_alarm(self):
        self.upload()
        self._raise_alarms(100)
        self.assertFalse(self.shipping.alarm)
