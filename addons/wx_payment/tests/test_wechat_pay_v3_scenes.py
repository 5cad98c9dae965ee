from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import RefusedByProvider

from .common import SLUG, channel_values
from .fake_wechat_pay import FakeWeChatPay
from .kind_common import PREPAY, QUERY, KindCommon, SceneCases
from .wechat_pay_keys import MCHID


class TwoNoticesFake(FakeWeChatPay):
    """Notices by our number, as the other providers' fakes give them."""

    def notice(self, resource, **notice):
        if isinstance(resource, str):
            resource = self.transaction(resource)
        return super().notice(resource, **notice)


class V3Common(KindCommon):
    kind = 'wxpay_v3'

    @classmethod
    def _channel_values(cls, **values):
        cls.v3_channel.active = False
        kept = channel_values(cls.app)
        del kept['name'], kept['slug']
        return super()._channel_values(**kept | values)

    def _create_fake(self):
        return TwoNoticesFake()


@tagged('post_install', '-at_install')
class TestV3Scenes(SceneCases, V3Common):
    scenes = ('miniprogram', 'jsapi', 'app', 'h5', 'native')

    def test_what_each_client_gets(self):
        expected = {
            'miniprogram': {'timeStamp', 'nonceStr', 'package', 'signType', 'paySign'},
            'app': {'appid', 'partnerid', 'prepayid', 'package', 'noncestr', 'timestamp', 'sign'},
            'h5': {'h5_url'},
        }
        for scene, names in expected.items():
            _order, _attempt, invoke = self._start(scene)
            self.assertEqual(set(invoke), names)
        _order, _attempt, invoke = self._start('native')
        self.assertTrue(invoke['code_url'].startswith('weixin://'))

    def test_this_channel_is_the_one_in_use(self):
        _order, attempt, _invoke = self._start('app')
        self.assertEqual((attempt.channel_id, attempt.mchid), (self.channel, MCHID))
        self.assertNotEqual(self.channel.slug, SLUG)


@tagged('post_install', '-at_install')
class TestV3Code(V3Common):
    """Staff scan the customer's code; v3 offers it to those who said so on the channel."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.scene_ids = cls.env.ref('wx_payment.wx_payment_scene_code')

    def test_customer_who_pays_at_once(self):
        order, attempt, _invoke = self._start('code')
        self._assert_paid(order, attempt)

    def test_customer_who_types_a_password_is_asked_for(self):
        self.fake.payer = 'types'
        order, attempt, _invoke = self._start('code')
        self.assertRecordValues(attempt, [{'state': 'open', 'trade_state': 'USERPAYING'}])
        self.fake.pay(attempt.out_trade_no)
        self._run_jobs(attempt)
        self._assert_paid(order, attempt)

    def test_customer_who_takes_too_long_is_sent_away(self):
        self.fake.payer = 'types'
        order, attempt, _invoke = self._start('code')
        attempt.prepay_at = '2026-01-01 00:00:00'
        self._run_jobs(attempt)
        self.assertEqual((order.state, attempt.state), ('pending', 'closed'))
        self.assertEqual(self._names(), ['charge', 'query', 'reverse'])

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
