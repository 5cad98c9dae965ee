"""Asking what became of an order. Source: spec/topup_suppliers.md §0 rule 3, §1, §6."""

from decimal import Decimal

import pytest

from topup.errors import NotSent, UnknownOutcome
from topup.normalized import ErrorClass, State
from topup_fakes import (
    OUR_REF,
    FakeReply,
    FakeTokens,
    error_reply,
    make_client,
    make_transaction,
    reply,
)


def by_reference(*answers):
    client, send = make_client(*answers)
    return client.query(OUR_REF), send


def by_id(*answers):
    client, send = make_client(*answers)
    return client.query(OUR_REF, '4711'), send


def report(*transactions):
    return reply({'content': list(transactions), 'totalPages': 1})


def status(value, **values):
    return reply({'code': None, 'message': None, 'status': value, **values})


# === BY OUR REFERENCE === #


def test_report_is_filtered_by_our_reference():
    _result, send = by_reference(report(make_transaction()))
    assert send.sent[0].method == 'GET'
    assert send.sent[0].url.startswith(
        f'https://topups.example/topups/reports/transactions?customIdentifier={OUR_REF}&'
    )


@pytest.mark.parametrize(
    ('text', 'state'),
    [
        ('PROCESSING', State.PROCESSING),
        ('PENDING', State.PROCESSING),
        ('SUCCESSFUL', State.SUCCEEDED),
        ('FAILED', State.FAILED),
        ('REFUNDED', State.FAILED),
        ('BRAND_NEW', State.UNKNOWN),
        ('successful', State.UNKNOWN),
        (None, State.UNKNOWN),
    ],
)
def test_status_of_the_report_decides(text, state):
    result, _send = by_reference(report(make_transaction(status=text)))
    assert result.state is state
    assert result.found is True


def test_delivered_order_carries_all_facts():
    result, _send = by_reference(report(make_transaction()))
    assert result.supplier_ref == '4711'
    assert result.operator_ref == 'OP-9'
    assert (result.cost, result.cost_currency) == (Decimal('2.9'), 'USD')
    assert (result.delivered, result.delivered_currency) == (Decimal(100), 'THB')
    assert result.occurred_at == '2026-01-01 10:00:00'
    assert (result.error_class, result.error_code, result.error_text) == (None, '', '')
    assert result.duplicates == 0


def test_cost_is_computed_when_the_balance_does_not_tell():
    result, _send = by_reference(report(make_transaction(balanceInfo=None)))
    assert (result.cost, result.cost_currency) == (Decimal('2.90'), 'USD')


def test_cost_without_fee_and_discount_is_the_amount():
    values = {'balanceInfo': {}, 'fee': None, 'discount': None}
    result, _send = by_reference(report(make_transaction(**values)))
    assert result.cost == Decimal(3)


def test_cost_nobody_names_is_left_open():
    values = {'balanceInfo': None, 'requestedAmount': None}
    result, _send = by_reference(report(make_transaction(**values)))
    assert (result.cost, result.cost_currency) == (None, '')


def test_empty_report_is_not_found_and_not_failed():
    result, _send = by_reference(report())
    assert result.found is False
    assert result.state is State.UNKNOWN
    assert result.error_class is ErrorClass.UNKNOWN


def test_reference_is_compared_without_case_as_the_filter_does():
    result, _send = by_reference(report(make_transaction(customIdentifier=OUR_REF.lower())))
    assert result.state is State.SUCCEEDED


def test_report_about_other_orders_proves_nothing():
    result, _send = by_reference(report(make_transaction(customIdentifier='SOMEBODY-ELSE')))
    assert result.state is State.UNKNOWN
    assert result.found is True
    assert result.error_code == 'FILTER_IGNORED'


@pytest.mark.parametrize('row', [None, 5, 'x', [], {}])
def test_unreadable_rows_prove_nothing(row):
    result, _send = by_reference(report(row))
    assert (result.state, result.found) == (State.UNKNOWN, True)


def test_rows_of_others_are_passed_over():
    result, _send = by_reference(
        report(make_transaction(customIdentifier='X', status='FAILED'), make_transaction())
    )
    assert result.state is State.SUCCEEDED
    assert result.duplicates == 0


@pytest.mark.parametrize(
    ('states', 'state', 'repeats'),
    [
        (['FAILED', 'SUCCESSFUL'], State.SUCCEEDED, 0),
        (['SUCCESSFUL', 'SUCCESSFUL'], State.SUCCEEDED, 1),
        (['SUCCESSFUL', 'PROCESSING'], State.SUCCEEDED, 1),
        (['SUCCESSFUL', 'BRAND_NEW'], State.SUCCEEDED, 1),
        (['FAILED', 'PROCESSING'], State.PROCESSING, 0),
        (['BRAND_NEW', 'FAILED'], State.UNKNOWN, 0),
        (['FAILED', 'FAILED'], State.FAILED, 0),
    ],
)
def test_reference_executed_twice_counts_as_its_best_outcome_and_is_told(states, state, repeats):
    rows = [make_transaction(transactionId=n, status=text) for n, text in enumerate(states, 1)]
    result, _send = by_reference(report(*rows))
    assert (result.state, result.duplicates) == (state, repeats)


