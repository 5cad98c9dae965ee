"""Every scene: prepare, prepay, invoke. Source: spec/wechat_pay_v3.md §5, §16 V4, V5."""

import datetime
import json

import pytest

import wxpay_vectors as vectors
from paywire.errors import InvalidArgument, Malformed, Refused
from paywire.orders import PrepayOrder
from wxpay_helpers import PUBLIC_KEY_ID, client, error, reply

APPID = vectors.V4_APPID
ORDER = PrepayOrder(
    scene='miniprogram',
    appid=APPID,
    payer='oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    out_trade_no='1217752501201407033233368018',
    description='Thailand AIS 100',
    amount_fen=100,
    notify_url='https://shop.example.com/payment/wechat/notify/x',
    expires_at=datetime.datetime(2018, 6, 8, 2, 34, 56, tzinfo=datetime.UTC),
    client_ip='203.0.113.7',
    return_url='https://shop.example.com/paid?order=1&x=ä',
)
COMMON = {
    'appid': APPID,
    'mchid': vectors.MCHID,
    'description': 'Thailand AIS 100',
    'out_trade_no': '1217752501201407033233368018',
    'time_expire': '2018-06-08T10:34:56+08:00',
    'notify_url': 'https://shop.example.com/payment/wechat/notify/x',
    'amount': {'total': 100, 'currency': 'CNY'},
}
PAYER = {'payer': {'openid': 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'}}
H5_INFO = {'scene_info': {'payer_client_ip': '203.0.113.7', 'h5_info': {'type': 'Wap'}}}


def _order(**values):
    return PrepayOrder(**(vars(ORDER) | values))


@pytest.mark.parametrize(
    ('scene', 'path', 'extra', 'name', 'handle'),
    [
        ('miniprogram', 'jsapi', PAYER, 'prepay_id', vectors.V4_PREPAY_ID),
        ('jsapi', 'jsapi', PAYER, 'prepay_id', vectors.V4_PREPAY_ID),
        ('app', 'app', {}, 'prepay_id', vectors.V4_PREPAY_ID),
        ('h5', 'h5', H5_INFO, 'h5_url', 'https://wx.tenpay.com/checkmweb?prepay_id=p'),
        ('native', 'native', {}, 'code_url', 'weixin://wxpay/bizpayurl?pr=p4lpSuKzz'),
    ],
)
def test_each_scene_sends_its_body_and_gives_its_handle(scene, path, extra, name, handle):
    wxpay, transport = client(reply(200, {name: handle}))
    body = wxpay.prepare(_order(scene=scene))
    assert wxpay.prepay(scene, body) == handle
    (sent,) = transport.sent
    assert sent.url == f'https://api.mch.weixin.qq.com/v3/pay/transactions/{path}'
    assert json.loads(sent.body) == COMMON | extra


@pytest.mark.parametrize('scene', ['miniprogram', 'jsapi', 'app', 'h5', 'native', 'code'])
def test_prepared_bytes_are_the_same_each_time_and_hold_no_nonce(scene):
    order = _order(scene=scene, auth_code='130061098828009406')
    first, _transport = client(nonces=lambda: 'a' * 32)
    second, _transport = client(nonces=lambda: 'b' * 32, clock=lambda: 1)
    assert first.prepare(order) == second.prepare(order)


def test_page_to_come_back_to_is_kept_but_not_sent():
    # A key that is not documented is refused.
    wxpay, transport = client(reply(200, {'h5_url': 'https://x/y'}), reply(200, {'h5_url': 'h'}))
    body = wxpay.prepare(_order(scene='h5'))
    assert b'redirect_url' in body
    wxpay.prepay('h5', body)
    wxpay.prepay('h5', body)
    assert b'redirect_url' not in transport.sent[0].body
    assert transport.sent[0].body == transport.sent[1].body


@pytest.mark.parametrize(
    'spoiled',
    [
        {'scene': 'jsapi', 'payer': ''},
        {'scene': 'miniprogram', 'payer': ''},
        {'scene': 'h5', 'client_ip': ''},
        {'scene': 'h5', 'client_ip': '203.0.113.7:80'},
        {'scene': 'h5', 'return_url': 'javascript:alert(1)'},
        {'scene': 'page'},
        {'scene': ''},
        {'scene': 'code', 'auth_code': ''},
        {'scene': 'code', 'auth_code': '160061098828009406'},
        {'scene': 'code', 'auth_code': '13006109882800940'},
        {'scene': 'code', 'auth_code': '1300610988280094０6'},
        {'scene': 'code', 'auth_code': '130061098828009406', 'client_ip': 'x'},
        {'amount_fen': 0},
        {'expires_at': datetime.datetime(2018, 6, 8)},  # noqa: DTZ001 - the point of the test
    ],
    ids=str,
)
def test_order_that_cannot_be_prepared_is_refused(spoiled):
    wxpay, transport = client()
    with pytest.raises(InvalidArgument):
        wxpay.prepare(_order(**spoiled))
    assert transport.sent == []


@pytest.mark.parametrize('scene', ['code', 'page', ''])
def test_scene_without_a_prepay_call_is_refused(scene):
    wxpay, transport = client()
    with pytest.raises(InvalidArgument):
        wxpay.prepay(scene, b'{}')
    assert transport.sent == []


def test_body_that_nobody_prepared_is_refused():
    wxpay, transport = client()
    with pytest.raises(InvalidArgument):
        wxpay.prepay('h5', b'<xml/>')
    assert transport.sent == []


@pytest.mark.parametrize('scene', ['app', 'h5', 'native', 'jsapi'])
def test_errors_of_each_scene_are_typed(scene):
    wxpay, _transport = client(
        error(403, 'OUT_TRADE_NO_USED'), reply(200, {'another': 'x'}), error(400, 'ORDER_CLOSED')
    )
    body = wxpay.prepare(_order(scene=scene))
    with pytest.raises(Refused) as caught:
        wxpay.prepay(scene, body)
    assert caught.value.code == 'OUT_TRADE_NO_USED'
    with pytest.raises(Malformed):
        wxpay.prepay(scene, body)
    with pytest.raises(Refused) as caught:
        wxpay.prepay(scene, body)
    assert caught.value.code == 'ORDER_CLOSED'


# === INVOKE === #


def _invoke(scene, handle=vectors.V4_PREPAY_ID, **values):
    wxpay, _transport = client()
    body = wxpay.prepare(_order(scene=scene, **values))
    return wxpay.invoke(scene, body, handle, appid=APPID)


def test_v4_vector_is_what_a_mini_program_gets():
    assert _invoke('miniprogram') == {
        'timeStamp': str(vectors.NOW),
        'nonceStr': vectors.NONCE,
        'package': f'prepay_id={vectors.V4_PREPAY_ID}',
        'signType': 'RSA',
        'paySign': vectors.V4_PAY_SIGN,
    }


def test_page_of_an_official_account_gets_the_appid_as_well():
    assert _invoke('jsapi') == {'appId': APPID} | _invoke('miniprogram')


def test_v5_vector_is_what_an_app_gets():
    assert _invoke('app') == {
        'appid': APPID,
        'partnerid': vectors.MCHID,
        'prepayid': vectors.V4_PREPAY_ID,
        'package': 'Sign=WXPay',
        'noncestr': vectors.NONCE,
        'timestamp': str(vectors.NOW),
        'sign': vectors.V5_APP_SIGN,
    }


def test_native_gives_the_text_of_the_qr_code():
    assert _invoke('native', 'weixin://wxpay/x') == {'code_url': 'weixin://wxpay/x'}


def test_h5_link_gets_the_page_to_come_back_to_and_no_other_change():
    link = 'https://wx.tenpay.com/checkmweb?prepay_id=p&package=1'
    back = 'https%3A%2F%2Fshop.example.com%2Fpaid%3Forder%3D1%26x%3D%C3%A4'
    assert _invoke('h5', link) == {'h5_url': f'{link}&redirect_url={back}'}
    assert _invoke('h5', link, return_url='') == {'h5_url': link}


def test_payment_is_not_opened_by_another_app_than_it_was_prepared_for():
    # Trap 23: WeChat refuses it on the customer's screen.
    wxpay, _transport = client()
    with pytest.raises(InvalidArgument):
        wxpay.invoke('app', wxpay.prepare(_order(scene='app')), 'p', appid='wx0')


def test_nothing_is_opened_when_the_merchant_scans():
    with pytest.raises(InvalidArgument):
        _invoke('code', auth_code='130061098828009406')


def test_prepay_names_the_key_of_the_answer_in_every_scene():
    wxpay, transport = client(reply(200, {'code_url': 'x'}))
    wxpay.prepay('native', wxpay.prepare(_order(scene='native')))
    assert transport.sent[0].headers['Wechatpay-Serial'] == PUBLIC_KEY_ID
