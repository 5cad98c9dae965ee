import base64
import json
import logging
from datetime import timedelta

import psycopg2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict

from .common import APPID, OPENID, WAY, PaymentCommon
from .wechat_pay_keys import MCHID, MERCHANT_KEY

ATTEMPT_LOGGER = 'odoo.addons.wx_payment.models.wx_payment_attempt_prepay'


@tagged('post_install', '-at_install')
class TestOrder(PaymentCommon):
    # === OPENING === #

    def test_new_order_is_a_draft_with_both_amounts(self):
        order = self._create_order(1999)
        self.assertRecordValues(
            order,
            [
                {
                    'state': 'draft',
                    'amount_fen': 1999,
                    'amount': 19.99,
                    'paid_fen': 0,
                    'wx_user_id': self.wx_user.id,
                    'company_id': self.wx_user.company_id.id,
                    'attempt_count': 0,
                }
            ],
        )
        self.assertEqual(order.currency_id.name, 'CNY')
        self.assertEqual(self.wechat.calls, [])

    def test_numbers_are_unguessable_digits(self):
        orders = [self._create_order() for _i in range(5)]
        names = {order.name for order in orders}
        self.assertEqual(len(names), 5)
        for name in names:
            self.assertRegex(name, r'^[0-9]{24}$')

    def test_amount_exceeding_32_bits_is_kept(self):
        order = self._create_order(3_000_000_000_00)
        order.invalidate_recordset()
        self.assertEqual(order.amount_fen, 300_000_000_000)
        self.assertEqual(order.amount, 3_000_000_000.00)

    @mute_logger('odoo.sql_db')
    def test_amount_must_be_positive(self):
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self._create_order(0)

    @mute_logger('odoo.sql_db')
    def test_document_has_one_open_order_at_a_time(self):
        order = self._create_order()
        document = self.env['res.partner'].browse(order.res_id)
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            self.env['wx.payment.order']._create_for(
                document, self.wx_user, 100, 'x', fields.Datetime.now()
            )
            self.env.flush_all()
        order._cancel('changed my mind')
        again = self.env['wx.payment.order']._create_for(
            document, self.wx_user, 100, 'x', fields.Datetime.now()
        )
        self.assertEqual(again.state, 'draft')

    # === PAYING === #

    def test_pay_returns_what_the_mini_program_needs(self):
        order = self._create_order()
        answer = order._pay(WAY)
        self.assertEqual(answer['channel'], 'wxpay_v3')
        self.assertEqual(answer['scene'], 'miniprogram')
        self.assertRegex(answer['expires_at'], r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$')
        invoke = answer['invoke']
        self.assertEqual(set(invoke), {'timeStamp', 'nonceStr', 'package', 'signType', 'paySign'})
        message = f'{APPID}\n{invoke["timeStamp"]}\n{invoke["nonceStr"]}\n{invoke["package"]}\n'
        MERCHANT_KEY.public_key().verify(
            base64.b64decode(invoke['paySign']),
            message.encode(),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
        self.assertEqual(invoke['package'], f'prepay_id={order.attempt_ids.prepay_id}')

    def test_pay_opens_one_attempt_and_waits_for_the_money(self):
        order, attempt = self._create_pending()
        self.assertRecordValues(order, [{'state': 'pending', 'attempt_count': 1, 'paid_fen': 0}])
        self.assertRecordValues(
            attempt,
            [
                {
                    'state': 'open',
                    'out_trade_no': f'{order.name}_1',
                    'amount_fen': 100,
                    'mchid': MCHID,
                    'appid': APPID,
                    'openid': OPENID,
                    'transaction_id': False,
                }
            ],
        )
        self.assertTrue(attempt.next_try_at)
        self.assertEqual(self.hooks.calls, [])

    def test_prepay_names_the_amount_of_the_order_and_our_address(self):
        _order, attempt = self._create_pending(1234)
        request = self.wechat.orders[attempt.out_trade_no]['request']
        self.assertEqual(request['amount'], {'total': 1234, 'currency': 'CNY'})
        self.assertEqual(request['payer'], {'openid': OPENID})
        self.assertEqual(request['notify_url'], self.channel.notify_url)
        self.assertNotIn('?', request['notify_url'])

    def test_emoji_in_the_description_does_not_reach_the_provider(self):
        order = self._create_order()
        order.description = '泰国 🎉 流量'
        order._pay(WAY)
        request = self.wechat.orders[order.attempt_ids.out_trade_no]['request']
        self.assertEqual(request['description'], '泰国 流量')

    def test_pay_again_uses_the_same_number_without_another_call(self):
        order, attempt = self._create_pending()
        first = attempt.prepay_id
        again = order._pay(WAY)
        self.assertEqual(order.attempt_ids, attempt)
        self.assertEqual(again['invoke']['package'], f'prepay_id={first}')
        self.assertEqual(self.wechat.calls, [('prepay', None)])

    def test_old_prepay_is_fetched_anew_with_the_same_bytes(self):
        order = self._create_order(minutes=60 * 24)
        order._pay(WAY)
        attempt = order.attempt_ids
        body = attempt.prepay_body
        attempt.prepay_at -= timedelta(hours=2)
        first = attempt.prepay_id
        order.description = 'Somebody renamed the product'
        order._pay(WAY)
        self.assertNotEqual(attempt.prepay_id, first)
        self.assertEqual(attempt.prepay_body, body)
        self.assertEqual([call[0] for call in self.wechat.calls], ['prepay', 'prepay'])

    def test_pay_without_a_channel_is_a_conflict(self):
        self.channel.active = False
        order = self._create_order()
        self._expect(Conflict, order._pay, WAY)
        self.assertEqual(order.state, 'draft')
        self.assertFalse(order.attempt_ids)
        self.assertEqual(self.wechat.calls, [])

    def test_channel_of_another_app_is_not_used(self):
        other = self.env['wx.app'].create({'name': 'Other', 'appid': 'wxfeedfacecafe0002'})
        self.channel.app_id = other
        self._expect(Conflict, self._create_order()._pay, WAY)

    def test_expired_order_cannot_be_paid(self):
        order = self._create_order(minutes=-1)
        self._expect(Conflict, order._pay, WAY)
        self.assertEqual(self.wechat.calls, [])

    def test_paid_order_cannot_be_paid_again(self):
        order, _attempt = self._create_paid()
        self._expect(Conflict, order._pay, WAY)

    # === MOVES === #

    def test_repeated_move_is_an_information_and_illegal_one_a_warning(self):
        order = self._create_order()
        logger = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'
        with self.assertLogs(logger, logging.INFO) as logs:
            self.assertFalse(order._move('draft'))
        self.assertEqual([record.levelname for record in logs.records], ['INFO'])
        with self.assertLogs(logger, logging.INFO) as logs:
            self.assertFalse(order._move('refunded'))
        self.assertEqual([record.levelname for record in logs.records], ['WARNING'])
        self.assertEqual(order.state, 'draft')

    @mute_logger('odoo.addons.wx_payment.models.wx_payment_state_mixin')
    def test_every_move_that_is_not_in_the_table_leaves_the_row_alone(self):
        order = self._create_order()
        for state in order._state_moves:
            order.state = state
            for target in set(order._state_moves) - order._state_moves[state]:
                self.assertFalse(order._move(target, description='changed'))
                self.assertRecordValues(
                    order, [{'state': state, 'description': 'Thailand AIS 100'}]
                )

    def test_paid_order_without_its_document_raises_a_to_do(self):
        order, attempt = self._create_pending()
        self.env['res.partner'].browse(order.res_id).unlink()
        with mute_logger('odoo.addons.wx_payment.models.wx_payment_state_mixin'):
            self._deliver(self.wechat.pay(attempt.out_trade_no))
        self.assertEqual(order.state, 'paid')
        self.assertTrue(order.activity_ids)

    # === SECRETS === #

    def test_answer_and_stored_request_hold_no_secret(self):
        order, attempt = self._create_pending()
        answer = json.dumps(order._pay(WAY))
        for secret in ('PRIVATE KEY', self.channel.apiv3_key):
            self.assertNotIn(secret, answer)
            self.assertNotIn(secret, attempt.prepay_body)

    @freeze_time('2026-03-04 05:06:07')
    def test_times_are_the_provider_s_offset(self):
        order, attempt = self._create_pending()
        request = self.wechat.orders[attempt.out_trade_no]['request']
        self.assertEqual(request['time_expire'], '2026-03-04T13:21:07+08:00')
        self.assertEqual(order.expires_at, fields.Datetime.to_datetime('2026-03-04 05:21:07'))
