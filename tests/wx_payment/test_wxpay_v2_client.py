"""Payments of v2. Source: spec/wechat_pay_v2.md §1–§3, §8."""

import datetime
import json

import pytest

from paywire.errors import (
    InvalidArgument,
    Malformed,
    NotFound,
    Refused,
    Throttled,
    UnknownOutcome,
)
from paywire.wxpay_v2 import signing
from wxpay_v2_helpers import (
    APPID,
    BASE,
    MCHID,
    NONCE,
    NOW,
    NUMBER,
    client,
    error,
    order,
    paid,
    reply,
    sent_fields,
)
from wxpay_v2_vectors import API_KEY

COMMON = {
    'appid': APPID,
    'mch_id': MCHID,
    'nonce_str': NONCE,
    'sign_type': 'HMAC-SHA256',
    'body': 'Thailand AIS <100> & more',
    'out_trade_no': NUMBER,
    'total_fee': '100',
    'fee_type': 'CNY',
    'spbill_create_ip': '203.0.113.7',
    'time_expire': '20180608103456',
    'notify_url': 'https://shop.example.com/payment/wechat/notify/x',
}
OPENID = {'openid': 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'}
SCENE_INFO = {'scene_info': '{"h5_info":{"type":"Wap"}}'}
SCENES = [
    ('miniprogram', 'JSAPI', OPENID, 'prepay_id', 'wx201410272009395522657a690389285100'),
    ('jsapi', 'JSAPI', OPENID, 'prepay_id', 'wx201410272009395522657a690389285100'),
    ('app', 'APP', {}, 'prepay_id', 'wx201410272009395522657a690389285100'),
    ('h5', 'MWEB', SCENE_INFO, 'mweb_url', 'https://wx.tenpay.com/checkmweb?prepay_id=p'),
    ('native', 'NATIVE', {'product_id': NUMBER}, 'code_url', 'weixin://wxpay/s/An4baqw'),
]


# === PREPAY === #


@pytest.mark.parametrize('sign_type', signing.SIGN_TYPES)
@pytest.mark.parametrize(('scene', 'trade_type', 'extra', 'name', 'handle'), SCENES)
def test_each_scene_sends_its_fields_and_gives_its_handle(
    scene, trade_type, extra, name, handle, sign_type
):
    answer = reply(trade_type=trade_type, sign_type=sign_type, **{name: handle})
    wxpay, transport, _secure = client(answer, sign_type=sign_type)
    assert wxpay.prepay(scene, wxpay.prepare(order(scene=scene))) == handle
    (sent,) = transport.sent
    assert (sent.method, sent.url) == ('POST', f'{BASE}/pay/unifiedorder')
    assert sent_fields(sent) == COMMON | extra | {'trade_type': trade_type, 'sign_type': sign_type}


@pytest.mark.parametrize('scene', ['miniprogram', 'jsapi', 'app', 'h5', 'native', 'code'])
def test_prepared_bytes_are_the_same_each_time_and_hold_no_nonce(scene):
    asked = order(scene=scene, auth_code='130061098828009406')
    first, _transport, _secure = client(nonces=lambda: 'a' * 32)
    second, _transport, _secure = client(nonces=lambda: 'b' * 32, clock=lambda: 1, sign_type='MD5')
    assert first.prepare(asked) == second.prepare(asked)
    fields = json.loads(first.prepare(asked))
    assert not {'nonce_str', 'sign', 'sign_type'} & set(fields)
    assert all(isinstance(value, str) for value in fields.values())


def test_address_is_filled_in_where_nobody_compares_it():
    wxpay, _transport, _secure = client()
    fields = json.loads(wxpay.prepare(order(client_ip='')))
    assert fields['spbill_create_ip'] == '127.0.0.1'


@pytest.mark.parametrize(
    'spoiled',
    [
        {'scene': 'jsapi', 'payer': ''},
        {'scene': 'h5', 'client_ip': ''},
        {'scene': 'native', 'client_ip': 'localhost'},
        {'scene': 'h5', 'return_url': '//x'},
        {'scene': 'page'},
        {'scene': 'code', 'auth_code': '1'},
        {'amount_fen': 0},
        {'out_trade_no': 'short'},
        {'notify_url': 'https://x/?a=1'},
        {'expires_at': datetime.datetime(2018, 6, 8)},  # noqa: DTZ001 - the point of the test
    ],
    ids=str,
)
def test_order_that_cannot_be_prepared_is_refused(spoiled):
    wxpay, transport, _secure = client()
    with pytest.raises(InvalidArgument):
        wxpay.prepare(order(**spoiled))
    assert transport.sent == []


@pytest.mark.parametrize(
    ('scene', 'body'),
    [('code', b'{}'), ('page', b'{}'), ('app', b'<xml/>'), ('app', b'{"total_fee":1}')],
)
def test_prepay_of_something_else_is_refused(scene, body):
    wxpay, transport, _secure = client()
    with pytest.raises(InvalidArgument):
        wxpay.prepay(scene, body)
    assert transport.sent == []


# === INVOKE === #


@pytest.mark.parametrize('sign_type', signing.SIGN_TYPES)
def test_mini_program_gets_five_fields_with_the_kind_of_signature_signed(sign_type):
    wxpay, _transport, _secure = client(sign_type=sign_type)
    fields = wxpay.invoke('miniprogram', wxpay.prepare(order()), 'wx2014', appid=APPID)
    signed = {
        'appId': APPID,
        'timeStamp': str(NOW),
        'nonceStr': NONCE,
        'package': 'prepay_id=wx2014',
        'signType': sign_type,
    }
    pay_sign = signing.sign(signed, api_key=API_KEY, sign_type=sign_type)
    assert fields == {
        'timeStamp': str(NOW),
        'nonceStr': NONCE,
        'package': 'prepay_id=wx2014',
        'signType': sign_type,
        'paySign': pay_sign,
    }
    page = wxpay.invoke('jsapi', wxpay.prepare(order(scene='jsapi')), 'wx2014', appid=APPID)
    assert page == {'appId': APPID} | fields


def test_app_gets_small_letters():
    # Trap 2: the names differ from those of a page.
    wxpay, _transport, _secure = client(sign_type='MD5')
    fields = wxpay.invoke('app', wxpay.prepare(order(scene='app')), 'wx2014', appid=APPID)
    sign = fields.pop('sign')
    assert fields == {
        'appid': APPID,
        'partnerid': MCHID,
        'prepayid': 'wx2014',
        'package': 'Sign=WXPay',
        'noncestr': NONCE,
        'timestamp': str(NOW),
    }
    assert sign == signing.sign(fields, api_key=API_KEY, sign_type='MD5')


def test_links_are_handed_over_as_in_v3():
    wxpay, _transport, _secure = client()
    native = wxpay.invoke('native', wxpay.prepare(order(scene='native')), 'weixin://x', appid=APPID)
    assert native == {'code_url': 'weixin://x'}
    h5 = wxpay.invoke('h5', wxpay.prepare(order(scene='h5')), 'https://w/x?p=1', appid=APPID)
    back = 'https%3A%2F%2Fshop.example.com%2Fpaid%3Forder%3D1'
    assert h5 == {'h5_url': f'https://w/x?p=1&redirect_url={back}'}


@pytest.mark.parametrize(('scene', 'appid'), [('code', APPID), ('page', APPID), ('app', 'wx0')])
def test_what_cannot_be_opened_is_refused(scene, appid):
    wxpay, _transport, _secure = client()
    body = wxpay.prepare(order(scene='app'))
    with pytest.raises(InvalidArgument):
        wxpay.invoke(scene, body, 'x', appid=appid)


# === QUERY AND CLOSE === #


def test_query_asks_by_our_number_and_reads_the_payment():
    wxpay, transport, _secure = client(reply(trade_state='SUCCESS', **paid()))
    payment = wxpay.query(NUMBER)
    assert transport.sent[0].url == f'{BASE}/pay/orderquery'
    assert sent_fields(transport.sent[0]) == {
        'appid': APPID,
        'mch_id': MCHID,
        'nonce_str': NONCE,
        'sign_type': 'HMAC-SHA256',
        'out_trade_no': NUMBER,
    }
    assert payment.is_paid
    assert (payment.appid, payment.mchid, payment.out_trade_no) == (APPID, MCHID, NUMBER)
    assert (payment.total_fen, payment.payer_total_fen, payment.currency) == (100, 90, 'CNY')
    assert payment.success_time == datetime.datetime(2018, 6, 8, 2, 34, 56, tzinfo=datetime.UTC)
    assert payment.transaction_id == '4200001234202601010000000001'
    assert (payment.openid, payment.attach) == ('oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', 'a <b>')


@pytest.mark.parametrize(('written', 'read'), [('USD', 'USD'), ('', 'CNY'), (None, 'CNY')])
def test_currency_is_that_of_the_answer_or_ours(written, read):
    wxpay, _transport, _secure = client(reply(trade_state='SUCCESS', **paid(fee_type=written)))
    assert wxpay.query(NUMBER).currency == read


@pytest.mark.parametrize(
    ('state', 'read'),
    [
        ('NOTPAY', 'NOTPAY'),
        ('CLOSED', 'CLOSED'),
        ('REVOKED', 'REVOKED'),
        ('USERPAYING', 'USERPAYING'),
        ('PAYERROR', 'PAYERROR'),
        ('ACCEPT', 'USERPAYING'),
    ],
)
def test_unpaid_order_has_a_state_and_no_amount(state, read):
    wxpay, _transport, _secure = client(reply(trade_state=state, out_trade_no=NUMBER))
    payment = wxpay.query(NUMBER)
    assert (payment.trade_state, payment.is_paid, payment.total_fen) == (read, False, None)


@pytest.mark.parametrize(
    'spoiled',
    [
        {'trade_state': 'BRAND_NEW'},
        {'trade_state': ''},
        {'transaction_id': None},
        {'total_fee': None},
        {'total_fee': '1.00'},
        {'total_fee': '-1'},
        {'total_fee': '１'},
        {'out_trade_no': None},
        {'time_end': '20180631103456'},
        {'time_end': 'yesterday'},
    ],
    ids=str,
)
def test_payment_of_another_shape_is_malformed(spoiled):
    state = {'trade_state': spoiled.get('trade_state', 'SUCCESS')}
    wxpay, _transport, _secure = client(reply(**(paid(**spoiled) | state)))
    with pytest.raises(Malformed):
        wxpay.query(NUMBER)


def test_close_asks_by_our_number_and_may_be_repeated():
    wxpay, transport, _secure = client(reply(), error('ORDERCLOSED'))
    wxpay.close(NUMBER)
    wxpay.close(NUMBER)
    assert [sent.url for sent in transport.sent] == [f'{BASE}/pay/closeorder'] * 2
    assert sent_fields(transport.sent[1])['out_trade_no'] == NUMBER


@pytest.mark.parametrize(
    ('answer', 'kind', 'code'),
    [
        (error('ORDERPAID'), Refused, 'ORDER_PAID'),
        (error('ORDERNOTEXIST'), NotFound, 'ORDER_NOT_EXIST'),
        # Trap 12: a payment is in progress.
        (error('FREQUENCY_LIMITED'), Throttled, 'FREQUENCY_LIMITED'),
        (error('SYSTEMERROR'), UnknownOutcome, 'SYSTEM_ERROR'),
    ],
)
def test_errors_of_a_close_are_told_apart(answer, kind, code):
    wxpay, _transport, _secure = client(answer)
    with pytest.raises(kind) as caught:
        wxpay.close(NUMBER)
    assert caught.value.code == code
