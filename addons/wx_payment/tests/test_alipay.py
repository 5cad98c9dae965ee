import json

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, RefusedByProvider

from .alipay_keys import (
    ALIPAY_APPID,
    ALIPAY_CERTIFICATE,
    ALIPAY_KEY,
    ALIPAY_SERIAL,
    APP_CERTIFICATE,
    APP_KEY,
    APP_SERIAL,
    NEXT_ALIPAY_CERTIFICATE,
    NEXT_ALIPAY_KEY,
    NEXT_ALIPAY_SERIAL,
    ROOT,
    SELLER,
    bare,
)
from .fake_alipay import FakeAlipay
from .kind_common import PAGE, PREPAY, QUERY, KindCommon, SceneCases
from .wechat_pay_keys import private_pem, public_pem

WIRE = 'odoo.addons.wx_payment.models.wx_payment_channel_wire'
STATES = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'


class AlipayCommon(KindCommon):
    kind = 'alipay'
    word = 'alipay'
    auth_code = '281234567890123456'

    @classmethod
    def _channel_values(cls, **values):
        return super()._channel_values(
            **{
                'mchid': SELLER,
                'alipay_appid': ALIPAY_APPID,
                'private_key': bare(private_pem(APP_KEY)),
                'verification': 'public_key',
                'public_key_pem': bare(public_pem(ALIPAY_KEY)),
            }
            | values
        )

    def _create_fake(self):
        return FakeAlipay()

    def _pay_there(self, attempt, invoke):
        if invoke:
            self.assertEqual(self.fake.open(invoke), attempt.out_trade_no)
        self.fake.pay(attempt.out_trade_no)


@tagged('post_install', '-at_install')
class TestAlipayScenes(SceneCases, AlipayCommon):
    scenes = ('page', 'h5', 'app', 'native')

    def test_page_and_wap_give_an_address_and_a_form(self):
        for scene, method in (('page', 'page'), ('h5', 'wap')):
            _order, attempt, invoke = self._start(scene)
            self.assertEqual(set(invoke), {'url', 'form'})
            self.assertTrue(invoke['url'].startswith('https://openapi.alipay.com/gateway.do?'))
            self.assertIn(f'alipay.trade.{method}.pay', invoke['url'])
            self.fake.open(invoke)
            trade = self.fake.trades[attempt.out_trade_no]
            self.assertEqual(trade['content']['total_amount'], '1.00')
            self.assertEqual(trade['notify_url'], self.channel.notify_url)
            self.assertIn('/payment/alipay/notify/', trade['notify_url'])
        self.assertEqual(self.fake.calls, [])

    def test_app_gives_an_order_string_and_qr_a_code(self):
        _order, _attempt, invoke = self._start('app')
        self.assertEqual(set(invoke), {'order_string'})
        _order, _attempt, invoke = self._start('native')
        self.assertRegex(invoke['code_url'], r'^https://qr\.alipay\.com/')
        self.assertEqual(self._names(), ['precreate'])

    def test_customer_comes_back_to_the_page_that_was_named(self):
        _order, attempt, _invoke = self._start('page')
        self.assertEqual(json.loads(attempt.prepay_body)['return_url'], PAGE)

    def test_slow_refund_is_asked_for_until_it_is_done(self):
        self.fake.slow_refunds = True
        order, _attempt = self._create_paid_by('native')
        refund = order._request_refund(40, 'Not delivered')
        self._run_jobs(refund)
        self.assertEqual((refund.state, order.state), ('processing', 'refunding'))
        self._run_jobs(refund)
        self.assertEqual(refund.state, 'processing')
        self.fake.finish_refund(refund.out_refund_no)
        self._run_jobs(refund)
        self.assertEqual((refund.state, order.state), ('done', 'paid'))

    @mute_logger('odoo.addons.wx_payment.models.wx_payment_refund')
    def test_refund_without_an_answer_is_repeated_under_its_number(self):
        order, _attempt = self._create_paid_by('native')
        refund = order._request_refund(40, 'Not delivered')
        self.fake.faults['refund'] = [('after', TimeoutError())]
        self._run_jobs(refund)
        self.assertEqual((refund.state, order.refunded_fen), ('done', 40))
        self.assertEqual(len(self.fake.refunds), 1)

    @mute_logger(PREPAY, QUERY, STATES)
    def test_unscanned_code_that_is_paid_after_closing_goes_back(self):
        order, attempt, invoke = self._start('native')
        order._cancel('customer')
        self.assertEqual((order.state, attempt.state), ('closed', 'closed'))
        self._pay_there(attempt, invoke)
        self._deliver_raw(*self.fake.notice(attempt.out_trade_no))
        self.assertRecordValues(attempt, [{'state': 'suspense', 'suspense_reason': 'late'}])
        self._run_jobs(attempt.refund_ids)
        self.assertRecordValues(attempt, [{'refunded_fen': 100}])
        self.assertEqual(self.hooks.calls, [('closed', order.res_id)])


