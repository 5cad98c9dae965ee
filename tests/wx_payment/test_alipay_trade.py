"""Query, close and reverse. Source: spec/alipay.md §5.3–§5.5, §8.2."""

import pytest

import alipay_vectors as vectors
from alipay_helpers import NUMBER, TRADE_NO, answer, client, failure, trade
from paywire.errors import InvalidArgument, Malformed, NotFound, Refused, UnknownOutcome

QUERY, CLOSE, CANCEL = 'alipay.trade.query', 'alipay.trade.close', 'alipay.trade.cancel'


@pytest.mark.parametrize(
    ('fields', 'state'),
    [
        ({'trade_status': 'WAIT_BUYER_PAY', 'send_pay_date': ...}, 'NOTPAY'),
        ({'trade_status': 'TRADE_SUCCESS'}, 'SUCCESS'),
        ({'trade_status': 'TRADE_FINISHED'}, 'SUCCESS'),
        ({'trade_status': 'TRADE_CLOSED', 'send_pay_date': ...}, 'CLOSED'),
        ({'trade_status': 'TRADE_CLOSED'}, 'REFUND'),
    ],
)
def test_query_translates_the_state(fields, state):
    alipay, _transport = client(answer(QUERY, trade(buyer_pay_amount='0.00', **fields)))
    found = alipay.query(NUMBER)
    assert found.trade_state == state
    assert found.trade_state_desc == fields['trade_status']
    assert (found.appid, found.mchid) == (vectors.APP_ID, vectors.SELLER_ID)
    assert (found.total_fen, found.currency) == (8888, 'CNY')
    assert found.payer_total_fen is None
    assert found.openid == '2088102122524333'


def test_query_before_the_trade_exists_is_not_found():
    alipay, _transport = client(failure(QUERY, '40004', 'ACQ.TRADE_NOT_EXIST'))
    with pytest.raises(NotFound) as caught:
        alipay.query(NUMBER)
    assert caught.value.code == 'ORDER_NOT_EXIST'


def test_unpaid_trade_may_lack_its_number():
    alipay, _transport = client(
        answer(QUERY, trade(trade_status='WAIT_BUYER_PAY', trade_no=..., send_pay_date=...))
    )
    assert alipay.query(NUMBER).transaction_id == ''


@pytest.mark.parametrize(
    'fields',
    [
        {'trade_status': 'TRADE_NEW'},
        {'trade_status': ...},
        {'out_trade_no': 'ANOTHER'},
        {'trade_no': ...},
        {'total_amount': ...},
        {'total_amount': '0.001'},
        {'send_pay_date': 'x'},
        {'trade_no': 5},
    ],
    ids=str,
)
def test_query_of_another_shape_is_malformed(fields):
    alipay, _transport = client(answer(QUERY, trade(**fields)))
    with pytest.raises(Malformed):
        alipay.query(NUMBER)


def test_waiting_is_no_answer_to_a_query():
    alipay, _transport = client(answer(QUERY, trade(code='10003')))
    with pytest.raises(UnknownOutcome):
        alipay.query(NUMBER)


def test_close_sends_our_number():
    alipay, transport = client(answer(CLOSE, out_trade_no=NUMBER, trade_no=TRADE_NO))
    alipay.close(NUMBER)
    assert transport.sent[0].content == {'out_trade_no': NUMBER}


@pytest.mark.parametrize(
    ('code', 'kind', 'said'),
    [
        ('TRADE_NOT_EXIST', NotFound, 'ORDER_NOT_EXIST'),
        ('TRADE_STATUS_ERROR', Refused, 'TRADE_STATUS_ERROR'),
        ('REASON_TRADE_STATUS_INVALID', Refused, 'REASON_TRADE_STATUS_INVALID'),
        ('REASON_ILLEGAL_STATUS', Refused, 'REASON_ILLEGAL_STATUS'),
        ('TRADE_HAS_CLOSE', Refused, 'ORDER_CLOSED'),
        ('SYSTEM_ERROR', UnknownOutcome, 'SYSTEM_ERROR'),
    ],
)
def test_errors_of_a_close_are_told_apart(code, kind, said):
    alipay, _transport = client(failure(CLOSE, '40004', f'ACQ.{code}'))
    with pytest.raises(kind) as caught:
        alipay.close(NUMBER)
    assert (type(caught.value), caught.value.code) == (kind, said)


@pytest.mark.parametrize(
    ('fields', 'ended'),
    [
        ({'retry_flag': 'N', 'action': 'close'}, True),
        ({'retry_flag': 'N', 'action': 'refund'}, True),
        ({'retry_flag': 'N'}, True),
        ({'retry_flag': 'Y'}, False),
    ],
)
def test_reverse_tells_whether_to_ask_again(fields, ended):
    alipay, transport = client(answer(CANCEL, fields, out_trade_no=NUMBER))
    assert alipay.reverse(NUMBER) is ended
    assert transport.sent[0].parameters['method'] == CANCEL


@pytest.mark.parametrize(
    ('code', 'kind'),
    [
        ('ACQ.SYSTEM_ERROR', UnknownOutcome),
        ('AQC.SYSTEM_ERROR', UnknownOutcome),
        ('ACQ.TRADE_CANCEL_TIME_OUT', Refused),
        ('ACQ.CANCEL_NOT_ALLOWED', Refused),
        ('ACQ.SELLER_BALANCE_NOT_ENOUGH', Refused),
    ],
)
def test_errors_of_a_reverse_are_told_apart(code, kind):
    alipay, _transport = client(failure(CANCEL, '40004', code))
    with pytest.raises(kind) as caught:
        alipay.reverse(NUMBER)
    assert type(caught.value) is kind


@pytest.mark.parametrize('verb', ['query', 'close', 'reverse'])
def test_unusable_number_is_not_sent(verb):
    alipay, transport = client()
    with pytest.raises(InvalidArgument):
        getattr(alipay, verb)('A/../1')
    assert transport.sent == []
