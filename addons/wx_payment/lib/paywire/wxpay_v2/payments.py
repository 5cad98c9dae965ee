"""Payments: prepare, prepay, charge, query, close and reverse. Source: spec/wechat_pay_v2.md §3."""

import datetime
import json
from types import MappingProxyType

from ..errors import InvalidArgument, Refused, Unauthorized, UnknownOutcome
from ..messages import CURRENCY, Transaction
from ..orders import APP, CODE, H5, JSAPI, MINIPROGRAM, NATIVE, PrepayOrder
from ..wxpay_v3 import writing
from ..wxpay_v3.payments import REDIRECT, load_body
from . import parsing, replies
from .exchange import Connection
from .messages import parse_transaction
from .parsing import Fields

# Scene → trade_type, name of what the answer gives.
PREPAYS = MappingProxyType(
    {
        MINIPROGRAM: ('JSAPI', 'prepay_id'),
        JSAPI: ('JSAPI', 'prepay_id'),
        APP: ('APP', 'prepay_id'),
        H5: ('MWEB', 'mweb_url'),
        NATIVE: ('NATIVE', 'code_url'),
    }
)

CODE_USERPAYING = 'USERPAYING'

# A charge refused with one of these moved no money. ORDER_PAID and OUT_TRADE_NO_USED are not among
# them: after a lost answer they tell of the first, successful call with the same number.
CODES_NOT_CHARGED = frozenset(
    {
        'PARAM_ERROR',
        'NO_AUTH',
        'AUTH_CODE_EXPIRE',
        'NOT_ENOUGH',
        'NOTSUPORTCARD',
        'ORDER_CLOSED',
        'ORDER_REVERSED',
        'AUTH_CODE_ERROR',
        'AUTH_CODE_INVALID',
        'BUYER_MISMATCH',
        'APPID_NOT_EXIST',
        'MCHID_NOT_EXIST',
        'APPID_MCHID_NOT_MATCH',
        'LACK_PARAMS',
        'SIGN_ERROR',
        'XML_FORMAT_ERROR',
        'REQUIRE_POST_METHOD',
        'NOT_UTF8',
        'INVALID_REQUEST',
        'TRADE_ERROR',
        'RULE_LIMIT',
    }
)

# The field must be there, but only H5 compares it with the customer's.
_NO_IP = '127.0.0.1'


def prepare(connection: Connection, order: PrepayOrder) -> bytes:
    """Return the parameters of a prepay request or charge, to be kept and repeated as they are.

    :return: JSON of texts by name; nonce and signature come with each call
    :raise InvalidArgument: a number, address or amount is unusable, or there is no such scene
    """
    fields = {
        'appid': order.appid,
        'mch_id': connection.merchant.mchid,
        'body': writing.clean_text(order.description, 128),
        'out_trade_no': writing.check_out_trade_no(order.out_trade_no),
        'total_fee': str(writing.check_amount(order.amount_fen)),
        'fee_type': CURRENCY,
        'spbill_create_ip': writing.check_ip(order.client_ip or _NO_IP),
    }
    if order.scene == CODE:
        return writing.dump(fields | {'auth_code': writing.check_auth_code(order.auth_code)})
    if order.scene not in PREPAYS:
        raise InvalidArgument(f'WeChat Pay has no scene {order.scene}.')
    fields |= {
        'time_expire': _write_moment(order.expires_at),
        'notify_url': writing.check_notify_url(order.notify_url, 256),
        'trade_type': PREPAYS[order.scene][0],
    }
    return writing.dump(fields | _describe_payer(order))


def _describe_payer(order: PrepayOrder) -> dict[str, str]:
    """Return what only this scene asks for."""
    if order.scene in (JSAPI, MINIPROGRAM):
        if not order.payer:
            raise InvalidArgument('This scene needs the openid of the payer.')
        return {'openid': order.payer}
    if order.scene == NATIVE:
        return {'product_id': order.out_trade_no}
    if order.scene == H5:
        writing.check_ip(order.client_ip)
        return {
            'scene_info': json.dumps({'h5_info': {'type': 'Wap'}}, separators=(',', ':')),
            REDIRECT: writing.check_return_url(order.return_url),
        }
    return {}


def _write_moment(moment: datetime.datetime) -> str:
    if moment.tzinfo is None:
        raise InvalidArgument('The time has no offset.')
    return moment.astimezone(writing.BEIJING).strftime('%Y%m%d%H%M%S')


def load_fields(body: bytes) -> dict[str, str]:
    """Return the parameters that `prepare` wrote.

    :raise InvalidArgument: something else
    """
    fields = load_body(body)
    if not all(isinstance(value, str) for value in fields.values()):
        raise InvalidArgument('These are no parameters of a payment.')
    return dict(fields)


def prepay(connection: Connection, scene: str, body: bytes) -> str:
    """Return the prepay_id, ``code_url`` (both good for 2 h) or link for H5 (5 minutes).

    :param body: from `prepare`
    :raise InvalidArgument: the scene has no prepay call
    :raise WireError: see the package's errors
    """
    if scene not in PREPAYS:
        raise InvalidArgument(f'WeChat Pay has no prepay for the scene {scene}.')
    fields = load_fields(body)
    # Only the finished link carries it.
    fields.pop(REDIRECT, None)
    return parsing.text(connection.call('/pay/unifiedorder', fields), PREPAYS[scene][1])


def charge(connection: Connection, body: bytes) -> Transaction:
    """Take the money by the customer's code.

    :param body: from `prepare` for the scene `code`
    :return: the payment; USERPAYING while the customer types a password: query it
    :raise Refused: no money moves; a new code needs a new number
    :raise UnknownOutcome: query it
    """
    fields = load_fields(body)
    try:
        answer = connection.call('/pay/micropay', fields)
    except Unauthorized:
        raise
    except Refused as error:
        if error.code == CODE_USERPAYING:
            return _paying(fields)
        if error.code in CODES_NOT_CHARGED:
            raise
        raise UnknownOutcome(error.message, http_status=200, code=error.code) from error
    return parse_transaction(answer, trade_state='SUCCESS')


def _paying(fields: Fields) -> Transaction:
    """Return the payment that a charge began, in its own words; the refusal names no order."""
    return parse_transaction(fields, trade_state=CODE_USERPAYING)


def query(connection: Connection, out_trade_no: str) -> Transaction:
    """Return the payment by our number, in any state.

    :raise NotFound: the provider has never seen the number
    """
    answer = connection.call('/pay/orderquery', {'out_trade_no': out_trade_no})
    return parse_transaction(answer)


def close(connection: Connection, out_trade_no: str) -> None:
    """Close an unpaid order; closing it again is fine. A charge by code is reversed instead.

    Not sooner than 5 minutes after the prepay request.

    :raise Refused: paid already (ORDER_PAID) or another reason
    :raise Throttled: perhaps a payment is in progress: query, then decide
    """
    try:
        connection.call('/pay/closeorder', {'out_trade_no': out_trade_no})
    except Refused as error:
        if error.code != 'ORDER_CLOSED':
            raise


def reverse(connection: Connection, out_trade_no: str) -> bool:
    """Undo a charge by code: unpaid it is closed, paid it is given back.

    Not sooner than 15 s after the charge, and after a query. Success is reported to come for
    unknown numbers as well: query once more.

    :return: whether it is undone; False: ask again
    :raise UnknownOutcome: ask again
    """
    answer = connection.exchange(
        '/secapi/pay/reverse', {'out_trade_no': out_trade_no}, certificate=True
    )
    if answer.get('recall') == 'Y':
        return False
    replies.check_result_code(answer)
    return True
