"""Closed tables of Ding Connect V1. Source: spec/topup_suppliers.md §3."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from .normalized import NOT_EXECUTED, Capabilities, ErrorClass, Idempotency, State
from .products import BenefitType

# There is no sandbox: a test agent's key or a product's UatNumber is used at the same address.
API_BASES: Mapping[str, str] = MappingProxyType(
    {'production': 'https://api.dingconnect.com/api/V1'}
)

CAPABILITIES = Capabilities(
    asynchronous=False,
    callback=False,
    callback_signed=False,
    idempotency=Idempotency.UNRELIABLE,
    query_by_our_ref=True,
    query_window_days=60,
    cancel=False,
    ranged_amounts=True,
    # By an estimate that is asked for before the order.
    local_amount=True,
    per_number_gap_s=0,
    max_process_s=90,
    sync_only=True,
    quote=True,
    throttle_per_number=True,
)

RESULT_OK = 1
RESULT_PARTIAL = 2

# Both spellings of a delivered transfer have been seen.
STATES: Mapping[str, State] = MappingProxyType(
    {
        'Submitted': State.PROCESSING,
        'Processing': State.PROCESSING,
        'Cancelling': State.PROCESSING,
        'Complete': State.SUCCEEDED,
        'Completed': State.SUCCEEDED,
        'Failed': State.FAILED,
        'Cancelled': State.CANCELLED,
    }
)

# (code, context); a code without a line of its context has the class of its empty context.
# A transient error is "not charged" by the manual, which RETRY_LATER has confirmed by a query
# before a new reference is used.
ERROR_CLASSES: Mapping[tuple[str, str], ErrorClass] = MappingProxyType(
    {
        ('TransientProviderError', 'ProviderTimedOut'): ErrorClass.RETRY_LATER,
        ('TransientProviderError', 'ProviderRefusedRequest'): ErrorClass.RETRY_LATER,
        ('ProviderError', 'ProductUnavailable'): ErrorClass.FINAL_OPERATOR,
        ('ProviderError', 'ProviderUnknownError'): ErrorClass.UNKNOWN,
        ('ProviderError', 'RechargeNotAllowed'): ErrorClass.FINAL_OPERATOR,
        ('RechargeNotAllowed', ''): ErrorClass.FINAL_OPERATOR,
        ('AccountNumberInvalid', ''): ErrorClass.FINAL_INPUT,
        ('ParameterMissing', ''): ErrorClass.FINAL_INPUT,
        ('ParameterInvalid', ''): ErrorClass.FINAL_INPUT,
        ('ParameterOutOfRange', ''): ErrorClass.FINAL_INPUT,
        ('ParameterCombinationInvalid', ''): ErrorClass.FINAL_INPUT,
        ('TooManyParameters', ''): ErrorClass.FINAL_INPUT,
        ('BatchItemRefMustBeUnique', ''): ErrorClass.FINAL_INPUT,
        ('RequestInvalid', ''): ErrorClass.FINAL_INPUT,
        ('InsufficientBalance', ''): ErrorClass.ACCOUNT,
        ('AuthenticationFailed', ''): ErrorClass.ACCOUNT,
        ('RateLimited', ''): ErrorClass.THROTTLED,
        ('DuplicateTransactionPrevented', ''): ErrorClass.DUPLICATE_REF,
        ('OtherError', ''): ErrorClass.UNKNOWN,
    }
)
NEAREST_MATCH = 'NearestMatch'
INVALID_NUMBER = 'AccountNumberInvalid'
# Seen with HTTP 500; no other code is believed there.
BELIEVED_WITH_5XX = frozenset({'InsufficientBalance'})

BENEFITS: Mapping[str, BenefitType] = MappingProxyType(
    {
        'Minutes': BenefitType.VOICE,
        'Data': BenefitType.DATA,
        'SMS': BenefitType.SMS,
        'Sms': BenefitType.SMS,
        'Mobile': BenefitType.CREDIT,
    }
)


def error_class(code: str, context: str) -> ErrorClass:
    """Return the class of one error; what Ding has added since is unknown."""
    found = ERROR_CLASSES.get((code, context))
    return found or ERROR_CLASSES.get((code, ''), ErrorClass.UNKNOWN)


def classify(http_status: int, errors: Iterable[tuple[str, str]]) -> ErrorClass:
    """Return what a refusing answer allows; of several errors the least certain one counts.

    The HTTP status says little: refusals come with 200, and one with 500 (§6 trap 4). 429 is
    a certain refusal whatever its body says.
    """
    errors = tuple(errors)
    if http_status == 429:
        return ErrorClass.THROTTLED
    if not errors:
        return ErrorClass.UNKNOWN
    if http_status >= 500 and any(code not in BELIEVED_WITH_5XX for code, _context in errors):
        return ErrorClass.UNKNOWN
    found = [error_class(code, context) for code, context in errors]
    for doubtful in (ErrorClass.UNKNOWN, ErrorClass.DUPLICATE_REF):
        if doubtful in found:
            return doubtful
    return found[0]


def classify_failed(errors: Iterable[tuple[str, str]]) -> ErrorClass:
    """Return what a transfer in the state Failed allows: it was not charged, whatever the cause."""
    for code, context in errors:
        found = error_class(code, context)
        if found in NOT_EXECUTED and found is not ErrorClass.THROTTLED:
            return found
    return ErrorClass.FINAL_OPERATOR
