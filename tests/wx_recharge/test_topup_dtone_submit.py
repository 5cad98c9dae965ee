"""Submitting to DT One: only a known refusal is a failure. Source: §0, §2, §6 traps 1, 3, 4, 10."""

import base64
from decimal import Decimal

import pytest

from topup.dtone import SUBMIT_TIMEOUT_S
from topup.dtone_codes import CLASSES, ERROR_CLASSES, REASONS, STATES, classify
from topup.errors import Refused
from topup.normalized import NOT_EXECUTED, ErrorClass, State
from topup.products import Side
from topup_dtone_fakes import CONFIG, error_reply, make_client, make_order, make_transaction
from topup_fakes import OUR_REF, FakeReply, reply


def submit(*answers, **values):
    client, send = make_client(*answers)
    return client.submit(make_order(**values)), send


# === WHAT IS SENT === #


def test_order_has_the_documented_fields_and_is_confirmed_at_once():
    _result, send = submit(reply(make_transaction('CONFIRMED'), 201))
    sent = send.sent[0]
    assert (sent.method, sent.url) == ('POST', 'https://dvs.example/v1/async/transactions')
    assert sent.json == {
        'external_id': OUR_REF,
        'product_id': 4001,
        'auto_confirm': True,
        'credit_party_identifier': {'mobile_number': '+66812345678'},
    }
    assert sent.headers['Content-Type'] == 'application/json'
    assert sent.timeout == SUBMIT_TIMEOUT_S


def test_key_and_secret_are_sent_as_basic_authentication():
    _result, send = submit(reply(make_transaction('CONFIRMED'), 201))
    kind, value = send.sent[0].headers['Authorization'].split()
    assert (kind, base64.b64decode(value)) == ('Basic', b'key-1:secret-1')


@pytest.mark.parametrize(
    ('side', 'mode', 'name'),
    [
        (Side.SEND, 'SOURCE_AMOUNT', 'source'),
        (Side.RECEIVE, 'DESTINATION_AMOUNT', 'destination'),
    ],
)
def test_ranged_order_names_mode_amount_and_unit(side, mode, name):
    _result, send = submit(
        reply(make_transaction('CONFIRMED'), 201),
        amount=Decimal('100.10'),
        amount_currency='THB',
        side=side,
    )
    assert send.sent[0].json['calculation_mode'] == mode
    assert send.sent[0].json[name] == {'unit_type': 'CURRENCY', 'unit': 'THB', 'amount': 100.1}
    assert b'"amount": 100.10}' in send.sent[0].body


def test_callback_address_and_extra_fields_are_sent_where_they_belong():
    _result, send = submit(
        reply(make_transaction('CONFIRMED'), 201),
        callback_url='https://shop.example/cb/x?a=1',
        extra={'sender.first_name': 'Li', 'credit_party_identifier.account_number': '7'},
    )
    sent = send.sent[0].json
    assert sent['callback_url'] == 'https://shop.example/cb/x?a=1'
    assert sent['sender'] == {'first_name': 'Li'}
    assert sent['credit_party_identifier'] == {
        'mobile_number': '+66812345678',
        'account_number': '7',
    }


@pytest.mark.parametrize(
    ('values', 'code'),
    [
        ({'sku': ''}, 'INVALID_SKU'),
        ({'sku': '0'}, 'INVALID_SKU'),
        ({'sku': '4001:5'}, 'INVALID_SKU'),
        ({'sku': '٤'}, 'INVALID_SKU'),
        ({'amount': Decimal(0), 'amount_currency': 'THB'}, 'INVALID_AMOUNT'),
        ({'amount': Decimal('Infinity'), 'amount_currency': 'THB'}, 'INVALID_AMOUNT'),
        ({'amount': Decimal(5)}, 'INVALID_AMOUNT'),
        ({'extra': {'auto_confirm': 'false'}}, 'INVALID_EXTRA'),
        ({'extra': {'auto_confirm.x': 'false'}}, 'INVALID_EXTRA'),
        ({'extra': {'sender.': 'x'}}, 'INVALID_EXTRA'),
    ],
)
def test_order_that_cannot_be_written_never_leaves(values, code):
    client, send = make_client()
    with pytest.raises(Refused) as caught:
        client.submit(make_order(**values))
    assert caught.value.code == code
    assert send.sent == []


# === ACCEPTED === #


@pytest.mark.parametrize('message', ['CREATED', 'CONFIRMED', 'SUBMITTED'])
def test_created_is_not_delivered(message):
    result, send = submit(reply(make_transaction(message), 201))
    assert (result.state, result.supplier_ref) == (State.PROCESSING, '778899')
    assert (result.error_class, result.error_code, result.delivered) == (None, '', None)
    assert len(send.sent) == 1


def test_completed_answer_tells_cost_with_fee_and_what_arrived():
    result, _send = submit(reply(make_transaction(), 201))
    assert result.state is State.SUCCEEDED
    assert (result.cost, result.cost_currency) == (Decimal('2.90'), 'USD')
    assert (result.delivered, result.delivered_currency) == (Decimal(100), 'THB')
    assert result.operator_ref == 'OP-9'
    assert result.occurred_at == '2026-01-01T10:00:01.000000Z'


