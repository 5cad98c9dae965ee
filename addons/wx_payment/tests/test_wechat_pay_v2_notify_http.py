from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.tools import http as wx_http

from .common import SLUG
from .fake_wechat_pay_v2 import APIV2_KEY, FakeWeChatPayV2
from .kind_common import NotifyHttpCommon
from .test_wechat_pay_v2 import V2Common

INTAKE = 'odoo.addons.wx_payment.models.wx_payment_notification_intake'
BOOKING = 'odoo.addons.wx_payment.models.wx_payment_attempt_booking'
NOTIFICATION = 'odoo.addons.wx_payment.models.wx_payment_notification'
STATES = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'

ACCEPTED = (
    b'<xml><return_code><![CDATA[SUCCESS]]></return_code>'
    b'<return_msg><![CDATA[OK]]></return_msg></xml>'
)


class V2NotifyCommon(V2Common, NotifyHttpCommon):
    scene = 'jsapi'

    def _assert_answer(self, response, accepted):
        """One exact body ends the deliveries."""
        if accepted:
            self.assertEqual(response.content, ACCEPTED)
        else:
            self.assertIn(b'<![CDATA[FAIL]]>', response.content)
        self.assertTrue(response.headers['Content-Type'].startswith('text/xml'))

    def _notice(self, **spoil):
        return self.fake.notice(self.attempt.out_trade_no, **spoil)


@tagged('post_install', '-at_install')
class TestV2NotifyHttp(V2NotifyCommon, HttpCase):
    # === GOOD === #

    def test_notice_is_stored_acknowledged_and_processed(self):
        self._assert_processed_as('done', *self._notice())
        self._assert_paid(self.order, self.attempt)

    def test_repeated_notice_is_stored_once(self):
        for _i in range(3):
            # Another nonce each time, and so another signature.
            self._assert_stored(*self._notice())
        self.assertEqual(len(self._notices()), 1)

    def test_screen_shows_no_payer(self):
        notice = self._assert_processed_as('done', *self._notice())
        self.assertIn(self.wx_user.openid, notice.body)
        self.assertNotIn(self.wx_user.openid, notice.masked_body)
        self.assertIn(self.attempt.out_trade_no, notice.masked_body)

    # === NOT PROVEN === #

    @mute_logger(INTAKE)
    def test_what_wechat_pay_did_not_sign_is_refused_and_counted(self):
        self._assert_not_proven(*self._notice(key='x' * 32))
        self._assert_not_proven(*self._notice(sign_type='MD5'))
        headers, body = self._notice()
        self._assert_not_proven(headers, body.replace(b'[100]', b'[900]'))
        self._assert_not_proven(headers, b'<xml><return_code>SUCCESS</return_code></xml>')
        self._assert_not_proven(headers, b'')

    @mute_logger(INTAKE)
    def test_weaker_signature_is_refused_even_when_the_message_names_it(self):
        self._assert_not_proven(*self._notice(sign_type='MD5', named='MD5'))

    @mute_logger(INTAKE)
    def test_document_type_is_refused(self):
        headers, body = self._notice()
        self._assert_not_proven(headers, b'<!DOCTYPE xml [<!ENTITY x "y">]>' + body)

    @mute_logger(INTAKE)
    def test_another_merchant_with_the_same_key_is_refused(self):
        self._assert_not_proven(*self._notice(mch_id='1900000001'))

    # === NOT OURS === #

    @mute_logger(BOOKING, STATES)
    def test_wrong_app_and_currency_are_refused_and_counted(self):
        for number, spoil in enumerate(({'appid': 'wxfeedfacecafe9999'}, {'fee_type': 'USD'})):
            self._assert_processed_as(
                'refused', *self._notice(transaction_id=f'42{number}', **spoil)
            )
        self.assertEqual(self._refused_count(), 2)
        self.assertRecordValues(self.order, [{'state': 'pending', 'paid_fen': 0}])

    @mute_logger(STATES)
    def test_wrong_amount_goes_back_and_serves_nobody(self):
        self._assert_processed_as('done', *self._notice(total_fee='1'))
        self.assertRecordValues(self.attempt, [{'state': 'suspense', 'suspense_reason': 'amount'}])
        self.assertEqual((self.order.state, self.hooks.calls), ('pending', []))

    # === REFUNDS === #

    def test_refund_of_the_console_is_asked_for_and_taken_in(self):
        self._assert_processed_as('done', *self._notice())
        self.fake.refund_outside(self.attempt.out_trade_no, 'CONSOLE-1', 30)
        self.fake.calls.clear()
        self._assert_stored(*self.fake.refund_notice('CONSOLE-1'), topic='refund')
        stored = self._notices()[0]
        self._run_jobs(stored)
        self.assertRecordValues(stored, [{'state': 'done', 'topic': 'refund'}])
        self.assertEqual(self._names(), ['refundquery'])
        self.assertRecordValues(self.order, [{'state': 'paid', 'refunded_fen': 30}])

    def test_forged_content_of_a_refund_notice_changes_nothing(self):
        """Who knows the key could put one together; what WeChat Pay says on asking counts."""
        self._assert_processed_as('done', *self._notice())
        refund = self.order._request_refund(40, 'x')
        self._run_jobs(refund)
        forged = self.fake.refund_notice(refund.out_refund_no, refund_status='SUCCESS')
        self._assert_processed_as('done', *forged)
        self.assertRecordValues(refund, [{'state': 'processing'}])
        self.assertEqual(self.order.refunded_fen, 0)

    @mute_logger('odoo.addons.wx_payment.models.wx_payment_refund_booking', STATES)
    def test_card_that_takes_nothing_needs_a_person(self):
        self._assert_processed_as('done', *self._notice())
        refund = self.order._request_refund(40, 'x')
        self._run_jobs(refund)
        self.fake.finish_refund(refund.out_refund_no, 'CHANGE')
        self._assert_processed_as('done', *self.fake.refund_notice(refund.out_refund_no))
        self.assertEqual(refund.state, 'abnormal')
        self.assertTrue(self.order.activity_ids)

    def test_question_without_an_answer_is_asked_again(self):
        self._assert_processed_as('done', *self._notice())
        self.fake.refund_outside(self.attempt.out_trade_no, 'CONSOLE-1', 30)
        self.fake.faults['refundquery'] = [TimeoutError()]
        notice = self._assert_processed_as('received', *self.fake.refund_notice('CONSOLE-1'))
        self.assertTrue(notice.next_try_at)
        self._run_jobs(notice)
        self.assertEqual((notice.state, self.order.refunded_fen), ('done', 30))

    @mute_logger(INTAKE)
    def test_refund_sealed_with_another_key_is_refused(self):
        self.fake.pay(self.attempt.out_trade_no)
        self.fake.refund_outside(self.attempt.out_trade_no, 'CONSOLE-1', 30)
        self._assert_not_proven(*self.fake.refund_notice('CONSOLE-1', key='x' * 32))
        self._assert_not_proven(*self.fake.refund_notice('CONSOLE-1', mchid='1900000001'))


