"""Refunds and their queries. Source: spec/alipay.md §5.6, §5.7, §8.2, §10 (13, 16)."""

import datetime
from dataclasses import replace

import pytest

from alipay_helpers import NUMBER, TRADE_NO, answer, client, failure
from alipay_vectors import SELLER_ID
from paywire.errors import InvalidArgument, Malformed, NotFound, Refused, UnknownOutcome
from paywire.orders import RefundOrder

REFUND, QUERY = 'alipay.trade.refund', 'alipay.trade.fastpay.refund.query'
ORDER = RefundOrder(
    out_trade_no=NUMBER,
    transaction_id=TRADE_NO,
    out_refund_no=f'{NUMBER}R1',
    refund_fen=4040,
    total_fen=8888,
    reason='没有到账',
    notify_url='https://shop.example/payment/alipay/notify/x',
)


def _done(**values):
    return {
        'out_trade_no': NUMBER,
        'trade_no': TRADE_NO,
        'fund_change': 'Y',
        # The sum of all refunds, of which this is the second.
        'refund_fee': '80.80',
        'gmt_refund_pay': '2026-01-02 03:04:05',
    } | values


def _found(**values):
    return {
        'out_trade_no': NUMBER,
        'trade_no': TRADE_NO,
        'out_request_no': f'{NUMBER}R1',
        'refund_status': 'REFUND_SUCCESS',
        'refund_amount': '40.40',
        'total_amount': '88.88',
        'gmt_refund_pay': '2026-01-02 03:04:05',
    } | values


def test_refund_sends_number_amount_and_both_trade_numbers():
    alipay, transport = client(answer(REFUND, _done()))
    refund = alipay.refund(ORDER)
    assert transport.sent[0].content == {
        'out_trade_no': NUMBER,
        'trade_no': TRADE_NO,
        'refund_amount': '40.40',
        'out_request_no': f'{NUMBER}R1',
        'refund_reason': '没有到账',
    }
    assert (refund.status, refund.refund_fen, refund.total_fen) == ('SUCCESS', 4040, 8888)
    assert (refund.out_refund_no, refund.refund_id) == (f'{NUMBER}R1', '')
    assert refund.success_time == datetime.datetime(2026, 1, 1, 19, 4, 5, tzinfo=datetime.UTC)
    assert refund.mchid == SELLER_ID


def test_refund_of_a_trade_without_a_known_number_goes_by_ours():
    alipay, transport = client(answer(REFUND, _done()))
    alipay.refund(replace(ORDER, transaction_id='', reason=''))
    assert 'trade_no' not in transport.sent[0].content
    assert 'refund_reason' not in transport.sent[0].content


def test_accepted_without_a_change_of_funds_is_not_refunded():
    # Trap 13: 10000 says that the call worked.
    alipay, _transport = client(answer(REFUND, _done(fund_change='N')))
    refund = alipay.refund(ORDER)
    assert (refund.status, refund.success_time) == ('PROCESSING', None)


def test_repeated_refund_sends_the_same_bytes():
    # Trap 16: a new number after a time-out pays twice.
    alipay, transport = client(TimeoutError(), answer(REFUND, _done(fund_change='N')))
    with pytest.raises(UnknownOutcome):
        alipay.refund(ORDER)
    alipay.refund(ORDER)
    assert transport.sent[0].body == transport.sent[1].body


@pytest.mark.parametrize(
    ('code', 'kind', 'said'),
    [
        ('SYSTEM_ERROR', UnknownOutcome, 'SYSTEM_ERROR'),
        ('A_NEW_CODE', UnknownOutcome, 'A_NEW_CODE'),
        ('SELLER_BALANCE_NOT_ENOUGH', Refused, 'NOT_ENOUGH'),
        ('TRADE_NOT_EXIST', NotFound, 'ORDER_NOT_EXIST'),
        ('DISCORDANT_REPEAT_REQUEST', Refused, 'DISCORDANT_REPEAT_REQUEST'),
        ('REASON_TRADE_REFUND_FEE_ERR', Refused, 'REASON_TRADE_REFUND_FEE_ERR'),
        ('TRADE_HAS_FINISHED', Refused, 'TRADE_HAS_FINISHED'),
    ],
)
def test_errors_of_a_refund_are_told_apart(code, kind, said):
    alipay, _transport = client(failure(REFUND, '40004', f'ACQ.{code}'))
    with pytest.raises(kind) as caught:
        alipay.refund(ORDER)
    assert (type(caught.value), caught.value.code) == (kind, said)


@pytest.mark.parametrize(
    'fields', [{'fund_change': ...}, {'out_trade_no': 'ANOTHER'}, {'trade_no': ...}], ids=str
)
def test_refund_answer_of_another_shape_is_malformed(fields):
    alipay, _transport = client(answer(REFUND, _done(**fields)))
    with pytest.raises(Malformed):
        alipay.refund(ORDER)


@pytest.mark.parametrize(
    'spoiled', [{'refund_fen': 0}, {'out_refund_no': ''}, {'out_trade_no': 'a b'}], ids=str
)
def test_unusable_refund_is_not_sent(spoiled):
    alipay, transport = client()
    with pytest.raises(InvalidArgument):
        alipay.refund(replace(ORDER, **spoiled))
    assert transport.sent == []


# === QUERY === #


def test_query_tells_a_refund_by_both_numbers():
    alipay, transport = client(answer(QUERY, _found()))
    refund = alipay.query_refund(NUMBER, f'{NUMBER}R1')
    content = transport.sent[0].content
    assert (content['out_trade_no'], content['out_request_no']) == (NUMBER, f'{NUMBER}R1')
    assert (refund.status, refund.refund_fen, refund.total_fen) == ('SUCCESS', 4040, 8888)
    assert refund.success_time == datetime.datetime(2026, 1, 1, 19, 4, 5, tzinfo=datetime.UTC)


@pytest.mark.parametrize('status', [..., ''])
def test_query_without_a_status_is_not_found(status):
    # Trap 13: the answer of success only says that the query worked.
    alipay, _transport = client(answer(QUERY, _found(refund_status=status)))
    with pytest.raises(NotFound):
        alipay.query_refund(NUMBER, f'{NUMBER}R1')


def test_other_states_are_not_the_end():
    alipay, _transport = client(answer(QUERY, _found(refund_status='REFUND_PROCESSING')))
    refund = alipay.query_refund(NUMBER, f'{NUMBER}R1')
    assert (refund.status, refund.success_time) == ('PROCESSING', None)


def test_query_of_an_unknown_trade_is_not_found():
    alipay, _transport = client(failure(QUERY, '40004', 'ACQ.TRADE_NOT_EXIST'))
    with pytest.raises(NotFound):
        alipay.query_refund(NUMBER, f'{NUMBER}R1')


@pytest.mark.parametrize(
    'fields',
    [
        {'out_trade_no': 'ANOTHER'},
        {'out_request_no': 'ANOTHER'},
        {'refund_amount': ...},
        {'out_request_no': ...},
    ],
    ids=str,
)
def test_query_answer_of_another_shape_is_malformed(fields):
    alipay, _transport = client(answer(QUERY, _found(**fields)))
    with pytest.raises(Malformed):
        alipay.query_refund(NUMBER, f'{NUMBER}R1')
