from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import RefusedByProvider
from odoo.addons.wx_base.tools import http as wx_http

from .fake_wechat_pay_v2 import APIV2_KEY, FakeWeChatPayV2, sign
from .kind_common import PAGE, PREPAY, QUERY, KindCommon, SceneCases
from .wechat_pay_keys import MCHID, MERCHANT_KEY, MERCHANT_SERIAL, make_certificate, private_pem

REFUND = 'odoo.addons.wx_payment.models.wx_payment_refund'


class V2Common(KindCommon):
    kind = 'wxpay_v2'
    sign_type = 'HMAC-SHA256'

    @classmethod
    def _channel_values(cls, **values):
        return super()._channel_values(
            **{
                'mchid': MCHID,
                'apiv2_key': APIV2_KEY,
                'sign_type': cls.sign_type,
                'private_key': private_pem(MERCHANT_KEY),
                'merchant_certificate': make_certificate(MERCHANT_SERIAL, MERCHANT_KEY),
            }
            | values
        )

    def _create_fake(self):
        return FakeWeChatPayV2(self.sign_type)


@tagged('post_install', '-at_install')
class TestV2Scenes(SceneCases, V2Common):
    scenes = ('miniprogram', 'jsapi', 'app', 'h5', 'native')

    def test_signed_fields_of_each_client(self):
        _order, _attempt, invoke = self._start('jsapi')
        self.assertEqual(invoke['signType'], self.sign_type)
        self.assertEqual(invoke.pop('paySign'), sign(invoke, self.sign_type))
        _order, _attempt, invoke = self._start('miniprogram')
        self.assertNotIn('appId', invoke)
        _order, _attempt, invoke = self._start('app')
        self.assertEqual((invoke['partnerid'], invoke['package']), (MCHID, 'Sign=WXPay'))
        self.assertEqual(invoke.pop('sign'), sign(invoke, self.sign_type))

    def test_addresses_of_qr_and_mobile_page(self):
        _order, _attempt, invoke = self._start('native')
        self.assertTrue(invoke['code_url'].startswith('weixin://'))
        _order, attempt, invoke = self._start('h5')
        self.assertIn('redirect_url=', invoke['h5_url'])
        self.assertIn(PAGE.removeprefix('https://'), invoke['h5_url'].replace('%2F', '/'))
        request = self.fake.orders[attempt.out_trade_no]['request']
        self.assertEqual(request['spbill_create_ip'], '203.0.113.7')

    def test_refund_shows_the_merchant_certificate(self):
        order, _attempt = self._create_paid_by('jsapi')
        shown = []

        def send(*args, certificate=None, **kwargs):
            shown.append(certificate)
            return self.fake(*args, certificate=certificate, **kwargs)

        self.patch(wx_http, 'send', send)
        self._run_jobs(order._request_refund(40, 'x'))
        self.assertEqual(
            shown,
            [
                wx_http.ClientCertificate(
                    self.channel.merchant_certificate, self.channel.private_key
                )
            ],
        )

    @mute_logger(REFUND)
    def test_refund_without_an_answer_is_asked_for_and_not_repeated(self):
        order, _attempt = self._create_paid_by('jsapi')
        self.fake.calls.clear()
        refund = order._request_refund(40, 'x')
        self.fake.faults['refund'] = [('after', TimeoutError())]
        self._run_jobs(refund)
        self.assertEqual((refund.state, len(self.fake.refunds)), ('processing', 1))
        self.assertEqual(self._names(), ['refund', 'refundquery'])

    @mute_logger(PREPAY)
    def test_app_of_another_merchant_is_told_in_words(self):
        self.fake.faults['unifiedorder'] = ['APPID_MCHID_NOT_MATCH']
        order = self._create_order()
        self._expect(RefusedByProvider, order._pay, self._way('jsapi'))
        self.assertIn('is not bound to the merchant', order.attempt_ids.last_error)


@tagged('post_install', '-at_install')
class TestV2Md5(SceneCases, V2Common):
    """An old account whose other systems sign with MD5."""

    sign_type = 'MD5'
    scenes = ('jsapi',)


@tagged('post_install', '-at_install')
class TestV2Code(V2Common):
    """Staff scan the customer's code."""

    def test_customer_who_pays_at_once(self):
        order, attempt, invoke = self._start('code')
        self.assertEqual(invoke, {})
        self._assert_paid(order, attempt)
        self.assertEqual(self._names(), ['micropay'])

    def test_customer_who_types_a_password_is_asked_for(self):
        self.fake.payer = 'types'
        order, attempt, _invoke = self._start('code')
        self.assertRecordValues(attempt, [{'state': 'open', 'trade_state': 'USERPAYING'}])
        self._run_jobs(attempt)
        self.assertEqual(order.state, 'pending')
        self.fake.pay(attempt.out_trade_no)
        self._run_jobs(attempt)
        self._assert_paid(order, attempt)
        self.assertEqual(self._names(), ['micropay', 'orderquery', 'orderquery'])

    def test_customer_who_takes_too_long_is_sent_away(self):
        self.fake.payer = 'types'
        order, attempt, _invoke = self._start('code')
        attempt.prepay_at = '2026-01-01 00:00:00'
        self._run_jobs(attempt)
        self.assertEqual((order.state, attempt.state), ('pending', 'closed'))
        self.assertEqual(self._names(), ['micropay', 'orderquery', 'reverse'])
        self.assertEqual(self.fake.orders[attempt.out_trade_no]['state'], 'REVOKED')

    def test_reverse_that_has_to_be_repeated_is(self):
        self.fake.payer = 'types'
        _order, attempt, _invoke = self._start('code')
        attempt.prepay_at = '2026-01-01 00:00:00'
        self.fake.recall = [True]
        self._run_jobs(attempt)
        self.assertEqual(attempt.state, 'open')
        self.assertTrue(attempt.next_try_at)
        self._run_jobs(attempt)
        self.assertEqual(attempt.state, 'closed')

    @mute_logger(PREPAY)
    def test_unclear_charge_is_asked_for_and_not_repeated(self):
        for fault in ('SYSTEMERROR', 'BANKERROR', TimeoutError()):
            self.fake.faults['micropay'] = [fault]
            order, attempt, _invoke = self._start('code')
            self.assertEqual((order.state, attempt.state), ('pending', 'open'))
        self.fake.faults['micropay'] = [('after', TimeoutError())]
        order, attempt, _invoke = self._start('code')
        self.assertEqual(order.state, 'pending')
        self._run_jobs(attempt)
        self._assert_paid(order, attempt)
        self.assertEqual(self._names().count('micropay'), 4)

    @mute_logger(PREPAY, QUERY)
    def test_customer_without_money_may_try_again_under_another_number(self):
        self.fake.payer = 'lacks'
        order = self._create_order()
        self._expect(RefusedByProvider, order._pay, self._way('code'))
        first = order.attempt_ids
        self.assertEqual(first.state, 'closed')
        self.fake.payer = 'pays'
        order._pay(self._way('code'))
        self._assert_paid(order, order.attempt_ids - first)

    def test_refund_of_a_scanned_code(self):
        order, _attempt = self._create_paid_by('code')
        for part in (40, 60):
            refund = order._request_refund(part, 'x')
            self._run_jobs(refund)
            self.fake.finish_refund(refund.out_refund_no)
            self._deliver_raw(*self.fake.refund_notice(refund.out_refund_no))
        self.assertEqual((order.state, order.refunded_fen), ('refunded', 100))
