"""From the codes of an answer to the error that tells the caller what to do.

Source: spec/wechat_pay_v2.md §1, §3.
"""

from ..errors import NotFound, Refused, Throttled, Unauthorized, UnknownOutcome, WireError
from ..wxpay_v3.replies import NOT_FOUND_CODES, THROTTLE_CODES, UNKNOWN_CODES, normalize_code
from .parsing import Fields

SUCCESS = 'SUCCESS'

_TOO_MUCH = 'INVALID_REQ_TOO_MUCH'


def check_return_code(fields: Fields) -> None:
    """Pass if the message was taken; one that says otherwise is not signed.

    :raise WireError: by what the message says, as there is no code
    """
    if fields.get('return_code') == SUCCESS:
        return
    raise read_return_message(fields.get('return_msg', ''))


def read_return_message(message: str) -> WireError:
    """Return the error for a message that was not taken.

    :param message: ``return_msg``, of which live spellings differ in case
    """
    words = message.casefold()
    if '签名' in words or 'sign' in words:
        return Unauthorized(message, http_status=200, code='SIGN_ERROR')
    if not words or 'system' in words or '系统' in words:
        return UnknownOutcome(message, http_status=200)
    return Refused(message, http_status=200)


def check_result_code(fields: Fields) -> None:
    """Pass if what was asked for was done.

    :param fields: of a verified answer
    :raise WireError: by ``err_code``
    """
    if fields.get('result_code') == SUCCESS:
        return
    code = normalize_code(fields.get('err_code', ''))
    if code in THROTTLE_CODES or code == _TOO_MUCH:
        kind: type[WireError] = Throttled
    elif code in UNKNOWN_CODES or not code:
        kind = UnknownOutcome
    elif code == 'SIGN_ERROR':
        kind = Unauthorized
    elif code in NOT_FOUND_CODES:
        kind = NotFound
    else:
        kind = Refused
    raise kind(fields.get('err_code_des', ''), http_status=200, code=code)
