"""Asking DT One, and its callbacks. Source: spec/topup_suppliers.md §0, §2, §5.3, §6 trap 10."""

import json
from decimal import Decimal

import pytest

from topup.dtone_codes import CAPABILITIES
from topup.errors import SignatureError
from topup.normalized import CallbackReply, ErrorClass, Idempotency, Pin, State
from topup_dtone_fakes import error_reply, make_client, make_status, make_transaction
from topup_fakes import OUR_REF, FakeReply, reply


def query(*answers, supplier_ref=''):
    client, send = make_client(*answers)
    return client.query(OUR_REF, supplier_ref), send


# === BY THEIR ID === #


def test_known_id_is_asked_directly():
    result, send = query(reply(make_transaction()), supplier_ref='778899')
    assert [sent.url for sent in send.sent] == ['https://dvs.example/v1/transactions/778899']
    assert result.state is State.SUCCEEDED


def test_id_is_escaped():
    _result, send = query(reply(make_transaction()), supplier_ref='1/../2')
    assert send.sent[0].url.endswith('/transactions/1%2F..%2F2')


@pytest.mark.parametrize('code', ['1008004', '1000404'])
def test_unknown_id_is_asked_for_by_our_reference(code):
    result, send = query(
        error_reply(404, code), reply([make_transaction('SUBMITTED')]), supplier_ref='1'
    )
    assert result.state is State.PROCESSING
    assert send.sent[1].url == f'https://dvs.example/v1/transactions?external_id={OUR_REF}'


def test_not_found_of_something_between_is_no_answer():
    result, send = query(FakeReply(404, b'<html>'), supplier_ref='1')
    assert (result.state, result.found, result.error_code) == (State.UNKNOWN, True, 'HTTP_404')
    assert len(send.sent) == 1


# === BY OUR REFERENCE === #


def test_list_is_always_asked_with_our_reference_because_others_reach_back_one_day():
    _result, send = query(reply([make_transaction()]))
    assert f'external_id={OUR_REF}' in send.sent[0].url


@pytest.mark.parametrize(
    ('message', 'state', 'error_class'),
    [
        ('CREATED', State.PROCESSING, None),
        ('CONFIRMED', State.PROCESSING, None),
        ('SUBMITTED', State.PROCESSING, None),
        ('COMPLETED', State.SUCCEEDED, None),
        ('REJECTED', State.FAILED, ErrorClass.FINAL_OPERATOR),
        ('DECLINED', State.FAILED, ErrorClass.FINAL_OPERATOR),
        ('CANCELLED', State.CANCELLED, ErrorClass.FINAL_OPERATOR),
        ('REVERSED', State.REVERSED, None),
    ],
)
def test_class_decides_the_state(message, state, error_class):
    result, _send = query(reply([make_transaction(message)]))
    assert (result.state, result.error_class) == (state, error_class)
    charged = state in (State.PROCESSING, State.SUCCEEDED)
    assert result.cost == (Decimal('2.90') if charged else None)


def test_text_of_a_status_does_not_decide():
    status = {**make_status('COMPLETED'), 'message': 'DECLINED-EXCEPTION'}
    result, _send = query(reply([make_transaction(status=status)]))
    assert result.state is State.SUCCEEDED


@pytest.mark.parametrize(
    'status',
    [
        None,
        'COMPLETED',
        {},
        {'id': 70000, 'message': 'COMPLETED'},
        {'id': 70000, 'message': 'COMPLETED', 'class': {'message': 'COMPLETED'}},
        {'id': 70000, 'message': 'COMPLETED', 'class': {'id': '7', 'message': 'COMPLETED'}},
        {'id': 70000, 'message': 'COMPLETED', 'class': {'id': 9, 'message': 'COMPLETED'}},
        {'id': 60000, 'message': 'NEW', 'class': {'id': 6, 'message': 'NEW'}},
        {'id': 1, 'message': 'CREATED', 'class': {'id': True, 'message': 'CREATED'}},
    ],
)
def test_status_without_a_sound_class_is_unknown(status):
    result, _send = query(reply([make_transaction(status=status)]))
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)
    assert result.error_code


def test_reversal_names_itself():
    result, _send = query(reply([make_transaction('REVERSED')]))
    assert result.error_code == 'REVERSED'
    assert (result.delivered, result.cost) == (None, None)


