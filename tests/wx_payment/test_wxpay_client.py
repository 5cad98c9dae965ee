"""Calls. Source: spec/wechat_pay_v3.md §1–§8, §13, §17 (5, 6, 12, 13, 15, 24, 25, 27)."""

import base64
import datetime
import json
import re

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

import wxpay_vectors as vectors
from paywire.errors import (
    InvalidArgument,
    Malformed,
    NotFound,
    Refused,
    Throttled,
    Unauthorized,
    Unfinished,
    UnknownOutcome,
)
from paywire.orders import PrepayOrder, RefundOrder
from wxpay_helpers import (
    PUBLIC_KEY_ID,
    FakeReply,
    client,
    error,
    refund,
    reply,
    transaction,
)

NUMBER = '1217752501201407033233368018'
PREPAY = PrepayOrder(
    scene='miniprogram',
    appid='wxd678efh567hg6787',
    payer='oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    out_trade_no=NUMBER,
    description='Thailand AIS 🎉 100',
    amount_fen=100,
    notify_url='https://shop.example.com/payment/wechat/notify/x',
    expires_at=datetime.datetime(2018, 6, 8, 2, 34, 56, tzinfo=datetime.UTC),
)
REFUND = RefundOrder(
    out_trade_no=NUMBER,
    transaction_id='4200001234202601010000000001',
    out_refund_no=NUMBER + 'R1',
    refund_fen=40,
    total_fen=100,
    reason='Not delivered',
    notify_url='https://shop.example.com/payment/wechat/notify/x',
)


def _check_signature(sent):
    """Verify the request as WeChat Pay does: with the bytes and the path that arrived."""
    fields = dict(re.findall(r'(\w+)="([^"]*)"', sent.headers['Authorization']))
    target = sent.url.removeprefix('https://api.mch.weixin.qq.com')
    head = f'{sent.method}\n{target}\n{fields["timestamp"]}\n{fields["nonce_str"]}\n'
    vectors.K1.public_key().verify(
        base64.b64decode(fields['signature']),
        head.encode() + sent.body + b'\n',
        padding.PKCS1v15(),
        hashes.SHA256(),
    )
    assert fields['mchid'] == vectors.MCHID
    assert fields['serial_no'] == vectors.SERIAL_NO


# === PREPAY === #


