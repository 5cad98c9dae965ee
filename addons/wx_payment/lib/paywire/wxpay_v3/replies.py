"""From HTTP status and error body to the error that tells the caller what to do.

Source: spec/wechat_pay_v3.md §5, §12, §13, §17 (14, 15, 25).
"""

from types import MappingProxyType

from ..errors import (
    Malformed,
    NotFound,
    Refused,
    Throttled,
    Unauthorized,
    Unfinished,
    UnknownOutcome,
    WireError,
)
from . import parsing

# Older pages and some live answers write the codes without an underscore.
CODE_SPELLINGS = MappingProxyType(
    {
        'SYSTEMERROR': 'SYSTEM_ERROR',
        'ORDERNOTEXIST': 'ORDER_NOT_EXIST',
        'ORDERPAID': 'ORDER_PAID',
        'ORDERCLOSED': 'ORDER_CLOSED',
        'NOAUTH': 'NO_AUTH',
        'NOTENOUGH': 'NOT_ENOUGH',
        'RULELIMIT': 'RULE_LIMIT',
        'BANKERROR': 'BANK_ERROR',
        'BIZERR_NEED_RETRY': 'BIZ_ERR_NEED_RETRY',
        'AUTHCODEEXPIRE': 'AUTH_CODE_EXPIRE',
        'ORDERREVERSED': 'ORDER_REVERSED',
        'REFUNDNOTEXIST': 'REFUND_NOT_EXIST',
        'ACCOUNTERROR': 'ACCOUNT_ERROR',
        'SIGNERROR': 'SIGN_ERROR',
        'PARAMERROR': 'PARAM_ERROR',
        'RATELIMIT_EXCEED': 'RATELIMIT_EXCEEDED',
    }
)

# Codes that mean "try the same again" whatever status they come with.
UNKNOWN_CODES = frozenset(
    {'SYSTEM_ERROR', 'BANK_ERROR', 'SERVICE_UNAVAILABLE', 'BIZ_ERR_NEED_RETRY'}
)
THROTTLE_CODES = frozenset({'FREQUENCY_LIMITED', 'RATELIMIT_EXCEEDED', 'FREQUENCY_LIMIT_EXCEED'})
NOT_FOUND_CODES = frozenset(
    {'ORDER_NOT_EXIST', 'RESOURCE_NOT_EXISTS', 'REFUND_NOT_EXIST', 'NO_STATEMENT_EXIST'}
)
UNFINISHED_CODES = frozenset({'STATEMENT_CREATING'})


def normalize_code(code: str) -> str:
    """Return the provider's error code in the one spelling used here."""
    code = code.strip().upper()
    return CODE_SPELLINGS.get(code, code)


def read_error(status: int, body: bytes, request_id: str) -> WireError:
    """Return the error for an answer that is no success.

    :param status: HTTP status, not 200 and not 204
    :param body: raw bytes, JSON or not
    :param request_id: the ``Request-ID`` header
    """
    code, message = _read_body(body)
    if status == 202 or code in UNFINISHED_CODES:
        kind: type[WireError] = Unfinished
    elif status == 429 or code in THROTTLE_CODES:
        kind = Throttled
    elif status >= 500 or code in UNKNOWN_CODES or status < 400:
        # A redirect or another success code is as unexpected as a broken server.
        kind = UnknownOutcome
    elif status == 401:
        kind = Unauthorized
    elif status == 404 or code in NOT_FOUND_CODES:
        kind = NotFound
    else:
        kind = Refused
    return kind(message, http_status=status, code=code, request_id=request_id)


def _read_body(body: bytes) -> tuple[str, str]:
    try:
        source = parsing.load_object(body)
        code = normalize_code(parsing.text(source, 'code', default=''))
        return code, parsing.text(source, 'message', default='')
    except Malformed:
        return '', ''
