"""Closed tables of Reloadly (Airtime). Source: spec/topup_suppliers.md §1."""

from collections.abc import Mapping
from types import MappingProxyType

from .normalized import Capabilities, ErrorClass, Idempotency, State

AUTH_BASE = 'https://auth.reloadly.com'
API_BASES: Mapping[str, str] = MappingProxyType(
    {
        'production': 'https://topups.reloadly.com',
        'supplier_sandbox': 'https://topups-sandbox.reloadly.com',
    }
)
ACCEPT = 'application/com.reloadly.topups-v1+json'

CAPABILITIES = Capabilities(
    asynchronous=True,
    callback=True,
    callback_signed=True,
    idempotency=Idempotency.AFTER_ACCEPT,
    query_by_our_ref=True,
    query_window_days=None,
    cancel=False,
    ranged_amounts=True,
    local_amount=True,
    per_number_gap_s=120,
    max_process_s=60,
)

# FAILED and REFUNDED: not charged, or the money is back on our account.
STATES: Mapping[str, State] = MappingProxyType(
    {
        'PROCESSING': State.PROCESSING,
        'PENDING': State.PROCESSING,
        'SUCCESSFUL': State.SUCCEEDED,
        'FAILED': State.FAILED,
        'REFUNDED': State.FAILED,
    }
)

TOKEN_CODES = frozenset({'TOKEN_EXPIRED', 'INVALID_TOKEN'})

ERROR_CLASSES: Mapping[str, ErrorClass] = MappingProxyType(
    {
        'TOKEN_EXPIRED': ErrorClass.ACCOUNT,
        'INVALID_TOKEN': ErrorClass.ACCOUNT,
        'INVALID_CREDENTIALS': ErrorClass.ACCOUNT,
        'COUNTRY_NOT_SUPPORTED': ErrorClass.FINAL_INPUT,
        'INVALID_RECIPIENT_PHONE': ErrorClass.FINAL_INPUT,
        'INVALID_SENDER_PHONE': ErrorClass.FINAL_INPUT,
        'INVALID_PHONE_NUMBER': ErrorClass.FINAL_INPUT,
        'INVALID_AMOUNT': ErrorClass.FINAL_INPUT,
        'INVALID_AMOUNT_FOR_OPERATOR': ErrorClass.FINAL_INPUT,
        'INVALID_AMOUNT_FOR_RECIPIENT_PHONE': ErrorClass.FINAL_INPUT,
        'COULD_NOT_AUTO_DETECT_OPERATOR': ErrorClass.FINAL_INPUT,
        'OPERATOR_NOT_FOUND': ErrorClass.FINAL_INPUT,
        'PHONE_BANNED_BY_OPERATOR': ErrorClass.FINAL_OPERATOR,
        'RECIPIENT_PHONE_INACTIVE': ErrorClass.FINAL_OPERATOR,
        'RECIPIENT_REACHED_MAX_TOPUP_NUMBER': ErrorClass.FINAL_OPERATOR,
        'TRANSACTION_REJECTED_BY_OPERATOR': ErrorClass.FINAL_OPERATOR,
        'TRANSACTION_REFUSED_BY_OPERATOR': ErrorClass.FINAL_OPERATOR,
        'PHONE_RECENTLY_RECHARGED': ErrorClass.RETRY_LATER,
        'RECIPIENT_HAS_PENDING_TRANSACTION': ErrorClass.RETRY_LATER,
        'TRANSACTION_CANNOT_BE_PROCESSED_AT_THE_MOMENT': ErrorClass.RETRY_LATER,
        'OPERATOR_UNAVAILABLE_OR_CURRENTLY_INACTIVE': ErrorClass.RETRY_LATER,
        'OPERATOR_NOT_IN_SERVICE': ErrorClass.RETRY_LATER,
        'TRANSACTION_FAILED_ON_OPERATOR': ErrorClass.UNKNOWN,
        'PROVIDER_INTERNAL_ERROR': ErrorClass.UNKNOWN,
        'REQUEST_FAILED_ON_PROVIDER': ErrorClass.UNKNOWN,
        'TOPUP_TRANSACTION_FAILED': ErrorClass.UNKNOWN,
        'UNMAPPED_PROVIDER_ERROR_CODE': ErrorClass.UNKNOWN,
        'CUSTOM_IDENTIFIER_ALREADY_USED': ErrorClass.DUPLICATE_REF,
        'INSUFFICIENT_BALANCE': ErrorClass.ACCOUNT,
        'INACTIVE_ACCOUNT': ErrorClass.ACCOUNT,
        'ACCOUNT_NOT_FOUND': ErrorClass.ACCOUNT,
        'MAX_DAILY_TRANSACTION_COUNT_REACHED': ErrorClass.ACCOUNT,
        'MAX_DAILY_TRANSACTION_AMOUNT_REACHED': ErrorClass.ACCOUNT,
        'RATE_LIMIT_REACHED': ErrorClass.THROTTLED,
    }
)


def classify(http_status: int, code: str) -> ErrorClass:
    """Return what a refusing answer allows; whatever is not in the table is unknown.

    A 5xx is unknown whatever its body says, and 429 is a certain refusal whatever its body
    says. A refusal without a code may come from something between us and the supplier.
    """
    if http_status == 429:
        return ErrorClass.THROTTLED
    if not 400 <= http_status < 500:
        return ErrorClass.UNKNOWN
    return ERROR_CLASSES.get(code, ErrorClass.UNKNOWN)


def classify_failed(code: str) -> ErrorClass:
    """Return what a transaction in a final failed state allows.

    The state itself is final (not charged), so a code of the unknown class only names the
    cause here and another supplier may be tried.
    """
    found = ERROR_CLASSES.get(code, ErrorClass.FINAL_OPERATOR)
    if found in (ErrorClass.UNKNOWN, ErrorClass.DUPLICATE_REF, ErrorClass.THROTTLED):
        return ErrorClass.FINAL_OPERATOR
    return found
