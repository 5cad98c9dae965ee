"""Reloadly's tables against the sheet. Source: spec/topup_suppliers.md §1, §5.3."""

import pytest

from topup import reloadly_codes
from topup.normalized import ErrorClass, Idempotency, State
from topup.reloadly_codes import ERROR_CLASSES, STATES, classify, classify_failed

SHEET = {
    ErrorClass.FINAL_INPUT: [
        'COUNTRY_NOT_SUPPORTED',
        'INVALID_RECIPIENT_PHONE',
        'INVALID_SENDER_PHONE',
        'INVALID_PHONE_NUMBER',
        'INVALID_AMOUNT',
        'INVALID_AMOUNT_FOR_OPERATOR',
        'INVALID_AMOUNT_FOR_RECIPIENT_PHONE',
        'COULD_NOT_AUTO_DETECT_OPERATOR',
        'OPERATOR_NOT_FOUND',
    ],
    ErrorClass.FINAL_OPERATOR: [
        'PHONE_BANNED_BY_OPERATOR',
        'RECIPIENT_PHONE_INACTIVE',
        'RECIPIENT_REACHED_MAX_TOPUP_NUMBER',
        'TRANSACTION_REJECTED_BY_OPERATOR',
        'TRANSACTION_REFUSED_BY_OPERATOR',
    ],
    ErrorClass.RETRY_LATER: [
        'PHONE_RECENTLY_RECHARGED',
        'RECIPIENT_HAS_PENDING_TRANSACTION',
        'TRANSACTION_CANNOT_BE_PROCESSED_AT_THE_MOMENT',
        'OPERATOR_UNAVAILABLE_OR_CURRENTLY_INACTIVE',
        'OPERATOR_NOT_IN_SERVICE',
    ],
    ErrorClass.UNKNOWN: [
        'TRANSACTION_FAILED_ON_OPERATOR',
        'PROVIDER_INTERNAL_ERROR',
        'REQUEST_FAILED_ON_PROVIDER',
        'CONNECTION_TO_OPERATOR_LOST',
        'CONNECTION_TO_OPERATOR_TIMED_OUT',
        'TOPUP_TRANSACTION_FAILED',
        'UNMAPPED_PROVIDER_ERROR_CODE',
    ],
    ErrorClass.DUPLICATE_REF: ['CUSTOM_IDENTIFIER_ALREADY_USED'],
    ErrorClass.ACCOUNT: [
        'TOKEN_EXPIRED',
        'INVALID_TOKEN',
        'INVALID_CREDENTIALS',
        'INSUFFICIENT_BALANCE',
        'INACTIVE_ACCOUNT',
        'ACCOUNT_NOT_FOUND',
        'MAX_DAILY_TRANSACTION_COUNT_REACHED',
        'MAX_DAILY_TRANSACTION_AMOUNT_REACHED',
    ],
    ErrorClass.THROTTLED: ['RATE_LIMIT_REACHED'],
}
ROWS = [(code, error_class) for error_class, codes in SHEET.items() for code in codes]


@pytest.mark.parametrize(('code', 'error_class'), ROWS)
def test_code_has_the_class_of_the_sheet(code, error_class):
    assert classify(400, code) is error_class


def test_table_has_no_code_the_sheet_does_not_name():
    assert set(ERROR_CLASSES) <= {code for code, _error_class in ROWS}


def test_tables_are_frozen():
    with pytest.raises(TypeError):
        ERROR_CLASSES['NEW'] = ErrorClass.FINAL_INPUT
    with pytest.raises(TypeError):
        STATES['NEW'] = State.FAILED


@pytest.mark.parametrize('code', ['', 'BRAND_NEW_CODE', 'invalid_amount', 'INVALID_AMOUNT '])
@pytest.mark.parametrize('status', [400, 401, 403, 404, 409, 422])
def test_refusal_with_a_code_nobody_knows_is_unknown(status, code):
    assert classify(status, code) is ErrorClass.UNKNOWN


@pytest.mark.parametrize('status', [500, 502, 503, 504, 599])
@pytest.mark.parametrize('code', ['', 'INVALID_AMOUNT', 'RATE_LIMIT_REACHED', 'PHONE_BANNED'])
def test_server_error_is_unknown_whatever_its_body_says(status, code):
    assert classify(status, code) is ErrorClass.UNKNOWN


@pytest.mark.parametrize('status', [100, 200, 204, 301, 302, 307])
def test_answers_that_are_no_refusal_are_unknown(status):
    assert classify(status, 'INVALID_AMOUNT') is ErrorClass.UNKNOWN


@pytest.mark.parametrize('code', ['', 'RATE_LIMIT_REACHED', 'WHATEVER'])
def test_429_is_throttled_whatever_its_body_says(code):
    assert classify(429, code) is ErrorClass.THROTTLED


@pytest.mark.parametrize(
    ('code', 'error_class'),
    [
        ('INVALID_RECIPIENT_PHONE', ErrorClass.FINAL_INPUT),
        ('PHONE_BANNED_BY_OPERATOR', ErrorClass.FINAL_OPERATOR),
        ('PHONE_RECENTLY_RECHARGED', ErrorClass.RETRY_LATER),
        ('INSUFFICIENT_BALANCE', ErrorClass.ACCOUNT),
        ('TRANSACTION_FAILED_ON_OPERATOR', ErrorClass.FINAL_OPERATOR),
        ('CUSTOM_IDENTIFIER_ALREADY_USED', ErrorClass.FINAL_OPERATOR),
        ('RATE_LIMIT_REACHED', ErrorClass.FINAL_OPERATOR),
        ('BRAND_NEW_CODE', ErrorClass.FINAL_OPERATOR),
        ('', ErrorClass.FINAL_OPERATOR),
    ],
)
def test_final_failed_state_is_always_final_and_the_code_only_names_the_cause(code, error_class):
    assert classify_failed(code) is error_class


def test_states_are_those_of_the_sheet():
    assert dict(STATES) == {
        'PROCESSING': State.PROCESSING,
        'PENDING': State.PROCESSING,
        'SUCCESSFUL': State.SUCCEEDED,
        'FAILED': State.FAILED,
        'REFUNDED': State.FAILED,
    }


def test_capabilities_are_those_of_the_sheet():
    can = reloadly_codes.CAPABILITIES
    assert can.asynchronous and can.callback and can.callback_signed
    assert can.query_by_our_ref and can.ranged_amounts and can.local_amount
    assert not can.cancel
    assert can.idempotency is Idempotency.AFTER_ACCEPT
    assert (can.per_number_gap_s, can.max_process_s) == (120, 60)


def test_production_and_sandbox_have_different_hosts():
    assert len(set(reloadly_codes.API_BASES.values())) == len(reloadly_codes.API_BASES) == 2
    assert all(base.startswith('https://') for base in reloadly_codes.API_BASES.values())