@pytest.mark.parametrize(
    'answer',
    [
        reply({}, 201),
        reply([], 201),
        reply('ok', 201),
        reply(make_transaction(id=None), 201),
        reply({'errors': [{'code': 1005003}]}, 201),
        FakeReply(201, b''),
        FakeReply(200, b'<html>maintenance</html>'),
    ],
)
def test_success_without_a_transaction_is_unknown(answer):
    result, _send = submit(answer)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)


def test_answer_about_another_order_is_unknown_and_its_id_is_not_kept():
    result, _send = submit(reply(make_transaction(external_id='OTHER'), 201))
    assert (result.state, result.error_code) == (State.UNKNOWN, 'REFERENCE_MISMATCH')
    assert result.supplier_ref == ''


# === NO ANSWER === #


@pytest.mark.parametrize('error', [TimeoutError(), ConnectionResetError(), OSError()])
def test_transport_failure_is_unknown_and_sent_once(error):
    result, send = submit(error)
    assert (result.state, result.error_code) == (State.UNKNOWN, 'NO_ANSWER')
    assert len(send.sent) == 1


@pytest.mark.parametrize('status', [500, 502, 503, 504])
@pytest.mark.parametrize('code', ['1006001', '1005003', '1009001', '1009503'])
def test_server_error_is_unknown_whatever_its_code(status, code):
    result, _send = submit(error_reply(status, code))
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)


@pytest.mark.parametrize('status', [301, 400, 401, 403, 404, 409])
def test_refusal_without_a_known_code_is_unknown(status):
    for answer in (FakeReply(status, b'<html>'), reply({'errors': []}, status)):
        result, _send = submit(answer)
        assert (result.state, result.error_code) == (State.UNKNOWN, f'HTTP_{status}')
    result, _send = submit(error_reply(status, '1999999'))
    assert result.state is State.UNKNOWN


# === REFUSED === #


@pytest.mark.parametrize(('code', 'error_class'), list(ERROR_CLASSES.items()))
def test_every_code_leads_to_its_class(code, error_class):
    result, _send = submit(error_reply(400, code))
    assert (result.error_class, result.error_code) == (error_class, code)
    assert result.error_text == f'refused: {code}'
    failed = error_class in NOT_EXECUTED
    assert result.state is (State.FAILED if failed else State.UNKNOWN)


@pytest.mark.parametrize(
    ('code', 'error_class'),
    [
        ('1000401', ErrorClass.ACCOUNT),
        ('1006001', ErrorClass.ACCOUNT),
        ('1005003', ErrorClass.FINAL_INPUT),
        ('1003001', ErrorClass.FINAL_OPERATOR),
        ('1007001', ErrorClass.DUPLICATE_REF),
        ('1007004', ErrorClass.UNKNOWN),
        ('1009001', ErrorClass.UNKNOWN),
    ],
)
def test_codes_of_the_sheet(code, error_class):
    assert ERROR_CLASSES[code] is error_class


def test_used_reference_means_look_at_the_original_and_never_failed():
    result, _send = submit(error_reply(400, '1007001'))
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.DUPLICATE_REF)


def test_of_several_codes_the_doubtful_one_counts():
    assert classify(400, ('1005003', '1006001')) is ErrorClass.FINAL_INPUT
    assert classify(400, ('1005003', '1007001')) is ErrorClass.DUPLICATE_REF
    assert classify(400, ('1007001', '1999999')) is ErrorClass.UNKNOWN
    result, _send = submit(error_reply(400, '1005003', '1006001'))
    assert result.error_code == '1005003,1006001'


def test_throttled_order_was_not_executed_and_tells_when_to_come_back():
    result, _send = submit(error_reply(429, '1000429', headers={'Retry-After': '7'}))
    assert (result.state, result.error_class) == (State.FAILED, ErrorClass.THROTTLED)
    assert result.retry_after_s == 7
    result, _send = submit(FakeReply(429, b'<html>'))
    assert (result.error_class, result.retry_after_s) == (ErrorClass.THROTTLED, None)


@pytest.mark.parametrize('kind', ['REJECTED', 'DECLINED'])
@pytest.mark.parametrize(('reason', 'error_class'), list(REASONS.items()))
def test_every_reason_of_a_failed_transaction_leads_to_its_class(kind, reason, error_class):
    result, _send = submit(reply(make_transaction(f'{kind}-{reason}'), 201))
    assert (result.state, result.error_class) == (State.FAILED, error_class)
    assert result.error_code == f'{kind}-{reason}'
    assert result.error_class in NOT_EXECUTED


@pytest.mark.parametrize('message', ['REJECTED', 'DECLINED', 'DECLINED-SOMETHING-NEW'])
def test_failure_without_a_known_reason_is_the_operators_no(message):
    result, _send = submit(reply(make_transaction(message), 201))
    assert (result.state, result.error_class) == (State.FAILED, ErrorClass.FINAL_OPERATOR)


# === TABLES AND LOG === #


def test_every_class_has_a_state():
    assert set(CLASSES.values()) == set(STATES)


def test_secret_is_in_no_log():
    result, _send = submit(reply(make_transaction(), 201))
    text = result.request + result.raw
    assert 'secret-1' not in text
    assert 'Basic' not in text
    assert result.request.startswith('POST /async/transactions {"external_id"')


def test_config_does_not_show_its_secret():
    assert 'secret-1' not in repr(CONFIG)
