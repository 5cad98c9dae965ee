"""Payments: every scene, and charges by code. Source: spec/alipay.md §1, §5, §7, §10."""

import datetime
import html
import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

import alipay_vectors as vectors
from alipay_helpers import (
    GATEWAY,
    MERCHANT_KEY,
    NUMBER,
    TRADE_NO,
    FakeReply,
    answer,
    check_request,
    client,
    failure,
    trade,
)
from paywire.alipay.client import Merchant
from paywire.errors import (
    InvalidArgument,
    Malformed,
    Refused,
    Throttled,
    Unauthorized,
    UnknownOutcome,
)
from paywire.orders import PrepayOrder

ORDER = PrepayOrder(
    scene='page',
    appid=vectors.APP_ID,
    out_trade_no=NUMBER,
    description='话费 a+b "100"',
    amount_fen=8888,
    notify_url='https://shop.example/payment/alipay/notify/x',
    expires_at=datetime.datetime(2026, 1, 1, 19, 34, 5, tzinfo=datetime.UTC),
    return_url='https://shop.example/back?order=1',
)
QUERY, PAY, PRECREATE = 'alipay.trade.query', 'alipay.trade.pay', 'alipay.trade.precreate'


def _body(alipay, scene, **values):
    auth_code = '280000000000000001' if scene == 'code' else ''
    return alipay.prepare(replace(ORDER, scene=scene, auth_code=auth_code, **values))


# === REQUESTS === #


def test_request_is_signed_over_everything_that_is_sent():
    alipay, transport = client(answer(QUERY, trade()))
    alipay.query(NUMBER)
    (sent,) = transport.sent
    assert sent.method == 'POST'
    assert sent.url.startswith(f'{GATEWAY}?')
    assert sent.headers['Content-Type'] == 'application/x-www-form-urlencoded;charset=utf-8'
    # As the provider's own clients do it: the content in the form, the rest in the address.
    assert [name for name, _value in parse_qsl(sent.body.decode())] == ['biz_content']
    check_request(sent.parameters)
    common = {name: value for name, value in sent.parameters.items() if name != 'sign'}
    assert common == {
        'app_id': vectors.APP_ID,
        'method': QUERY,
        'format': 'JSON',
        'charset': 'utf-8',
        'sign_type': 'RSA2',
        'timestamp': '2026-01-02 03:04:05',
        'version': '1.0',
        'biz_content': f'{{"out_trade_no":"{NUMBER}"}}',
    }


def test_certificate_mode_sends_and_signs_both_serial_numbers():
    merchant = Merchant(vectors.APP_ID, vectors.SELLER_ID, MERCHANT_KEY, 'a' * 32, 'b' * 32)
    alipay, transport = client(answer(QUERY, trade()), merchant=merchant)
    alipay.query(NUMBER)
    parameters = transport.sent[0].parameters
    assert (parameters['app_cert_sn'], parameters['alipay_root_cert_sn']) == ('a' * 32, 'b' * 32)
    check_request(parameters)


def test_private_key_is_not_shown():
    assert 'private_key' not in repr(Merchant(vectors.APP_ID, vectors.SELLER_ID, MERCHANT_KEY))


# === INVOKE === #


@pytest.mark.parametrize(
    ('scene', 'method'), [('page', 'alipay.trade.page.pay'), ('h5', 'alipay.trade.wap.pay')]
)
def test_page_scenes_give_a_signed_link_and_form_without_a_call(scene, method):
    alipay, transport = client()
    body = _body(alipay, scene)
    assert alipay.prepay(scene, body) == ''
    invoked = alipay.invoke(scene, body, '', appid=vectors.APP_ID)
    assert transport.sent == []
    assert set(invoked) == {'url', 'form'}
    by_link = dict(parse_qsl(urlsplit(invoked['url']).query, strict_parsing=True))
    check_request(by_link)
    assert by_link['method'] == method
    assert by_link['return_url'] == ORDER.return_url
    assert by_link['notify_url'] == ORDER.notify_url
    action = html.unescape(re.search(r'action="([^"]*)"', invoked['form'])[1])
    content = html.unescape(re.search(r'value="([^"]*)"', invoked['form'])[1])
    by_form = dict(parse_qsl(urlsplit(action).query)) | {'biz_content': content}
    assert by_form == by_link
    assert 'charset=utf-8' in action


def test_app_gives_an_order_string_that_decodes_to_what_is_signed():
    alipay, transport = client()
    body = _body(alipay, 'app')
    assert alipay.prepay('app', body) == ''
    invoked = alipay.invoke('app', body, '', appid=vectors.APP_ID)
    assert set(invoked) == {'order_string'}
    # Blanks must not become a plus, which only forms know.
    assert '+' not in invoked['order_string']
    parameters = dict(parse_qsl(invoked['order_string'], strict_parsing=True))
    check_request(parameters)
    assert 'return_url' not in parameters
    assert transport.sent == []


def test_native_asks_for_a_code_and_hands_it_on():
    alipay, transport = client(answer(PRECREATE, out_trade_no=NUMBER, qr_code='https://q/bax1'))
    body = _body(alipay, 'native')
    handle = alipay.prepay('native', body)
    assert handle == 'https://q/bax1'
    assert alipay.invoke('native', body, handle, appid=vectors.APP_ID) == {'code_url': handle}
    assert transport.sent[0].parameters['notify_url'] == ORDER.notify_url