@tagged('post_install', '-at_install')
class TestAlipayCode(AlipayCommon):
    """Staff scan the customer's code."""

    def test_customer_who_pays_at_once(self):
        order, attempt, invoke = self._start('code')
        self.assertEqual(invoke, {})
        self._assert_paid(order, attempt)
        self.assertEqual(self._names(), ['pay'])

    def test_customer_who_types_a_password_is_asked_for(self):
        self.fake.payer = 'types'
        order, attempt, _invoke = self._start('code')
        self.assertRecordValues(attempt, [{'state': 'open', 'trade_state': 'USERPAYING'}])
        self.fake.pay(attempt.out_trade_no)
        self._run_jobs(attempt)
        self._assert_paid(order, attempt)
        self.assertEqual(self._names(), ['pay', 'query'])

    def test_customer_who_takes_too_long_is_sent_away(self):
        self.fake.payer = 'types'
        order, attempt, _invoke = self._start('code')
        attempt.prepay_at = '2026-01-01 00:00:00'
        self._run_jobs(attempt)
        self.assertEqual((order.state, attempt.state), ('pending', 'closed'))
        self.assertEqual(self._names(), ['pay', 'query', 'cancel'])
        self.assertEqual(self.fake.trades[attempt.out_trade_no]['status'], 'TRADE_CLOSED')

    @mute_logger(PREPAY)
    def test_charge_without_an_answer_is_asked_for_and_not_repeated(self):
        self.fake.faults['pay'] = [('after', TimeoutError())]
        order, attempt, _invoke = self._start('code')
        self.assertEqual(order.state, 'pending')
        self._run_jobs(attempt)
        self._assert_paid(order, attempt)
        self.assertEqual(self._names(), ['pay', 'query'])

    @mute_logger(PREPAY, QUERY)
    def test_customer_without_money_may_try_again_under_another_number(self):
        self.fake.payer = 'lacks'
        order = self._create_order()
        self._expect(RefusedByProvider, order._pay, self._way('code'))
        first = order.attempt_ids
        self.assertEqual((order.state, first.state), ('pending', 'closed'))
        self.fake.payer = 'pays'
        order._pay(self._way('code'))
        second = order.attempt_ids - first
        self._assert_paid(order, second)

    @mute_logger(PREPAY, QUERY)
    def test_refused_charge_is_taken_back_and_told(self):
        self.fake.faults['pay'] = ['ACQ.ACCESS_FORBIDDEN']
        order = self._create_order()
        self._expect(RefusedByProvider, order._pay, self._way('code'))
        self.assertEqual(order.attempt_ids.state, 'closed')
        self.assertEqual(self._names(), ['pay', 'query', 'cancel'])

    def test_refund_of_a_scanned_code(self):
        order, _attempt = self._create_paid_by('code')
        for part in (40, 60):
            self._run_jobs(order._request_refund(part, 'x'))
        self.assertEqual((order.state, order.refunded_fen), ('refunded', 100))

    def test_cancelled_order_is_cancelled_there(self):
        self.fake.payer = 'types'
        order, attempt, _invoke = self._start('code')
        order._cancel('customer')
        self.assertEqual((order.state, attempt.state), ('closed', 'closed'))
        self._expect(Conflict, order._pay, self._way('code'))


class CertificateCommon(AlipayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.write(
            {
                'verification': 'certificates',
                'merchant_certificate': APP_CERTIFICATE,
                'root_certificates': ROOT,
                'public_key_pem': False,
                'certificate_ids': [(0, 0, {'pem': ALIPAY_CERTIFICATE})],
            }
        )

    def _create_fake(self):
        fake = FakeAlipay()
        fake.serial = ALIPAY_SERIAL
        return fake


@tagged('post_install', '-at_install')
class TestAlipayCertificates(SceneCases, CertificateCommon):
    """Certificate mode: both serials are sent, and Alipay's own names its certificate."""

    scenes = ('page', 'native')

    def test_serials_are_those_of_alipay(self):
        self.assertEqual(self.channel.merchant_serial, APP_SERIAL)
        self.assertEqual(self.channel.certificate_ids.serial_no, ALIPAY_SERIAL)
        self.assertEqual(str(self.channel.merchant_certificate_expires_at), '2030-01-01 00:00:00')

    @mute_logger(WIRE)
    def test_new_certificate_of_alipay_is_fetched_and_proven_once(self):
        order, attempt = self._start_paid('page')
        self.fake.key, self.fake.serial = NEXT_ALIPAY_KEY, NEXT_ALIPAY_SERIAL
        self.fake.certificates = {NEXT_ALIPAY_SERIAL: NEXT_ALIPAY_CERTIFICATE}
        self._run_jobs(attempt)
        self._assert_paid(order, attempt)
        self.assertEqual(self._names(), ['query', 'open.app.alipaycert.download', 'query'])
        self.assertEqual(
            set(self.channel.certificate_ids.mapped('serial_no')),
            {ALIPAY_SERIAL, NEXT_ALIPAY_SERIAL},
        )
        self.assertTrue(self.channel.certificate_ids.sorted('id')[-1].fetched_at)

    @mute_logger(WIRE, PREPAY)
    def test_certificate_that_no_root_proves_is_not_trusted(self):
        order, attempt = self._start_paid('page')
        self.fake.key, self.fake.serial = NEXT_ALIPAY_KEY, NEXT_ALIPAY_SERIAL
        self.fake.certificates = {NEXT_ALIPAY_SERIAL: APP_CERTIFICATE}
        self._run_jobs(attempt)
        self.assertEqual(order.state, 'pending')
        self.assertEqual(len(self.channel.certificate_ids), 1)
