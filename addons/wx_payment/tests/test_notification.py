import json

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import WAY, PaymentCommon
from .wechat_pay_keys import APIV3_KEY

INTAKE = 'odoo.addons.wx_payment.models.wx_payment_notification_intake'
BOOKING = 'odoo.addons.wx_payment.models.wx_payment_attempt_booking'
NOTIFICATION = 'odoo.addons.wx_payment.models.wx_payment_notification'
STATES = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'


@tagged('post_install', '-at_install')
class TestNotification(PaymentCommon):
    # === INTAKE === #

    def test_notice_is_stored_raw_before_it_is_processed(self):
        order, attempt = self._create_pending()
        headers, body = self.wechat.notice(self.wechat.pay(attempt.out_trade_no))
        receipt = self._receive(headers, body)
        self.assertEqual(
            (receipt.http_status, json.loads(receipt.body)), (200, {'code': 'SUCCESS'})
        )
        notice = self.env['wx.payment.notification'].search([])
        self.assertEqual(notice.body.encode(), body)
        self.assertEqual(
            json.loads(notice.headers)['Wechatpay-Signature'], headers['Wechatpay-Signature']
        )
        self.assertNotIn('Content-Type', notice.headers)
        self.assertRecordValues(
            notice,
            [
                {
                    'state': 'received',
                    'channel_id': self.channel.id,
                    'company_id': self.channel.company_id.id,
                    'event_type': 'TRANSACTION.SUCCESS',
                    'original_type': 'transaction',
                    'business_key': attempt.out_trade_no,
                }
            ],
        )
        self.assertTrue(notice.next_try_at)
        self.assertEqual(order.state, 'pending')

    def test_stored_text_holds_neither_openid_nor_amount_in_clear(self):
        _order, attempt = self._create_pending()
        notice = self._deliver(self.wechat.pay(attempt.out_trade_no))
        self.assertNotIn(self.wx_user.openid, notice.body + notice.headers)

    def test_repeated_notice_is_acknowledged_and_not_stored(self):
        _order, attempt = self._create_pending()
        headers, body = self.wechat.notice(self.wechat.pay(attempt.out_trade_no))
        for _i in range(3):
            self.assertEqual(self._receive(headers, body).http_status, 200)
        self.assertEqual(self.env['wx.payment.notification'].search_count([]), 1)

    def test_same_fact_under_another_event_id_is_a_repetition(self):
        _order, attempt = self._create_pending()
        paid = self.wechat.pay(attempt.out_trade_no)
        for _i in range(2):
            self.assertEqual(self._receive(*self.wechat.notice(paid)).http_status, 200)
        self.assertEqual(self.env['wx.payment.notification'].search_count([]), 1)

    def test_repeated_notice_costs_one_query(self):
        _order, attempt = self._create_pending()
        headers, body = self.wechat.notice(self.wechat.pay(attempt.out_trade_no))
        self._receive(headers, body)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self._receive(headers, body)

    def test_first_notice_costs_few_queries(self):
        _order, attempt = self._create_pending()
        first, second = (
            self.wechat.notice(self.wechat.pay(attempt.out_trade_no, transaction_id=str(number)))
            for number in (1, 2)
        )
        # Fills the caches that every process has after its first notice.
        self._receive(*first)
        self.env.flush_all()
        # The insert, and in a savepoint the look whether the job is woken already.
        with self.assertQueryCount(5):
            self._receive(*second)

    def test_unknown_path_is_not_found(self):
        headers, body = self.wechat.notice({})
        self.assertIsNone(self._receive(headers, body, slug='nobody'))

    @mute_logger(INTAKE)
    def test_channel_without_keys_is_not_ready_and_asks_to_come_again(self):
        self.channel.apiv3_key = False
        headers, body = self.wechat.notice({})
        self.assertEqual(self._receive(headers, body).http_status, 503)

    def test_archived_channel_still_takes_notices(self):
        order, attempt = self._create_pending()
        self.channel.active = False
        self._deliver(self.wechat.pay(attempt.out_trade_no))
        self.assertEqual(order.state, 'paid')

    @mute_logger('odoo.sql_db')
    def test_database_refuses_the_same_notice_twice(self):
        _order, attempt = self._create_pending()
        notice = self._deliver(self.wechat.pay(attempt.out_trade_no))
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            self.env.cr.execute(
                """INSERT INTO wx_payment_notification
                       (channel_id, company_id, state, topic, event_id, event_type, dedup_key,
                        received_at)
                   SELECT channel_id, company_id, state, topic, 'x', event_type, dedup_key,
                          received_at
                     FROM wx_payment_notification WHERE id = %s""",
                [notice.id],
            )

    # === PROCESSING === #

    def test_payment_notice_books_the_payment(self):
        order, attempt = self._create_pending()
        notice = self._deliver(self.wechat.pay(attempt.out_trade_no))
        self.assertRecordValues(
            order, [{'state': 'paid', 'paid_fen': 100, 'amount_paid': 1.0, 'refunded_fen': 0}]
        )
        self.assertRecordValues(
            attempt,
            [
                {
                    'state': 'paid',
                    'paid_fen': 100,
                    'payer_fen': 100,
                    'trade_state': 'SUCCESS',
                    'suspense_reason': False,
                    'next_try_at': False,
                }
            ],
        )
        self.assertEqual(str(attempt.success_time), '2026-01-02 02:34:56')
        self.assertRecordValues(
            notice, [{'state': 'done', 'order_id': order.id, 'attempt_id': attempt.id}]
        )
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    def test_processing_twice_does_nothing(self):
        order, attempt = self._create_pending()
        notice = self._deliver(self.wechat.pay(attempt.out_trade_no))
        paid_at = order.paid_at
        notice.action_job_retry()
        self._run_jobs(notice)
        self.assertEqual((notice.state, order.paid_at), ('done', paid_at))
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    def test_notice_before_the_answer_to_prepay_is_booked(self):
        order = self._create_order()
        self.wechat.faults['prepay'] = [('after', TimeoutError())]
        with mute_logger('odoo.addons.wx_payment.models.wx_payment_attempt_prepay'):
            self._expect(Exception, order._pay, WAY)
        self._deliver(self.wechat.pay(order.attempt_ids.out_trade_no))
        self.assertEqual((order.state, order.attempt_ids.state), ('paid', 'paid'))

    def test_query_after_the_notice_changes_nothing(self):
        order, attempt = self._create_paid()
        attempt._learn()
        self.assertEqual((order.state, attempt.state), ('paid', 'paid'))
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    def test_coupon_of_the_customer_does_not_change_what_was_paid(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        amount = {'total': 100, 'payer_total': 70, 'currency': 'CNY'}
        self._deliver(self.wechat.transaction(attempt.out_trade_no, amount=amount))
        self.assertRecordValues(attempt, [{'state': 'paid', 'paid_fen': 100, 'payer_fen': 70}])
        self.assertEqual(order.state, 'paid')

    def test_error_in_the_document_leaves_the_notice_to_be_done(self):
        order, attempt = self._create_pending()
        headers, body = self.wechat.notice(self.wechat.pay(attempt.out_trade_no))
        self._receive(headers, body)
        notice = self.env['wx.payment.notification'].search([])

        def fail(document):
            raise ValueError('no stock')

        self.patch(type(self.env['res.partner']), '_on_paid', fail)
        with self.assertRaises(ValueError):
            self._run_jobs(notice)
        self.env.invalidate_all()
        self.assertEqual(
            (notice.state, order.state, attempt.state), ('received', 'pending', 'open')
        )

    @mute_logger(BOOKING, STATES)
    def test_wrong_identity_is_refused_counted_and_told(self):
        spoiled = {
            'appid': 'wxfeedfacecafe9999',
            'amount': {'total': 100, 'payer_total': 100, 'currency': 'USD'},
        }
        for name, value in spoiled.items():
            order, attempt = self._create_pending()
            self.wechat.pay(attempt.out_trade_no)
            before = self.channel.refused_count
            notice = self._deliver(self.wechat.transaction(attempt.out_trade_no, **{name: value}))
            self.assertRecordValues(notice, [{'state': 'refused', 'attempt_id': attempt.id}])
            self.assertRecordValues(order, [{'state': 'pending', 'paid_fen': 0}])
            self.assertRecordValues(attempt, [{'state': 'open', 'transaction_id': False}])
            self.assertEqual(self.channel.refused_count, before + 1)
            self.assertTrue(order.activity_ids)
        self.assertEqual(self.hooks.calls, [])

    @mute_logger(NOTIFICATION)
    def test_notice_of_another_merchant_is_refused_and_counted(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        notice = self._deliver(self.wechat.transaction(attempt.out_trade_no, mchid='1900000001'))
        self.assertEqual((notice.state, order.state), ('refused', 'pending'))
        self.assertEqual(self.channel.refused_count, 1)
        self.assertEqual(self.channel.refused_reason, 'wrong mchid')

    @mute_logger(NOTIFICATION, STATES)
    def test_money_for_an_unknown_number_is_told(self):
        _order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        notice = self._deliver(
            self.wechat.transaction(attempt.out_trade_no, out_trade_no='UNKNOWN01')
        )
        self.assertEqual(notice.state, 'refused')
        self.assertIn('UNKNOWN01', notice.outcome)
        self.assertTrue(self.channel.activity_ids)

    @mute_logger(NOTIFICATION, STATES)
    def test_number_of_another_channel_is_unknown(self):
        _order, attempt = self._create_pending()
        paid = self.wechat.pay(attempt.out_trade_no)
        self.channel.slug = 'elsewhere'
        self.env.flush_all()
        other = self.channel.copy({'slug': 'test-channel', **self._copied_keys()})
        notice = self._deliver(paid)
        self.assertEqual(notice.channel_id, other)
        self.assertEqual(notice.state, 'refused')

    def _copied_keys(self):
        names = ('mchid', 'merchant_serial', 'private_key', 'apiv3_key')
        names += ('public_key_id', 'public_key_pem')
        return {name: self.channel[name] for name in names}

    @mute_logger(BOOKING, STATES)
    def test_second_transaction_for_a_number_is_not_booked_over_the_first(self):
        order, attempt = self._create_paid()
        first = attempt.transaction_id
        notice = self._deliver(self.wechat.pay(attempt.out_trade_no, transaction_id='42009'))
        self.assertEqual((notice.state, attempt.transaction_id), ('refused', first))
        self.assertEqual(order.paid_fen, 100)
        self.assertTrue(order.activity_ids)

    def test_other_kinds_are_kept_and_ignored(self):
        for event, kind in (
            ('TRANSACTION.SUCCESS', 'profitsharing'),
            ('MCHTRANSFER.BILL.FINISHED', 'mch_payment'),
        ):
            notice = self._deliver({'any': 'thing'}, event=event, kind=kind)
            self.assertEqual(notice.state, 'ignored')
            self.assertFalse(notice.next_try_at)

    def test_notice_that_cannot_be_opened_is_kept_until_the_key_is_right(self):
        order, attempt = self._create_pending()
        paid = self.wechat.pay(attempt.out_trade_no)
        self.channel.apiv3_key = 'k' * 32
        notice = self._deliver(paid)
        self.assertEqual((notice.state, notice.business_key), ('received', False))
        self.assertIn('APIv3', notice.last_error)
        self.channel.apiv3_key = APIV3_KEY
        self._run_jobs(notice)
        self.assertEqual((notice.state, order.state), ('done', 'paid'))

    @mute_logger(STATES, 'odoo.addons.wx_base.models.wx_job_mixin')
    def test_notice_that_never_opens_is_given_up_and_told(self):
        self.channel.apiv3_key = 'k' * 32
        notice = self._deliver({'any': 'thing'})
        notice.try_count = 11
        self._run_jobs(notice)
        self.assertTrue(notice.dead)
        self.assertTrue(self.channel.activity_ids)

    # === EVIDENCE === #

    def test_stored_notice_is_neither_changed_nor_deleted(self):
        _order, attempt = self._create_pending()
        notice = self._deliver(self.wechat.pay(attempt.out_trade_no))
        for name in ('body', 'headers', 'event_id', 'dedup_key'):
            with self.assertRaises(UserError):
                notice[name] = 'forged'
        with self.assertRaises(UserError):
            notice.unlink()
