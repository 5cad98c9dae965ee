"""Closed tables of DT One (Digital Value Services). Source: spec/topup_suppliers.md §2."""

from collections.abc import Mapping
from types import MappingProxyType

from .normalized import Capabilities, ErrorClass, Idempotency, State
from .products import BenefitType, Kind, Side

API_BASES: Mapping[str, str] = MappingProxyType(
    {
        'production': 'https://dvs-api.dtone.com/v1',
        'supplier_sandbox': 'https://preprod-dvs-api.dtone.com/v1',
    }
)

CAPABILITIES = Capabilities(
    asynchronous=True,
    callback=True,
    callback_signed=False,
    idempotency=Idempotency.ENFORCED,
    query_by_our_ref=True,
    # Lists without our reference reach back a day only; asked for by reference there is no limit.
    query_window_days=None,
    cancel=False,
    ranged_amounts=True,
    local_amount=True,
    per_number_gap_s=0,
    max_process_s=180,
    quote=True,
)

# The class of a status decides, never its text (§6 trap 10).
CLASSES: Mapping[int, str] = MappingProxyType(
    {
        1: 'CREATED',
        2: 'CONFIRMED',
        3: 'REJECTED',
        4: 'CANCELLED',
        5: 'SUBMITTED',
        7: 'COMPLETED',
        8: 'REVERSED',
        9: 'DECLINED',
    }
)
STATES: Mapping[str, State] = MappingProxyType(
    {
        'CREATED': State.PROCESSING,
        'CONFIRMED': State.PROCESSING,
        'SUBMITTED': State.PROCESSING,
        'COMPLETED': State.SUCCEEDED,
        'REJECTED': State.FAILED,
        'DECLINED': State.FAILED,
        'CANCELLED': State.CANCELLED,
        'REVERSED': State.REVERSED,
    }
)

# Why a rejected or declined transaction failed; whatever is not listed is the operator's no.
# A duplicate is the operator's word for "had the same just now": nothing is sent again blindly.
REASONS: Mapping[str, ErrorClass] = MappingProxyType(
    {
        'INVALID-CREDIT-PARTY': ErrorClass.FINAL_INPUT,
        'BARRED-CREDIT-PARTY': ErrorClass.FINAL_INPUT,
        'INELIGIBLE-CREDIT-PARTY': ErrorClass.FINAL_OPERATOR,
        'INVALID-DEBIT-PARTY': ErrorClass.FINAL_INPUT,
        'BARRED-DEBIT-PARTY': ErrorClass.FINAL_INPUT,
        'LIMITATIONS-ON-CREDIT-PARTY-AMOUNT': ErrorClass.RETRY_LATER,
        'LIMITATIONS-ON-CREDIT-PARTY-QUANTITY': ErrorClass.RETRY_LATER,
        'LIMITATIONS-ON-OPERATOR-AMOUNT': ErrorClass.RETRY_LATER,
        'LIMITATIONS-ON-OPERATOR-QUANTITY': ErrorClass.RETRY_LATER,
        'LIMITATIONS-ON-CUSTOMER-AMOUNT': ErrorClass.RETRY_LATER,
        'LIMITATIONS-ON-CUSTOMER-QUANTITY': ErrorClass.RETRY_LATER,
        'OPERATOR-CURRENTLY-UNAVAILABLE': ErrorClass.RETRY_LATER,
        'INSUFFICIENT-BALANCE': ErrorClass.ACCOUNT,
        'DUPLICATED-TRANSACTION': ErrorClass.FINAL_INPUT,
        'EXCEPTION': ErrorClass.FINAL_OPERATOR,
    }
)

NOT_FOUND_CODES = frozenset({'1000404', '1008004'})
INVALID_NUMBER_CODE = '1005003'

