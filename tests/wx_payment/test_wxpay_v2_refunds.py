"""Refunds of v2. Source: spec/wechat_pay_v2.md §3, §8 (8)."""

import datetime

import pytest

from paywire.errors import (
    InvalidArgument,
    Malformed,
    NotFound,
    Refused,
    Throttled,
    UnknownOutcome,
)
from paywire.orders import RefundOrder
from wxpay_v2_helpers import (
    APPID,
    BASE,
    MCHID,
    NONCE,
    NUMBER,
    REFUND,
    client,
    error,
    reply,
    sent_fields,
)

OWN = {'appid': APPID, 'mch_id': MCHID, 'nonce_str': NONCE, 'sign_type': 'HMAC-SHA256'}


def _accepted(**values):
    fields = {
        'transaction_id': '4200001234202601010000000001',
        'out_trade_no': NUMBER,
        'out_refund_no': NUMBER + 'R1',
        'refund_id': '2007752501201407033233368018',
        'refund_fee': '40',
        'total_fee': '100',
        'cash_fee': '90',
        'cash_refund_fee': '36',
    } | values
    return reply(**{name: value for name, value in fields.items() if value is not None})


def test_refund_shows_the_certificate_and_is_only_accepted():
    wxpay, transport, secure = client(secured=[_accepted()])
    refund = wxpay.refund(REFUND)
    assert transport.sent == []
    assert secure.sent[0].url == f'{BASE}/secapi/pay/refund'
    assert sent_fields(secure.sent[0]) == OWN | {
        'transaction_id': '4200001234202601010000000001',
        'out_refund_no': NUMBER + 'R1',
        'total_fee': '100',
        'refund_fee': '40',
        'refund_desc': 'Not delivered',
        'notify_url': 'https://shop.example.com/payment/wechat/notify/x',
    }
    assert refund.status == 'PROCESSING'
    assert (refund.out_refund_no, refund.refund_id) == (
        NUMBER + 'R1',
        '2007752501201407033233368018',
    )
    assert (refund.total_fen, refund.refund_fen) == (100, 40)
    assert (refund.payer_total_fen, refund.payer_refund_fen) == (90, 36)
    assert (refund.currency, refund.mchid, refund.success_time) == ('CNY', MCHID, None)


def test_currency_of_a_refund_is_that_of_the_answer():
    wxpay, _transport, _secure = client(secured=[_accepted(fee_type='USD')])
    assert wxpay.refund(REFUND).currency == 'USD'


def test_refund_of_a_payment_whose_number_there_is_unknown_goes_by_ours():
    wxpay, _transport, secure = client(secured=[_accepted()])
    wxpay.refund(RefundOrder(**(vars(REFUND) | {'transaction_id': '', 'reason': ''})))
    fields = sent_fields(secure.sent[0])
    assert fields['out_trade_no'] == NUMBER
    assert not {'transaction_id', 'refund_desc'} & set(fields)


@pytest.mark.parametrize(
    ('answer', 'kind'),
    [
        (error('NOTENOUGH'), Refused),
        (error('SYSTEMERROR'), UnknownOutcome),
        (error('BIZERR_NEED_RETRY'), UnknownOutcome),
        (error('INVALID_REQ_TOO_MUCH'), Throttled),
        (error('ORDERNOTEXIST'), NotFound),
        (ConnectionResetError(), UnknownOutcome),
        (_accepted(refund_id=None), Malformed),
        (_accepted(refund_fee='0.4'), Malformed),
    ],
)
def test_errors_of_a_refund_are_told_apart(answer, kind):
    wxpay, _transport, _secure = client(secured=[answer])
    with pytest.raises(kind) as caught:
        wxpay.refund(REFUND)
    assert type(caught.value) is kind


@pytest.mark.parametrize('verb', ['refund', 'reverse'])
def test_without_a_certificate_nothing_is_sent(verb):
    # Trap 8: the provider would only drop the connection.
    wxpay, transport, _secure = client(send_with_certificate=None)
    with pytest.raises(InvalidArgument):
        getattr(wxpay, verb)(REFUND if verb == 'refund' else NUMBER)
    assert transport.sent == []


def _listed(**values):
    fields = {
        'transaction_id': '4200001234202601010000000001',
        'out_trade_no': NUMBER,
        'total_fee': '100',
        'cash_fee': '90',
        'refund_count': '2',
        'out_refund_no_0': NUMBER + 'R0',
        'refund_id_0': '5000',
        'refund_fee_0': '10',
        'refund_status_0': 'PROCESSING',
        'refund_account_0': NUMBER + 'R1',
        'out_refund_no_1': NUMBER + 'R1',
        'refund_id_1': '5001',
        'refund_channel_1': 'ORIGINAL',
        'refund_fee_1': '40',
        'refund_status_1': 'SUCCESS',
        'refund_recv_accout_1': '招商银行信用卡0403',
        'refund_success_time_1': '2016-07-25 15:26:26',
    } | values
    return reply(**{name: value for name, value in fields.items() if value is not None})


def test_refund_is_found_in_the_numbered_list():
    wxpay, transport, secure = client(_listed())
    refund = wxpay.query_refund(NUMBER, NUMBER + 'R1')
    assert secure.sent == []
    assert transport.sent[0].url == f'{BASE}/pay/refundquery'
    assert sent_fields(transport.sent[0]) == OWN | {'out_refund_no': NUMBER + 'R1'}
    assert (refund.status, refund.refund_id, refund.refund_fen) == ('SUCCESS', '5001', 40)
    assert (refund.channel, refund.user_received_account) == ('ORIGINAL', '招商银行信用卡0403')
    assert refund.success_time == datetime.datetime(2016, 7, 25, 7, 26, 26, tzinfo=datetime.UTC)
    assert (refund.total_fen, refund.out_trade_no) == (100, NUMBER)


@pytest.mark.parametrize(
    ('word', 'status'),
    [
        ('SUCCESS', 'SUCCESS'),
        ('PROCESSING', 'PROCESSING'),
        ('CHANGE', 'ABNORMAL'),
        ('REFUNDCLOSE', 'CLOSED'),
    ],
)
def test_states_of_a_refund_have_the_words_of_the_package(word, status):
    wxpay, _transport, _secure = client(_listed(refund_status_1=word))
    assert wxpay.query_refund(NUMBER, NUMBER + 'R1').status == status


@pytest.mark.parametrize(
    'values',
    [
        {'out_refund_no_1': NUMBER + 'R2'},
        {'refund_status_1': 'BRAND_NEW'},
        {'refund_status_1': None},
        {'refund_fee_1': None},
        {'refund_success_time_1': '2016-07-25 25:00:00'},
    ],
    ids=str,
)
def test_list_of_another_shape_is_malformed(values):
    wxpay, _transport, _secure = client(_listed(**values))
    with pytest.raises(Malformed):
        wxpay.query_refund(NUMBER, NUMBER + 'R1')


def test_refund_that_was_never_accepted_is_not_found():
    wxpay, _transport, _secure = client(error('REFUNDNOTEXIST'))
    with pytest.raises(NotFound):
        wxpay.query_refund(NUMBER, NUMBER + 'R1')