@tagged('post_install', '-at_install')
class TestV3OldRefundNotice(V2NotifyCommon, HttpCase):
    """Refunds made in the console arrive in the old form at channels of v3, too."""

    kind = 'wxpay_v2'

    def setUp(self):
        super().setUp()
        self.patch(wx_http, 'send', self.wechat)
        self.channel = self.v3_channel
        self.channel.apiv2_key = APIV2_KEY
        self.order, self.attempt = self._create_pending()
        self.paid = self.wechat.pay(self.attempt.out_trade_no)
        self.env.flush_all()

    def _old_notice(self, **spoil):
        """Refund at the present WeChat Pay, and tell of it as the old one does."""
        self.wechat._do_refund(
            None,
            {
                'out_refund_no': 'CONSOLE-1',
                'transaction_id': self.paid['transaction_id'],
                'amount': {'refund': 30, 'total': 100, 'currency': 'CNY'},
            },
        )
        refund = self.wechat.finish_refund('CONSOLE-1')
        old = FakeWeChatPayV2()
        old.refunds['CONSOLE-1'] = {
            'request': {
                'appid': self.app.appid,
                'transaction_id': self.paid['transaction_id'],
                'total_fee': '100',
                'refund_fee': '30',
            },
            'status': 'SUCCESS',
            'refund_id': refund['refund_id'],
            'out_trade_no': self.attempt.out_trade_no,
        }
        return old.refund_notice('CONSOLE-1', **spoil)

    def _post(self, headers, body, slug=f'{SLUG}-other', topic='refund'):
        return super()._post(headers, body, slug=slug, topic=topic)

    def _assert_answer(self, response, accepted):
        """A channel of v3 answers as v3 does."""
        self.assertEqual(response.json()['code'], 'SUCCESS' if accepted else 'FAIL')

    def _receive(self, headers, body, slug=f'{SLUG}-other', topic='notify'):
        return super()._receive(headers, body, slug=slug, topic=topic)

    def test_it_is_opened_asked_for_and_taken_in(self):
        self._deliver(self.paid)
        self.wechat.calls.clear()
        before = self._notices()
        self._assert_stored(*self._old_notice())
        stored = self._notices() - before
        self._run_jobs(stored)
        self.assertEqual(stored.state, 'done')
        self.assertEqual([name for name, _number in self.wechat.calls], ['refund_query'])
        self.assertRecordValues(self.order, [{'state': 'paid', 'refunded_fen': 30}])

    @mute_logger(INTAKE)
    def test_without_the_old_key_it_is_refused(self):
        self.channel.apiv2_key = False
        self.env.flush_all()
        self._assert_not_proven(*self._old_notice())

    @mute_logger(INTAKE)
    def test_sealed_with_another_key_it_is_refused(self):
        self._assert_not_proven(*self._old_notice(key='x' * 32))