def test_repeated_prepay_sends_the_same_content():
    alipay, transport = client(
        TimeoutError(), answer(PRECREATE, out_trade_no=NUMBER, qr_code='https://q/bax1')
    )
    body = _body(alipay, 'native')
    with pytest.raises(UnknownOutcome):
        alipay.prepay('native', body)
    alipay.prepay('native', body)
    assert transport.sent[0].body == transport.sent[1].body


def test_precreate_without_a_code_is_an_unknown_outcome():
    alipay, _transport = client(answer(PRECREATE, out_trade_no=NUMBER))
    with pytest.raises(Malformed):
        alipay.prepay('native', _body(alipay, 'native'))


def test_scene_code_neither_prepays_nor_invokes():
    alipay, transport = client()
    body = _body(alipay, 'code')
    with pytest.raises(InvalidArgument):
        alipay.prepay('code', body)
    with pytest.raises(InvalidArgument):
        alipay.invoke('code', body, '', appid=vectors.APP_ID)
    assert transport.sent == []


def test_another_app_is_refused():
    alipay, _transport = client()
    with pytest.raises(InvalidArgument):
        alipay.invoke('page', _body(alipay, 'page'), '', appid='2021000000000009')


# === CHARGE === #


def _paid(**values):
    paid = {'gmt_payment': '2026-01-02 03:04:00', 'buyer_pay_amount': '80.00'}
    fields = trade(**(paid | values))
    del fields['trade_status'], fields['send_pay_date']
    return fields


def test_charge_returns_the_payment():
    alipay, transport = client(answer(PAY, _paid()))
    paid = alipay.charge(_body(alipay, 'code'))
    assert (paid.trade_state, paid.total_fen, paid.payer_total_fen) == ('SUCCESS', 8888, 8000)
    assert (paid.transaction_id, paid.out_trade_no) == (TRADE_NO, NUMBER)
    assert paid.success_time == datetime.datetime(2026, 1, 1, 19, 4, tzinfo=datetime.UTC)
    assert transport.sent[0].content['auth_code'] == '280000000000000001'


def test_charge_tells_that_the_customer_types_a_password():
    alipay, _transport = client(answer(PAY, _paid(code='10003', gmt_payment=...)))
    assert alipay.charge(_body(alipay, 'code')).trade_state == 'USERPAYING'


@pytest.mark.parametrize('code', ['PAYMENT_AUTH_CODE_INVALID', 'BUYER_BALANCE_NOT_ENOUGH'])
def test_charge_refused_by_the_customers_side_is_a_payment_error(code):
    alipay, _transport = client(failure(PAY, '40004', f'ACQ.{code}'))
    refused = alipay.charge(_body(alipay, 'code'))
    assert (refused.trade_state, refused.out_trade_no) == ('PAYERROR', NUMBER)
    assert refused.trade_state_desc == f'失败 [ACQ.{code}]'
    assert not refused.is_paid


@pytest.mark.parametrize(
    ('reply', 'kind', 'code'),
    [
        (failure(PAY, '40004', 'ACQ.SYSTEM_ERROR'), UnknownOutcome, 'SYSTEM_ERROR'),
        (failure(PAY, '20000', 'isp.unknow-error'), UnknownOutcome, 'UNKNOW_ERROR'),
        (failure(PAY, '20000', 'aop.ACQ.SYSTEM_ERROR'), UnknownOutcome, 'SYSTEM_ERROR'),
        (failure(PAY, '40004', 'ACQ.A_NEW_CODE'), UnknownOutcome, 'A_NEW_CODE'),
        (failure(PAY, '40004', 'ACQ.TRADE_HAS_SUCCESS'), Refused, 'ORDER_PAID'),
        (failure(PAY, '40004', 'ACQ.TRADE_HAS_CLOSE'), Refused, 'ORDER_CLOSED'),
        (failure(PAY, '40004', 'ACQ.CONTEXT_INCONSISTENT'), Refused, 'OUT_TRADE_NO_USED'),
        (failure(PAY, '40004', 'ACQ.ACCESS_FORBIDDEN'), Refused, 'ACCESS_FORBIDDEN'),
        (failure(PAY, '40005'), Throttled, '40005'),
        (failure(PAY, '40006', 'isv.x'), Unauthorized, 'X'),
        (TimeoutError(), UnknownOutcome, ''),
        (FakeReply(502), UnknownOutcome, ''),
        (FakeReply(body=b'<html>'), Malformed, ''),
        (answer(PAY, _paid(out_trade_no='ANOTHER')), Malformed, ''),
        (answer(PAY, _paid(trade_no=...)), Malformed, ''),
        (answer(PAY, _paid(total_amount='abc')), Malformed, ''),
    ],
)
def test_charge_never_takes_an_open_attempt_for_failed(reply, kind, code):
    # Trap 12: 20000 and unknown codes of a bar-code payment are no failure.
    alipay, _transport = client(reply)
    with pytest.raises(kind) as caught:
        alipay.charge(_body(alipay, 'code'))
    assert type(caught.value) is kind
    assert caught.value.code == code
