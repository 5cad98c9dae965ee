"""The merchant scans: charge and reverse. Source: spec/wechat_pay_v3.md §9."""

import datetime
import json

import pytest

import wxpay_vectors as vectors
from paywire.errors import (
    InvalidArgument,
    NotFound,
    Refused,
    Throttled,
    Unauthorized,
    UnknownOutcome,
    UntrustedReply,
)
from paywire.orders import PrepayOrder
from wxpay_helpers import FakeReply, client, error, reply, transaction

NUMBER = '1217752501201407033233368018'
ORDER = PrepayOrder(
    scene='code',
    appid='wxd678efh567hg6787',
    out_trade_no=NUMBER,
    description='Coffee',
    amount_fen=100,
    notify_url='https://shop.example.com/payment/wechat/notify/x',
    expires_at=datetime.datetime(2018, 6, 8, 2, 34, 56, tzinfo=datetime.UTC),
    auth_code='130061098828009406',
)


def _charge(*replies, order=ORDER):
    wxpay, transport = client(*replies)
    return wxpay.charge(wxpay.prepare(order)), transport


def test_charge_sends_the_documented_body():
    order = PrepayOrder(**(vars(ORDER) | {'client_ip': '203.0.113.7', 'store_id': 'S1'}))
    payment, transport = _charge(reply(200, transaction(trade_type='MICROPAY')), order=order)
    assert payment.trade_state == 'SUCCESS'
    (sent,) = transport.sent
    assert (sent.method, sent.url.endswith('/v3/pay/transactions/codepay')) == ('POST', True)
    # Neither notice nor time limit: nothing is open after the answer.
    assert json.loads(sent.body) == {
        'appid': 'wxd678efh567hg6787',
        'mchid': vectors.MCHID,
        'description': 'Coffee',
        'out_trade_no': NUMBER,
        'amount': {'total': 100, 'currency': 'CNY'},
        'payer': {'auth_code': '130061098828009406'},
        'scene_info': {'device_ip': '203.0.113.7', 'store_info': {'out_id': 'S1'}},
    }


def test_only_shop_bears_the_number_of_the_merchant():
    _payment, transport = _charge(reply(200, transaction()))
    assert json.loads(transport.sent[0].body)['scene_info'] == {
        'store_info': {'out_id': vectors.MCHID}
    }


@pytest.mark.parametrize(
    'answer',
    [
        FakeReply(202, {}, json.dumps(transaction(trade_state='USERPAYING')).encode()),
        FakeReply(202, {}, b''),
        error(202, 'USERPAYING'),
        error(400, 'USERPAYING'),
    ],
    ids=['payment', 'empty', 'accepted', 'refused'],
)
def test_customer_who_types_a_password_is_paying(answer):
    # Trap 25: the status 202 is no error.
    payment, transport = _charge(answer)
    assert payment.trade_state == 'USERPAYING'
    assert not payment.is_paid
    assert (payment.out_trade_no, payment.mchid) == (NUMBER, vectors.MCHID)
    assert (payment.appid, payment.total_fen) == ('wxd678efh567hg6787', 100)
    assert payment.transaction_id == ''
    assert len(transport.sent) == 1


@pytest.mark.parametrize('state', ['USERPAYING', 'PAYERROR', 'REVOKED'])
def test_state_of_the_answer_is_kept(state):
    payment, _transport = _charge(reply(200, transaction(trade_state=state)))
    assert payment.trade_state == state


def test_accepted_deduction_is_still_going_on():
    payment, _transport = _charge(reply(200, transaction(trade_state='ACCEPT')))
    assert payment.trade_state == 'USERPAYING'


@pytest.mark.parametrize(
    ('answer', 'kind', 'code'),
    [
        (error(403, 'AUTH_CODE_EXPIRE'), Refused, 'AUTH_CODE_EXPIRE'),
        (error(400, 'AUTH_CODE_INVALID'), Refused, 'AUTH_CODE_INVALID'),
        (error(403, 'NOT_ENOUGH'), Refused, 'NOT_ENOUGH'),
        (error(400, 'ORDER_REVERSED'), Refused, 'ORDER_REVERSED'),
        (error(401, 'SIGN_ERROR'), Unauthorized, 'SIGN_ERROR'),
        (error(500, 'BANK_ERROR'), UnknownOutcome, 'BANK_ERROR'),
        (error(500, 'SYSTEM_ERROR'), UnknownOutcome, 'SYSTEM_ERROR'),
        # These may hide a payment by the same number whose answer was lost.
        (error(400, 'ORDER_PAID'), UnknownOutcome, 'ORDER_PAID'),
        (error(403, 'OUT_TRADE_NO_USED'), UnknownOutcome, 'OUT_TRADE_NO_USED'),
        (error(429, 'FREQUENCY_LIMITED'), UnknownOutcome, 'FREQUENCY_LIMITED'),
    ],
)
def test_refusal_of_a_charge_is_final_or_to_be_queried(answer, kind, code):
    with pytest.raises(kind) as caught:
        _charge(answer)
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert caught.value.http_status == answer.status
    assert caught.value.request_id == '08AA-1'


@pytest.mark.parametrize('failure', [TimeoutError(), reply(200, transaction(), signature='AA==')])
def test_charge_without_a_proven_answer_is_an_unknown_outcome(failure):
    with pytest.raises(UnknownOutcome):
        _charge(failure)


# === REVERSE === #


def test_reverse_names_app_and_merchant():
    wxpay, transport = client(
        reply(200, {'appid': 'wxd', 'mchid': vectors.MCHID, 'out_trade_no': NUMBER}), appid='wxd'
    )
    assert wxpay.reverse(NUMBER) is True
    (sent,) = transport.sent
    assert sent.url.endswith(f'/v3/pay/transactions/out-trade-no/{NUMBER}/reverse')
    assert json.loads(sent.body) == {'appid': 'wxd', 'mchid': vectors.MCHID}


def test_reverse_without_an_app_is_refused_before_anything_is_sent():
    wxpay, transport = client()
    with pytest.raises(InvalidArgument):
        wxpay.reverse(NUMBER)
    assert transport.sent == []


@pytest.mark.parametrize(
    ('answer', 'kind'),
    [
        (error(404, 'ORDER_NOT_EXIST'), NotFound),
        (error(429, 'FREQUENCY_LIMITED'), Throttled),
        (error(500, 'SYSTEM_ERROR'), UnknownOutcome),
        (TimeoutError(), UnknownOutcome),
        (reply(200, {}, signature='AA=='), UntrustedReply),
    ],
)
def test_errors_of_a_reversal_are_told_apart(answer, kind):
    wxpay, _transport = client(answer, appid='wxd')
    with pytest.raises(kind):
        wxpay.reverse(NUMBER)