def test_prepay_sends_the_documented_body_and_returns_the_prepay_id():
    wxpay, transport = client(reply(200, {'prepay_id': 'wx201410272009395522657a690389285100'}))
    body = wxpay.prepare(PREPAY)
    assert wxpay.prepay('jsapi', body) == 'wx201410272009395522657a690389285100'
    sent = transport.sent[0]
    assert (sent.method, sent.url) == (
        'POST',
        'https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi',
    )
    assert sent.body == body
    assert json.loads(sent.body) == {
        'appid': 'wxd678efh567hg6787',
        'mchid': '1900007291',
        'description': 'Thailand AIS 100',
        'out_trade_no': NUMBER,
        'time_expire': '2018-06-08T10:34:56+08:00',
        'notify_url': 'https://shop.example.com/payment/wechat/notify/x',
        'amount': {'total': 100, 'currency': 'CNY'},
        'payer': {'openid': 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'},
    }
    _check_signature(sent)


def test_prepay_body_is_the_same_each_time():
    wxpay, _transport = client()
    assert wxpay.prepare(PREPAY) == wxpay.prepare(PREPAY)


def test_needed_headers_are_sent():
    wxpay, transport = client(reply(200, {'prepay_id': 'p'}))
    wxpay.prepay('jsapi', b'{}')
    headers = transport.sent[0].headers
    assert headers['Accept'] == 'application/json'
    assert headers['Content-Type'] == 'application/json'
    assert headers['User-Agent']
    # Trap 24: without this header the answer may be signed with the certificate.
    assert headers['Wechatpay-Serial'] == PUBLIC_KEY_ID


def test_serial_header_is_left_out_in_certificate_mode():
    wxpay, transport = client(reply(200, {'prepay_id': 'p'}), public_key_id='')
    wxpay.prepay('jsapi', b'{}')
    assert 'Wechatpay-Serial' not in transport.sent[0].headers


@pytest.mark.parametrize(
    'spoiled',
    [{'amount_fen': 0}, {'out_trade_no': '1'}, {'notify_url': 'https://x/?a=1'}],
    ids=str,
)
def test_unusable_order_is_refused_before_anything_is_sent(spoiled):
    wxpay, transport = client()
    with pytest.raises(InvalidArgument):
        wxpay.prepare(PrepayOrder(**(vars(PREPAY) | spoiled)))
    assert transport.sent == []


def test_answer_without_a_prepay_id_is_an_unknown_outcome():
    wxpay, _transport = client(reply(200, {'prepay': 'p'}))
    with pytest.raises(Malformed):
        wxpay.prepay('jsapi', b'{}')


# === QUERY AND CLOSE === #


def test_query_puts_the_merchant_into_the_signed_address():
    # Trap 6: without ?mchid= in the signed text, GET answers 401 while POST works.
    wxpay, transport = client(reply(200, transaction()))
    assert wxpay.query(NUMBER).trade_state == 'SUCCESS'
    assert transport.sent[0].url.endswith(f'/out-trade-no/{NUMBER}?mchid=1900007291')
    assert transport.sent[0].body == b''
    assert 'Content-Type' not in transport.sent[0].headers
    _check_signature(transport.sent[0])


def test_v3_vector_is_what_a_query_signs():
    wxpay, transport = client(reply(200, transaction()))
    wxpay.query(NUMBER)
    assert f'signature="{vectors.V3_SIGNATURE}"' in transport.sent[0].headers['Authorization']


def test_query_by_transaction_id_uses_the_other_path():
    wxpay, transport = client(reply(200, transaction()))
    wxpay.query_transaction('4200001234202601010000000001')
    assert '/transactions/id/4200001234202601010000000001?mchid=' in transport.sent[0].url


def test_special_characters_of_a_number_are_signed_as_they_are_sent():
    # Trap 5: a transport that escapes the address later breaks the signature.
    wxpay, transport = client(reply(200, transaction()))
    wxpay.query('A|B*C/..?d')
    assert '/out-trade-no/A%7CB%2AC%2F..%3Fd?mchid=' in transport.sent[0].url
    _check_signature(transport.sent[0])


def test_close_accepts_an_empty_signed_answer():
    wxpay, transport = client(reply(204))
    wxpay.close(NUMBER)
    sent = transport.sent[0]
    assert sent.url.endswith(f'/out-trade-no/{NUMBER}/close')
    assert sent.body == b'{"mchid":"1900007291"}'
    _check_signature(sent)


@pytest.mark.parametrize(
    ('answer', 'kind', 'code'),
    [
        (error(400, 'ORDERPAID'), Refused, 'ORDER_PAID'),
        (error(429, 'FREQUENCY_LIMITED'), Throttled, 'FREQUENCY_LIMITED'),
        (error(404, 'ORDER_NOT_EXIST'), NotFound, 'ORDER_NOT_EXIST'),
        (error(401, 'SIGN_ERROR'), Unauthorized, 'SIGN_ERROR'),
        (error(500, 'SYSTEM_ERROR'), UnknownOutcome, 'SYSTEM_ERROR'),
        (error(202, 'USERPAYING'), Unfinished, 'USERPAYING'),
    ],
)
def test_errors_of_a_close_are_told_apart(answer, kind, code):
    wxpay, _transport = client(answer)
    with pytest.raises(kind) as caught:
        wxpay.close(NUMBER)
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert caught.value.request_id == '08AA-1'


# === REFUND === #


def test_refund_is_asked_by_transaction_id_with_all_amounts():
    wxpay, transport = client(reply(200, refund()))
    assert wxpay.refund(REFUND).status == 'PROCESSING'
    assert json.loads(transport.sent[0].body) == {
        'transaction_id': '4200001234202601010000000001',
        'out_refund_no': NUMBER + 'R1',
        'reason': 'Not delivered',
        'notify_url': 'https://shop.example.com/payment/wechat/notify/x',
        'amount': {'refund': 40, 'total': 100, 'currency': 'CNY'},
    }
    _check_signature(transport.sent[0])


def test_repeated_refund_sends_the_same_bytes():
    # Trap 13: a new number after a time-out pays twice.
    wxpay, transport = client(TimeoutError(), reply(200, refund()))
    with pytest.raises(UnknownOutcome):
        wxpay.refund(REFUND)
    wxpay.refund(REFUND)
    assert transport.sent[0].body == transport.sent[1].body


def test_refund_without_a_reason_sends_none():
    wxpay, transport = client(reply(200, refund()))
    wxpay.refund(RefundOrder(**(vars(REFUND) | {'reason': ''})))
    assert 'reason' not in json.loads(transport.sent[0].body)


def test_v2_vector_is_what_a_refund_query_signs():
    wxpay, transport = client(reply(200, refund(status='SUCCESS')))
    assert wxpay.query_refund(NUMBER, NUMBER).status == 'SUCCESS'
    assert 'mchid' not in transport.sent[0].url
    assert f'signature="{vectors.V2_SIGNATURE}"' in transport.sent[0].headers['Authorization']


def test_unknown_refund_is_not_found():
    wxpay, _transport = client(error(404, 'RESOURCE_NOT_EXISTS'))
    with pytest.raises(NotFound):
        wxpay.query_refund(NUMBER, NUMBER)


def test_refund_answer_of_another_shape_is_an_unknown_outcome():
    wxpay, _transport = client(reply(200, refund(status=...)))
    with pytest.raises(UnknownOutcome):
        wxpay.refund(REFUND)


@pytest.mark.parametrize('body', [b'', b'<html>', b'[1]'])
def test_signed_garbage_is_an_unknown_outcome(body):
    good = reply(200, {})
    wxpay, _transport = client(FakeReply(200, good.headers, body))
    with pytest.raises(UnknownOutcome):
        wxpay.refund(REFUND)
