from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .alipay_keys import APP_KEY, NEXT_ALIPAY_KEY, SELLER
from .fake_alipay import PAYER
from .kind_common import NotifyHttpCommon
from .test_alipay import AlipayCommon
from .wechat_pay_keys import public_pem

INTAKE = 'odoo.addons.wx_payment.models.wx_payment_notification_intake'
BOOKING = 'odoo.addons.wx_payment.models.wx_payment_attempt_booking'
NOTIFICATION = 'odoo.addons.wx_payment.models.wx_payment_notification'
STATES = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'


@tagged('post_install', '-at_install')
class TestAlipayNotifyHttp(AlipayCommon, NotifyHttpCommon, HttpCase):
    scene = 'page'

    def _assert_answer(self, response, accepted):
        """The seven letters and nothing else end the deliveries."""
        self.assertEqual(response.content, b'success' if accepted else b'fail')
        self.assertTrue(response.headers['Content-Type'].startswith('text/plain'))

    def _notice(self, **spoil):
        return self.fake.notice(self.attempt.out_trade_no, **spoil)

    # === GOOD === #

    def test_notice_is_stored_acknowledged_and_processed(self):
        self._assert_processed_as('done', *self._notice())
        self._assert_paid(self.order, self.attempt)

    def test_repeated_notice_is_stored_once(self):
        notice = self._notice()
        for _i in range(3):
            self._assert_stored(*notice)
        self._assert_stored(*self._notice())
        self.assertEqual(len(self._notices()), 1)

    def test_next_key_of_alipay_is_accepted_beside_the_present_one(self):
        self.channel.second_public_key_pem = public_pem(NEXT_ALIPAY_KEY)
        self.env.flush_all()
        self._assert_processed_as('done', *self._notice(key=NEXT_ALIPAY_KEY))
        self.assertEqual(self.order.state, 'paid')

    def test_raw_text_is_for_few_and_masked_for_the_others(self):
        notice = self._assert_processed_as('done', *self._notice())
        self.assertIn(PAYER, notice.body)
        self.assertIn(f'out_trade_no: {self.attempt.out_trade_no}', notice.masked_body)
        for secret in (PAYER, '1.00', 'Thailand'):
            self.assertNotIn(secret, notice.masked_body)
        support = self._create_staff('alipay_support', 'support')
        shown = notice.with_user(support)
        self.assertIn('buyer_id: ***', shown.read(['masked_body'])[0]['masked_body'])
        with self.assertRaises(AccessError):
            shown.read(['body'])

    # === NOT PROVEN === #

    @mute_logger(INTAKE)
    def test_what_alipay_did_not_sign_is_refused_and_counted(self):
        for key in (APP_KEY, NEXT_ALIPAY_KEY):
            self._assert_not_proven(*self._notice(key=key))
        headers, body = self._notice()
        self._assert_not_proven(headers, body.replace(b'total_amount=1.00', b'total_amount=9.00'))
        self._assert_not_proven(headers, body + b'&total_amount=1.00')
        self._assert_not_proven(headers, b'{"id": "1"}')
        self._assert_not_proven(headers, b'')

    # === NOT OURS === #

    @mute_logger(BOOKING, STATES)
    def test_wrong_app_and_currency_are_refused_and_counted(self):
        for spoil in ({'app_id': '2021000000000999'}, {'trans_currency': 'USD'}):
            # Another state of the trade, as the same fact is stored once only.
            before = self._refused_count()
            notice = self._notice(**spoil, trade_no=f'22{len(self._notices())}')
            self._assert_processed_as('refused', *notice)
            self.assertEqual(self._refused_count(), before + 1)
        self.assertRecordValues(self.order, [{'state': 'pending', 'paid_fen': 0}])

    @mute_logger(NOTIFICATION)
    def test_wrong_or_missing_seller_is_refused_and_counted(self):
        for number, seller in enumerate(('2088999999999999', None)):
            self._assert_processed_as(
                'refused', *self._notice(seller_id=seller, trade_no=f'22{number}')
            )
        self.assertEqual(self._refused_count(), 2)
        self.assertEqual(self.order.state, 'pending')
        self.assertNotEqual(SELLER, '2088999999999999')

    @mute_logger(STATES)
    def test_wrong_amount_goes_back_and_serves_nobody(self):
        self._assert_processed_as('done', *self._notice(total_amount='0.01'))
        self.assertRecordValues(self.attempt, [{'state': 'suspense', 'suspense_reason': 'amount'}])
        self.assertEqual((self.order.state, self.hooks.calls), ('pending', []))

    # === REFUNDS === #

    def _refund_in_console(self, number, amount):
        self.fake.refunds[number] = {
            'out_trade_no': self.attempt.out_trade_no,
            'amount': amount,
            'done': False,
        }
        self.fake.finish_refund(number)

    def test_refund_of_the_console_is_asked_for_and_taken_in(self):
        self._assert_processed_as('done', *self._notice())
        self._refund_in_console('CONSOLE-1', '0.30')
        self._assert_processed_as('done', *self.fake.refund_notice('CONSOLE-1'))
        self.assertRecordValues(
            self.order.refund_ids,
            [{'out_refund_no': 'CONSOLE-1', 'amount_fen': 30, 'state': 'done', 'outside': True}],
        )
        self.assertRecordValues(self.order, [{'state': 'paid', 'refunded_fen': 30}])
        self._refund_in_console('CONSOLE-2', '0.70')
        self._assert_processed_as('done', *self.fake.refund_notice('CONSOLE-2'))
        self.assertRecordValues(self.order, [{'state': 'refunded', 'refunded_fen': 100}])

    def test_notice_of_a_partial_refund_pays_nothing_twice(self):
        self._assert_processed_as('done', *self._notice())
        self._refund_in_console('CONSOLE-1', '0.30')
        self._assert_processed_as('done', *self.fake.refund_notice('CONSOLE-1'))
        self.assertEqual(
            self.hooks.calls, [('paid', self.order.res_id), ('refund ended', self.order.res_id)]
        )

    def test_refund_before_its_payment_waits_for_it(self):
        self._refund_in_console('CONSOLE-1', '0.30')
        early = self._assert_processed_as('received', *self.fake.refund_notice('CONSOLE-1'))
        self._assert_processed_as('done', *self._notice())
        self._run_jobs(early)
        self.assertEqual(early.state, 'done')
        self.assertRecordValues(self.order, [{'state': 'paid', 'refunded_fen': 30}])

    def test_closed_trade_closes_the_attempt(self):
        other, attempt, invoke = self._start('page')
        self.fake.open(invoke)
        self.fake.trades[attempt.out_trade_no]['status'] = 'TRADE_CLOSED'
        self._assert_processed_as(
            'done', *self.fake.notice(attempt.out_trade_no, refund_fee='0.00')
        )
        self.assertEqual((other.state, attempt.state), ('pending', 'closed'))

    # === OTHER KINDS === #

    def test_transfer_is_stored_and_ignored_with_words(self):
        notice = self._notice(notify_type='alipay.fund.trans.order.changed')
        self._assert_stored(*notice, topic='transfer')
        stored = self._notices()
        self._run_jobs(stored)
        self.assertRecordValues(stored, [{'state': 'ignored', 'topic': 'transfer'}])
        self.assertIn('transfers', stored.outcome)

    def test_unknown_state_of_a_trade_is_not_readable(self):
        with mute_logger(INTAKE):
            response = self._post(*self._notice(trade_status='TRADE_STRANGE'))
        self.assertEqual((response.status_code, response.content), (400, b'fail'))
        self.assertFalse(self._notices())

    @mute_logger('odoo.addons.wx_payment.controllers.dispatcher')
    def test_word_of_another_provider_leads_nowhere(self):
        headers, body = self._notice()
        response = self.url_open('/payment/wechat/notify/kind-channel', data=body, headers=headers)
        self.assertEqual(response.status_code, 404)
        self.assertFalse(self._notices())
