"""Submitting: only a known refusal is a failure. Source: spec/topup_suppliers.md §0, §1, §6."""

import json

import pytest

from topup.errors import NotSent, Refused, UnknownOutcome
from topup.normalized import ErrorClass, OrderRequest, State
from topup.reloadly import SUBMIT_TIMEOUT_S
from topup_fakes import (
    OUR_REF,
    FakeReply,
    FakeTokens,
    error_reply,
    make_client,
    make_transaction,
    reply,
)


def make_order(**values):
    return OrderRequest(
        **{'our_ref': OUR_REF, 'sku': '101:3.00', 'e164': '+66812345678', 'country': 'TH', **values}
    )


def submit(*answers, **values):
    client, send = make_client(*answers)
    return client.submit(make_order(**values)), send


# === WHAT IS SENT === #


def test_order_is_sent_to_the_asynchronous_route():
    _result, send = submit(reply({'transactionId': 1}))
    sent = send.sent[0]
    assert (sent.method, sent.url) == ('POST', 'https://topups.example/topups-async')
    assert sent.headers['Content-Type'] == 'application/json'
    assert sent.timeout == SUBMIT_TIMEOUT_S


def test_order_has_the_documented_fields_and_no_other():
    _result, send = submit(reply({'transactionId': 1}))
    assert send.sent[0].json == {
        'operatorId': 101,
        'amount': 3.0,
        'useLocalAmount': False,
        'customIdentifier': OUR_REF,
        'recipientPhone': {'countryCode': 'TH', 'number': '66812345678'},
    }


@pytest.mark.parametrize('amount', ['3.00', '3', '0.1', '12.345678', '100000000'])
def test_amount_leaves_with_the_exact_digits_of_the_sku(amount):
    _result, send = submit(reply({'transactionId': 1}), sku=f'101:{amount}')
    assert f'"amount": {amount},'.encode() in send.sent[0].body


def test_order_is_sent_exactly_once():
    _result, send = submit(reply({'transactionId': 1}))
    assert len(send.sent) == 1


def test_unreadable_sku_never_leaves():
    client, send = make_client()
    with pytest.raises(Refused):
        client.submit(make_order(sku='101'))
    assert send.sent == []


def test_without_a_token_the_order_never_leaves():
    client, send = make_client(tokens=FakeTokens(UnknownOutcome('time-out')))
    with pytest.raises(NotSent):
        client.submit(make_order())
    assert send.sent == []


def test_order_refused_for_its_token_is_sent_again_with_the_same_reference():
    tokens = FakeTokens()
    client, send = make_client(
        error_reply(401, 'TOKEN_EXPIRED'), reply({'transactionId': 5}), tokens=tokens
    )
    assert client.submit(make_order()).supplier_ref == '5'
    assert [sent.json['customIdentifier'] for sent in send.sent] == [OUR_REF, OUR_REF]


def test_no_renewed_token_after_a_rejected_one_means_nothing_was_executed():
    class Once(FakeTokens):
        def __call__(self, rejected):
            if rejected is not None:
                raise UnknownOutcome('time-out')
            return super().__call__(rejected)

    client, send = make_client(error_reply(401, 'TOKEN_EXPIRED'), tokens=Once())
    with pytest.raises(NotSent):
        client.submit(make_order())
    assert len(send.sent) == 1


# === ACCEPTED === #


def test_accepted_is_not_delivered():
    result, _send = submit(reply({'transactionId': 4711}))
    assert result.state is State.ACCEPTED
    assert result.supplier_ref == '4711'
    assert result.error_class is None


def test_status_of_a_direct_answer_is_used():
    result, _send = submit(reply(make_transaction()))
    assert result.state is State.SUCCEEDED
    assert result.supplier_ref == '4711'


def test_unknown_status_of_a_direct_answer_is_unknown_but_keeps_their_id():
    result, _send = submit(reply({'transactionId': 4711, 'status': 'BRAND_NEW'}))
    assert result.state is State.UNKNOWN
    assert result.supplier_ref == '4711'


def test_direct_failure_is_final():
    result, _send = submit(reply({'transactionId': 4711, 'status': 'FAILED'}))
    assert result.state is State.FAILED
    assert result.error_class is ErrorClass.FINAL_OPERATOR


@pytest.mark.parametrize(
    'answer',
    [
        reply({}),
        reply([]),
        reply('ok'),
        reply({'transactionId': None}),
        reply({'transactionId': ''}),
        reply({'errorCode': 'INVALID_AMOUNT', 'message': 'no'}),
        FakeReply(200, b''),
        FakeReply(200, b'<html>maintenance</html>'),
        FakeReply(204, b''),
    ],
)
def test_success_without_a_transaction_is_unknown(answer):
    result, _send = submit(answer)
    assert result.state is State.UNKNOWN
    assert result.error_class is ErrorClass.UNKNOWN


