"""From an answer's code to the error that tells the caller what to do.

Source: spec/alipay.md §8.
"""

from types import MappingProxyType

from ..errors import (
    NotFound,
    Refused,
    Throttled,
    Unauthorized,
    UnknownOutcome,
    WireError,
)
from . import parsing
from .parsing import JsonObject

OK = '10000'
USER_PAYING = '10003'
BUSINESS_FAILURE = '40004'

# Codes of the gateway itself, which may come without a signature.
GATEWAY_ERRORS = MappingProxyType(
    {
        '20000': UnknownOutcome,
        '20001': Unauthorized,
        '40001': Refused,
        '40002': Refused,
        '40003': Unauthorized,
        '40005': Throttled,
        '40006': Unauthorized,
    }
)
# Those of 40002 that speak of the signature or of who signs: a fault of the configuration.
CONFIGURATION_CODES = frozenset(
    {
        'ALIPAY_CERT_SN',
        'APP_CERT_NOT_EXIST',
        'INVALID_ALIPAY_ROOT_CERT_SN',
        'INVALID_APP_CERT_SN',
        'INVALID_APP_ID',
        'INVALID_SIGNATURE',
        'INVALID_SIGNATURE_TYPE',
    }
)

# The words that all providers' clients share.
CODE_SPELLINGS = MappingProxyType(
    {
        'CONTEXT_INCONSISTENT': 'OUT_TRADE_NO_USED',
        'SELLER_BALANCE_NOT_ENOUGH': 'NOT_ENOUGH',
        'TRADE_BUYER_NOT_MATCH': 'OUT_TRADE_NO_USED',
        'TRADE_HAS_CLOSE': 'ORDER_CLOSED',
        'TRADE_HAS_SUCCESS': 'ORDER_PAID',
        'TRADE_NOT_EXIST': 'ORDER_NOT_EXIST',
    }
)
NOT_FOUND_CODES = frozenset({'ORDER_NOT_EXIST', 'BILL_NOT_EXIST'})

# The customer may try again, with another code or another means, under a new number.
PAYER_CODES = frozenset(
    {
        'BUYER_BALANCE_NOT_ENOUGH',
        'BUYER_BANKCARD_BALANCE_NOT_ENOUGH',
        'BUYER_ENABLE_STATUS_FORBID',
        'BUYER_NOT_EXIST',
        'BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR',
        'BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR',
        'BUYER_SELLER_EQUAL',
        'ERROR_BALANCE_PAYMENT_DISABLE',
        'ERROR_BUYER_CERTIFY_LEVEL_LIMIT',
        'MOBILE_PAYMENT_SWITCH_OFF',
        'NOT_CERTIFIED_USER',
        'NO_PAYMENT_INSTRUMENTS_AVAILABLE',
        'PAYER_UNMATCHED',
        'PAYMENT_AUTH_CODE_INVALID',
        'PAYMENT_FAIL',
        'PAYMENT_REQUEST_HAS_RISK',
        'PULL_MOBILE_CASHIER_FAIL',
        'USER_FACE_PAYMENT_SWITCH_OFF',
    }
)
FINAL_CODES = PAYER_CODES | frozenset(
    {
        'ACCESS_FORBIDDEN',
        'APPLY_PC_MERCHANT_CODE_ERROR',
        'BEYOND_PAY_RESTRICTION',
        'BUYER_ERROR',
        'CANCEL_NOT_ALLOWED',
        'DEFAULT_SETTLE_RULE_NOT_EXIST',
        'DISCORDANT_REPEAT_REQUEST',
        'ENTERPRISE_PAY_BIZ_ERROR',
        'EXIST_FORBIDDEN_WORD',
        'INVAILID_ARGUMENTS',
        'INVALID_PARAMETER',
        'INVALID_RECEIVE_ACCOUNT',
        'INVALID_STORE_ID',
        'MERCHANT_STATUS_NOT_NORMAL',
        'NOT_ALLOW_PARTIAL_REFUND',
        'NOT_ENOUGH',
        'NOW_TIME_AFTER_EXPIRE_TIME_ERROR',
        'ORDER_CLOSED',
        'ORDER_PAID',
        'OUT_TRADE_NO_USED',
        'PARTNER_ERROR',
        'REASON_ILLEGAL_STATUS',
        'REASON_TRADE_BEEN_FREEZEN',
        'REASON_TRADE_REFUND_FEE_ERR',
        'REASON_TRADE_STATUS_INVALID',
        'REFUND_AMT_NOT_EQUAL_TOTAL',
        'REFUND_FEE_ERROR',
        'RISK_MERCHANT_IP_NOT_EXIST',
        'SELLER_BEEN_BLOCKED',
        'SELLER_NOT_EXIST',
        'SUB_GOODS_SIZE_MAX_COUNT',
        'TOTAL_FEE_EXCEED',
        'TRADE_CANCEL_TIME_OUT',
        'TRADE_HAS_FINISHED',
        'TRADE_NOT_ALLOW_REFUND',
        'TRADE_STATUS_ERROR',
    }
)
# Families of final codes: BEYOND_PER_RECEIPT_…_RESTRICTION, MERCHANT_PERM_RECEIPT_…_LIMIT.
FINAL_PREFIXES = ('BEYOND_PER_RECEIPT_', 'MERCHANT_PERM_RECEIPT_')


def normalize_code(sub_code: str) -> str:
    """Return the error code without its namespace (``ACQ.``, ``isv.``), in the shared words."""
    code = sub_code.rpartition('.')[2].strip().upper().replace('-', '_')
    return CODE_SPELLINGS.get(code, code)


def is_gateway_error(code: str) -> bool:
    """Tell whether the gateway itself refused: such an answer may carry no signature."""
    return code in GATEWAY_ERRORS


def read_error(node: JsonObject, http_status: int = 200) -> WireError:
    """Return the error for an answer that is no success.

    A business failure that is not listed is an unknown outcome: Alipay adds codes at any time, and
    a payment must not be taken for failed because its code is new.

    :param node: the answer's content, whose ``code`` is not 10000
    :param http_status: status of the answer
    """
    gateway_code = parsing.text(node, 'code', default='')
    sub_code = parsing.text(node, 'sub_code', default='')
    code = normalize_code(sub_code) or gateway_code
    said = parsing.text(node, 'sub_msg', default='') or parsing.text(node, 'msg', default='')
    kind = _business_error(code) if gateway_code == BUSINESS_FAILURE else None
    if kind is None and gateway_code == '40002' and code in CONFIGURATION_CODES:
        kind = Unauthorized
    if kind is None:
        kind = GATEWAY_ERRORS.get(gateway_code, UnknownOutcome)
    return kind(f'{said} [{sub_code or gateway_code}]', http_status=http_status, code=code)


def _business_error(code: str) -> type[WireError]:
    if code in NOT_FOUND_CODES:
        return NotFound
    if code in FINAL_CODES or code.startswith(FINAL_PREFIXES):
        return Refused
    return UnknownOutcome
