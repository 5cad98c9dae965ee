import json
import time

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .. import const
from .common import NOTIFY_PATH, SLUG, PaymentCommon
from .wechat_pay_keys import MERCHANT_KEY, STRANGER_KEY, signed_headers

INTAKE = 'odoo.addons.wx_payment.models.wx_payment_notification_intake'
DISPATCHER = 'odoo.addons.wx_payment.controllers.dispatcher'


@tagged('post_install', '-at_install')
class TestNotifyHttp(PaymentCommon, HttpCase):
    """Truly signed and encrypted bodies through the route."""

    def setUp(self):
        super().setUp()
        self.order, self.attempt = self._create_pending()
        self.paid = self.wechat.pay(self.attempt.out_trade_no)

    def _post(self, headers, body, slug=SLUG, method='POST'):
        return self.url_open(f'{NOTIFY_PATH}{slug}', data=body, headers=headers, method=method)

    def _notices(self):
        return self.env['wx.payment.notification'].search([])

    def _assert_refused(self, response, status=401):
        """The provider reads JSON, nothing was stored or booked, and it was counted."""
        self.assertEqual(response.status_code, status)
        self.assertEqual(response.headers['Content-Type'], 'application/json; charset=utf-8')
        self.assertEqual(response.json()['code'], 'FAIL')
        self.assertNotIn('Traceback', response.text)
        self.assertFalse(self._notices())
        self.assertEqual(self.order.state, 'pending')

    # === GOOD === #

    def test_valid_notice_is_stored_and_acknowledged(self):
        response = self._post(*self.wechat.notice(self.paid))
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), {'code': 'SUCCESS'})
        notice = self._notices()
        self.assertEqual((len(notice), notice.state), (1, 'received'))
        self._run_jobs(notice)
        self.assertEqual(self.order.state, 'paid')

    def test_answer_sets_no_cookie(self):
        response = self._post(*self.wechat.notice(self.paid))
        self.assertNotIn('Set-Cookie', response.headers)

    def test_replayed_notice_is_acknowledged_and_stored_once(self):
        notice = self.wechat.notice(self.paid)
        for _i in range(3):
            self.assertEqual(self._post(*notice).status_code, 200)
        self.assertEqual(len(self._notices()), 1)

    def test_notice_is_acknowledged_again_after_it_was_processed(self):
        notice = self.wechat.notice(self.paid)
        self._post(*notice)
        self._run_jobs(self._notices())
        self.assertEqual(self._post(*notice).status_code, 200)
        self.assertEqual(self.hooks.calls, [('paid', self.order.res_id)])

    def test_refund_notice_before_the_payment_notice_ends_the_same(self):
        self.wechat._do_refund(
            None,
            {
                'out_refund_no': 'CONSOLE-9',
                'transaction_id': self.paid['transaction_id'],
                'amount': {'refund': 30, 'total': 100, 'currency': 'CNY'},
            },
        )
        self.wechat.finish_refund('CONSOLE-9')
        self.assertEqual(self._post(*self.wechat.refund_notice('CONSOLE-9')).status_code, 200)
        self.assertEqual(self._post(*self.wechat.notice(self.paid)).status_code, 200)
        self._run_jobs(self._notices().sorted('id'))
        self._run_jobs(self._notices().filtered('next_try_at'))
        self.assertRecordValues(self.order, [{'state': 'paid', 'refunded_fen': 30}])

    def test_content_type_does_not_matter(self):
        for content_type in ('application/x-www-form-urlencoded', 'text/plain', 'text/xml'):
            headers, body = self.wechat.notice(self.paid)
            headers['Content-Type'] = content_type
            self.assertEqual(self._post(headers, body).status_code, 200)
        self.assertEqual(len(self._notices()), 1)

    # === NOT PROVEN === #

    @mute_logger(INTAKE)
    def test_wrong_key_is_refused_and_counted(self):
        for key in (STRANGER_KEY, MERCHANT_KEY):
            self._assert_refused(self._post(*self.wechat.notice(self.paid, key=key)))
        self.channel.invalidate_recordset()
        self.assertEqual(self.channel.refused_count, 2)
        self.assertTrue(self.channel.refused_at)

    @mute_logger(INTAKE)
    def test_altered_byte_is_refused(self):
        headers, body = self.wechat.notice(self.paid)
        for position in (0, len(body) // 2, len(body) - 1):
            altered = bytearray(body)
            altered[position] ^= 1
            self._assert_refused(self._post(headers, bytes(altered)))

    @mute_logger(INTAKE)
    def test_old_and_future_timestamps_are_refused(self):
        for offset in (-3600, -301, 301, 3600):
            notice = self.wechat.notice(self.paid, now=int(time.time()) + offset)
            self._assert_refused(self._post(*notice))

    @mute_logger(INTAKE)
    def test_probe_is_refused_and_its_good_twin_accepted(self):
        headers, body = self.wechat.notice(self.paid)
        for probe in ('WECHATPAY/SIGNTEST/Q29uZw==', 'WECHATPAY/SIGNTEST/no base64 !'):
            self._assert_refused(self._post({**headers, 'Wechatpay-Signature': probe}, body))
        self.assertEqual(self._post(headers, body).status_code, 200)

    @mute_logger(INTAKE)
    def test_missing_headers_are_refused(self):
        headers, body = self.wechat.notice(self.paid)
        for name in ('Timestamp', 'Nonce', 'Signature', 'Serial'):
            spoiled = {key: value for key, value in headers.items() if not key.endswith(name)}
            self._assert_refused(self._post(spoiled, body))

    @mute_logger(INTAKE)
    def test_unsigned_xml_of_a_v2_notice_is_refused(self):
        body = b'<xml><return_code>SUCCESS</return_code></xml>'
        self._assert_refused(self._post({'Content-Type': 'text/xml'}, body))

    # === NOT READABLE === #

    @mute_logger(INTAKE)
    def test_signed_body_that_is_no_json_is_refused_and_counted(self):
        for body in (b'', b'<xml/>', b'[]', b'{"id": 1}', b'\xff\xfe', b'{' * 2000):
            self._assert_refused(self._post(signed_headers(body), body), 400)
        self.channel.invalidate_recordset()
        self.assertEqual(self.channel.refused_count, 6)
        self.assertEqual(self.channel.refused_reason, 'not readable')

    @mute_logger(DISPATCHER, INTAKE)
    def test_oversized_body_is_refused(self):
        body = json.dumps({'id': 'x' * const.MAX_NOTICE_BYTES}).encode()
        self._assert_refused(self._post(signed_headers(body), body), 413)

    @mute_logger(DISPATCHER)
    def test_error_of_ours_is_no_error_page(self):
        def fail(*args, **kwargs):
            raise ZeroDivisionError

        self.patch(type(self.env['wx.payment.notification']), '_receive', fail)
        with mute_logger('odoo.http'):
            self._assert_refused(self._post(*self.wechat.notice(self.paid)), 500)

    # === NOT OURS === #

    @mute_logger(DISPATCHER)
    def test_unknown_channel_is_not_found(self):
        self._assert_refused(self._post(*self.wechat.notice(self.paid), slug='nobody'), 404)

    def test_reading_is_not_allowed(self):
        response = self.url_open(f'{NOTIFY_PATH}{SLUG}', method='GET')
        self.assertEqual(response.status_code, 405)

    @mute_logger(
        'odoo.addons.wx_payment.models.wx_payment_attempt_booking',
        'odoo.addons.wx_payment.models.wx_payment_notification',
        'odoo.addons.wx_payment.models.wx_payment_state_mixin',
    )
    def test_wrong_merchant_app_and_currency_are_stored_refused_and_not_booked(self):
        spoiled = (
            {'mchid': '1900000001'},
            {'appid': 'wxfeedfacecafe9999'},
            {'amount': {'total': 100, 'payer_total': 100, 'currency': 'USD'}},
        )
        for number, part in enumerate(spoiled):
            resource = self.wechat.transaction(
                self.attempt.out_trade_no, transaction_id=f'42{number}', **part
            )
            self.assertEqual(self._post(*self.wechat.notice(resource)).status_code, 200)
        notices = self._notices()
        self._run_jobs(notices)
        self.assertEqual(notices.mapped('state'), ['refused'] * 3)
        self.assertRecordValues(self.order, [{'state': 'pending', 'paid_fen': 0}])
        self.channel.invalidate_recordset()
        self.assertEqual(self.channel.refused_count, 3)

    @mute_logger('odoo.addons.wx_payment.models.wx_payment_state_mixin')
    def test_wrong_amount_goes_back_and_serves_nobody(self):
        amount = {'total': 1, 'payer_total': 1, 'currency': 'CNY'}
        resource = self.wechat.transaction(self.attempt.out_trade_no, amount=amount)
        self.assertEqual(self._post(*self.wechat.notice(resource)).status_code, 200)
        self._run_jobs(self._notices())
        self.assertRecordValues(self.attempt, [{'state': 'suspense', 'suspense_reason': 'amount'}])
        self.assertRecordValues(self.attempt.refund_ids, [{'amount_fen': 1, 'state': 'queued'}])
        self.assertEqual((self.order.state, self.hooks.calls), ('pending', []))