def test_empty_list_is_not_found_and_no_failure():
    result, _send = query(reply([]))
    assert (result.found, result.state) == (False, State.UNKNOWN)


def test_transaction_not_found_by_reference_is_not_found():
    result, _send = query(error_reply(404, '1008004'))
    assert (result.found, result.state) == (False, State.UNKNOWN)


def test_list_of_other_orders_proves_nothing():
    result, _send = query(reply([make_transaction(external_id='OTHER')]))
    assert (result.found, result.error_code) == (True, 'FILTER_IGNORED')


def test_references_differ_by_case():
    result, _send = query(reply([make_transaction(external_id=OUR_REF.lower())]))
    assert result.error_code == 'FILTER_IGNORED'


def test_best_of_several_counts_and_the_others_are_told():
    rows = [make_transaction('DECLINED'), make_transaction(id=2), make_transaction('SUBMITTED')]
    result, _send = query(reply(rows))
    assert (result.state, result.supplier_ref, result.duplicates) == (State.SUCCEEDED, '2', 1)


@pytest.mark.parametrize(
    'answer',
    [
        TimeoutError(),
        FakeReply(200, b'{'),
        reply({'a': 1}),
        reply('x'),
        FakeReply(500, b''),
        error_reply(401, '1000401'),
        error_reply(429, '1000429'),
        error_reply(400, '1005003'),
    ],
)
def test_question_that_failed_says_nothing_about_the_order(answer):
    result, _send = query(answer)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)
    assert result.found is True


def test_adjusted_values_count_before_the_requested_ones():
    adjusted = {'destination': {'unit_type': 'CURRENCY', 'unit': 'THB', 'amount': 95.5}}
    result, _send = query(reply([make_transaction(adjusted_values=adjusted)]))
    assert (result.delivered, result.delivered_currency) == (Decimal('95.5'), 'THB')


@pytest.mark.parametrize('prices', [None, {}, {'wholesale': None}, {'wholesale': {'fee': 1}}])
def test_cost_that_is_not_told_is_not_invented(prices):
    result, _send = query(reply([make_transaction(prices=prices, requested_values=None)]))
    assert (result.cost, result.cost_currency, result.delivered) == (None, '', None)


# === PIN === #


def test_bought_code_is_handed_over_and_masked_in_the_log():
    row = make_transaction(
        pin={'code': '12345678901', 'serial': 'S9'},
        product={'id': 1, 'pin': {'usage_info': ['Dial *123*code#', 'Then OK']}},
    )
    result, _send = query(reply([row]))
    assert result.pin == Pin('12345678901', 'S9', 'Dial *123*code#\nThen OK')
    assert '12345678901' not in result.raw + repr(result)


@pytest.mark.parametrize('pin', [None, {}, {'code': None, 'serial': 'S9'}, 'x'])
def test_without_a_code_there_is_no_pin(pin):
    result, _send = query(reply([make_transaction(pin=pin)]))
    assert result.pin is None


# === CALLBACK === #


def parse(document):
    client, send = make_client()
    event = client.parse_callback({}, json.dumps(document).encode(), '')
    assert send.sent == []
    return event


def test_callback_is_a_hint_that_nobody_signed():
    event = parse(make_transaction('REVERSED'))
    assert (event.our_ref, event.supplier_ref) == (OUR_REF, '778899')
    assert (event.state_hint, event.authenticated) == (State.REVERSED, False)


def test_callback_without_a_sound_status_is_still_a_hint_to_ask():
    assert parse({'external_id': OUR_REF}).state_hint is State.UNKNOWN


@pytest.mark.parametrize('body', [b'', b'{', b'[]', b'"x"', b'{"status": {}}'])
def test_callback_that_names_no_transaction_is_refused(body):
    client, _send = make_client()
    with pytest.raises(SignatureError):
        client.parse_callback({}, body, '')


# === CAPABILITIES === #


def test_capabilities_are_those_of_the_sheet():
    client, _send = make_client()
    assert client.capabilities is CAPABILITIES
    assert CAPABILITIES.idempotency is Idempotency.ENFORCED
    assert (CAPABILITIES.callback, CAPABILITIES.callback_signed) == (True, False)
    assert CAPABILITIES.max_process_s == 180
    assert client.callback_reply == CallbackReply(200, '') == (200, '')