# === NO ANSWER === #


@pytest.mark.parametrize(
    'error', [TimeoutError(), ConnectionResetError(), ConnectionRefusedError(), OSError()]
)
def test_transport_failure_is_unknown_and_never_a_failure(error):
    result, send = submit(error)
    assert result.state is State.UNKNOWN
    assert result.error_class is ErrorClass.UNKNOWN
    assert result.error_code == 'NO_ANSWER'
    assert len(send.sent) == 1


@pytest.mark.parametrize('status', [500, 502, 503, 504])
@pytest.mark.parametrize('code', ['INVALID_AMOUNT', 'INSUFFICIENT_BALANCE', 'PHONE_BANNED'])
def test_server_error_is_unknown_and_never_a_failure(status, code):
    result, _send = submit(error_reply(status, code))
    assert result.state is State.UNKNOWN
    assert result.error_class is ErrorClass.UNKNOWN


@pytest.mark.parametrize('status', [301, 302, 400, 401, 403, 404, 408, 409, 422])
def test_refusal_without_a_known_code_is_unknown(status):
    for answer in (FakeReply(status, b'<html>'), error_reply(status, 'BRAND_NEW')):
        result, _send = submit(answer)
        assert result.state is State.UNKNOWN


def test_code_left_out_is_replaced_by_the_status():
    result, _send = submit(FakeReply(403, b''))
    assert (result.error_code, result.error_text) == ('HTTP_403', 'HTTP 403')


# === REFUSED === #


@pytest.mark.parametrize(
    ('code', 'error_class'),
    [
        ('INVALID_RECIPIENT_PHONE', ErrorClass.FINAL_INPUT),
        ('INVALID_AMOUNT_FOR_OPERATOR', ErrorClass.FINAL_INPUT),
        ('RECIPIENT_PHONE_INACTIVE', ErrorClass.FINAL_OPERATOR),
        ('PHONE_RECENTLY_RECHARGED', ErrorClass.RETRY_LATER),
        ('OPERATOR_NOT_IN_SERVICE', ErrorClass.RETRY_LATER),
        ('INSUFFICIENT_BALANCE', ErrorClass.ACCOUNT),
        ('RATE_LIMIT_REACHED', ErrorClass.THROTTLED),
    ],
)
def test_known_refusal_is_a_failure_of_its_class(code, error_class):
    result, _send = submit(error_reply(400, code, 'the reason'))
    assert result.state is State.FAILED
    assert result.error_class is error_class
    assert (result.error_code, result.error_text) == (code, 'the reason')


def test_refused_account_after_a_renewed_token_is_a_failure_of_the_account():
    result, send = submit(error_reply(401, 'TOKEN_EXPIRED'), error_reply(401, 'TOKEN_EXPIRED'))
    assert result.state is State.FAILED
    assert result.error_class is ErrorClass.ACCOUNT
    assert len(send.sent) == 2


@pytest.mark.parametrize(
    'code',
    ['TRANSACTION_FAILED_ON_OPERATOR', 'PROVIDER_INTERNAL_ERROR', 'TOPUP_TRANSACTION_FAILED'],
)
def test_codes_that_sound_final_but_are_not_are_unknown(code):
    result, _send = submit(error_reply(400, code))
    assert result.state is State.UNKNOWN
    assert result.error_class is ErrorClass.UNKNOWN


def test_used_reference_means_look_at_the_original_and_never_failed():
    result, _send = submit(error_reply(400, 'CUSTOM_IDENTIFIER_ALREADY_USED'))
    assert result.state is State.UNKNOWN
    assert result.error_class is ErrorClass.DUPLICATE_REF


def test_throttled_order_tells_when_to_come_back():
    answer = reply({'errorCode': 'RATE_LIMIT_REACHED'}, 429, {'retry-after': '30'})
    result, _send = submit(answer)
    assert result.error_class is ErrorClass.THROTTLED
    assert result.retry_after_s == 30


# === LOG === #


def test_request_and_answer_are_kept_without_the_token():
    result, _send = submit(reply({'transactionId': 1}))
    assert result.request.startswith('POST /topups-async {')
    assert json.loads(result.request.split(' ', 2)[2])['customIdentifier'] == OUR_REF
    assert result.raw == '200 {"transactionId": 1}'
    assert 'token-1' not in result.request + result.raw


def test_pin_of_an_answer_is_masked_in_the_log():
    answer = reply(make_transaction(pinDetail={'code': '998877', 'serial': 's'}))
    result, _send = submit(answer)
    assert '998877' not in result.raw


def test_garbage_is_not_copied_into_the_log():
    result, _send = submit(FakeReply(200, b'<p>Bearer token-1</p>'))
    assert result.raw == '200 (21 bytes, not JSON)'