@pytest.mark.parametrize(
    'answer', [reply([]), reply({}), reply({'content': None}), FakeReply(200, b'<html>')]
)
def test_report_without_content_is_unknown_and_not_not_found(answer):
    result, _send = by_reference(answer)
    assert (result.state, result.found) == (State.UNKNOWN, True)


# === BY THEIR ID === #


def test_status_is_asked_by_their_id():
    _result, send = by_id(status('PROCESSING'))
    assert send.sent[0].url == 'https://topups.example/topups/4711/status'
    assert len(send.sent) == 1


def test_transaction_may_be_absent_while_it_is_processed():
    result, _send = by_id(status('PROCESSING'))
    assert result.state is State.PROCESSING
    assert result.supplier_ref == '4711'


def test_delivered_status_carries_the_transaction():
    result, _send = by_id(status('SUCCESSFUL', transaction=make_transaction()))
    assert result.state is State.SUCCEEDED
    assert result.cost == Decimal('2.9')


def test_status_inside_the_transaction_is_used_when_the_outer_one_is_absent():
    result, _send = by_id(reply({'transaction': make_transaction(status='FAILED')}))
    assert result.state is State.FAILED


def test_failed_status_keeps_the_code_and_text():
    answer = reply({'code': 'RECIPIENT_PHONE_INACTIVE', 'message': 'inactive', 'status': 'FAILED'})
    result, _send = by_id(answer)
    assert result.state is State.FAILED
    assert result.error_class is ErrorClass.FINAL_OPERATOR
    assert (result.error_code, result.error_text) == ('RECIPIENT_PHONE_INACTIVE', 'inactive')


def test_failure_without_a_code_is_final_all_the_same():
    result, _send = by_id(status('REFUNDED'))
    assert result.state is State.FAILED
    assert (result.error_class, result.error_code) == (
        ErrorClass.FINAL_OPERATOR,
        'TRANSACTION_FAILED',
    )


def test_answer_about_another_order_is_not_believed():
    transaction = make_transaction(customIdentifier='SOMEBODY-ELSE', status='FAILED')
    result, _send = by_id(status('FAILED', transaction=transaction))
    assert result.state is State.UNKNOWN
    assert result.error_code == 'REFERENCE_MISMATCH'


@pytest.mark.parametrize('answer', [reply([]), reply({}), FakeReply(200, b'x'), status('NEW')])
def test_unreadable_status_is_unknown(answer):
    result, _send = by_id(answer)
    assert (result.state, result.found) == (State.UNKNOWN, True)


def test_id_that_leads_nowhere_falls_back_to_our_reference():
    result, send = by_id(error_reply(404, 'TRANSACTION_NOT_FOUND'), report(make_transaction()))
    assert result.state is State.SUCCEEDED
    assert 'customIdentifier=' in send.sent[1].url


def test_id_is_quoted_into_the_path():
    client, send = make_client(status('PROCESSING'))
    client.query(OUR_REF, '1/../2')
    assert send.sent[0].url == 'https://topups.example/topups/1%2F..%2F2/status'


# === NO ANSWER === #


@pytest.mark.parametrize('ask', [by_reference, by_id])
@pytest.mark.parametrize(
    'answer',
    [
        TimeoutError(),
        ConnectionResetError(),
        FakeReply(500, b''),
        FakeReply(302, b''),
        error_reply(400, 'INVALID_AMOUNT'),
        error_reply(400, 'TRANSACTION_REJECTED_BY_OPERATOR'),
        error_reply(429, 'RATE_LIMIT_REACHED'),
    ],
)
def test_refused_question_says_nothing_about_the_order(ask, answer):
    result, _send = ask(answer)
    assert result.state is State.UNKNOWN
    assert result.error_class is ErrorClass.UNKNOWN
    assert result.found is True


def test_refused_report_with_404_is_not_not_found():
    result, _send = by_reference(FakeReply(404, b'{"error": "Not Found"}'))
    assert (result.state, result.found, result.error_code) == (State.UNKNOWN, True, 'HTTP_404')


def test_query_without_a_token_asks_nothing():
    client, send = make_client(tokens=FakeTokens(UnknownOutcome('time-out')))
    with pytest.raises(NotSent):
        client.query(OUR_REF)
    assert send.sent == []


def test_query_with_a_rejected_token_is_repeated_with_a_new_one():
    result, send = by_reference(error_reply(401, 'TOKEN_EXPIRED'), report(make_transaction()))
    assert result.state is State.SUCCEEDED
    assert len(send.sent) == 2