ERROR_CLASSES: Mapping[str, ErrorClass] = MappingProxyType(
    {
        '1000400': ErrorClass.FINAL_INPUT,
        '1000401': ErrorClass.ACCOUNT,
        '1000404': ErrorClass.FINAL_OPERATOR,
        '1000429': ErrorClass.THROTTLED,
        '1003001': ErrorClass.FINAL_OPERATOR,
        '1003002': ErrorClass.FINAL_INPUT,
        '1003003': ErrorClass.FINAL_INPUT,
        '1003101': ErrorClass.FINAL_OPERATOR,
        '1003201': ErrorClass.FINAL_OPERATOR,
        '1003301': ErrorClass.FINAL_OPERATOR,
        '1005003': ErrorClass.FINAL_INPUT,
        '1005004': ErrorClass.FINAL_OPERATOR,
        '1005005': ErrorClass.FINAL_OPERATOR,
        '1005006': ErrorClass.FINAL_OPERATOR,
        '1005503': ErrorClass.FINAL_INPUT,
        '1006001': ErrorClass.ACCOUNT,
        '1006003': ErrorClass.FINAL_INPUT,
        '1006009': ErrorClass.ACCOUNT,
        '1006503': ErrorClass.FINAL_INPUT,
        '1007001': ErrorClass.DUPLICATE_REF,
        '1007002': ErrorClass.UNKNOWN,
        '1007004': ErrorClass.UNKNOWN,
        '1007005': ErrorClass.UNKNOWN,
        '1007007': ErrorClass.UNKNOWN,
        '1007500': ErrorClass.FINAL_OPERATOR,
        '1008004': ErrorClass.UNKNOWN,
        '1009001': ErrorClass.UNKNOWN,
        '1009503': ErrorClass.UNKNOWN,
    }
)

# Service 1 is Mobile; its subservices say what is sold.
MOBILE_SERVICE = 1
KINDS: Mapping[int, Kind] = MappingProxyType({11: Kind.AIRTIME, 12: Kind.BUNDLE, 13: Kind.DATA})
BENEFITS: Mapping[str, BenefitType] = MappingProxyType(
    {
        'TALKTIME': BenefitType.VOICE,
        'DATA': BenefitType.DATA,
        'SMS': BenefitType.SMS,
        'CREDITS': BenefitType.CREDIT,
        'PAYMENT': BenefitType.CREDIT,
    }
)
MODES: Mapping[str, Side] = MappingProxyType(
    {'DESTINATION_AMOUNT': Side.RECEIVE, 'SOURCE_AMOUNT': Side.SEND}
)
DURATIONS: Mapping[str, str] = MappingProxyType(
    {'HOUR': 'PT{}H', 'DAY': 'P{}D', 'WEEK': 'P{}W', 'MONTH': 'P{}M'}
)
# Whom a product may want to know about; `extra` names them as `group.field`.
PARTIES = (
    'credit_party_identifier',
    'debit_party_identifier',
    'sender',
    'beneficiary',
    'statement_identifier',
    'additional_identifier',
)


def classify(http_status: int, codes: tuple[str, ...]) -> ErrorClass:
    """Return what a refusing answer allows; of several codes the least certain one counts.

    A 5xx is unknown whatever its body says, and 429 is a certain refusal whatever its body
    says. A refusal without a code may come from something between us and the supplier.
    """
    if http_status == 429:
        return ErrorClass.THROTTLED
    if not 400 <= http_status < 500 or not codes:
        return ErrorClass.UNKNOWN
    found = [ERROR_CLASSES.get(code, ErrorClass.UNKNOWN) for code in codes]
    for doubtful in (ErrorClass.UNKNOWN, ErrorClass.DUPLICATE_REF):
        if doubtful in found:
            return doubtful
    return found[0]


def classify_failed(message: str) -> ErrorClass:
    """Return what a rejected or declined transaction allows, by the suffix of its status."""
    return REASONS.get(message.partition('-')[2], ErrorClass.FINAL_OPERATOR)
