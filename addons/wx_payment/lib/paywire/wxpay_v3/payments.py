"""Payments: prepare, prepay, charge, query, close and reverse.

Source: spec/wechat_pay_v3.md §5–§7, §9.
"""

from types import MappingProxyType
from typing import Any

from ..errors import InvalidArgument, Malformed, Refused, Throttled, Unfinished, UnknownOutcome
from ..messages import CURRENCY, Transaction
from ..orders import APP, CODE, H5, JSAPI, MINIPROGRAM, NATIVE, PrepayOrder
from . import parsing, writing
from .exchange import Connection, escape
from .messages import parse_transaction

# Scene → last part of the address, name of what the answer gives.
PREPAYS = MappingProxyType(
    {
        MINIPROGRAM: ('jsapi', 'prepay_id'),
        JSAPI: ('jsapi', 'prepay_id'),
        APP: ('app', 'prepay_id'),
        H5: ('h5', 'h5_url'),
        NATIVE: ('native', 'code_url'),
    }
)

# Kept with the body of H5 and taken out before it is sent: only the finished link carries it.
REDIRECT = 'redirect_url'

# Refusals of a charge that may hide a payment: an earlier answer to the same number was lost.
CODES_PERHAPS_CHARGED = frozenset({'ORDER_PAID', 'OUT_TRADE_NO_USED'})
CODE_USERPAYING = 'USERPAYING'

_ROOT = '/v3/pay/transactions'
_BY_NUMBER = f'{_ROOT}/out-trade-no'


def prepare(connection: Connection, order: PrepayOrder) -> bytes:
    """Return the body of a prepay request or charge, to be kept and repeated as it is.

    :raise InvalidArgument: a number, address or amount is unusable, or there is no such scene
    """
    body: dict[str, Any] = {
        'appid': order.appid,
        'mchid': connection.merchant.mchid,
        'description': writing.clean_text(order.description, 127),
        'out_trade_no': writing.check_out_trade_no(order.out_trade_no),
    }
    amount = {'total': writing.check_amount(order.amount_fen), 'currency': CURRENCY}
    if order.scene == CODE:
        return writing.dump(body | {'amount': amount} | _describe_scan(connection, order))
    if order.scene not in PREPAYS:
        raise InvalidArgument(f'WeChat Pay has no scene {order.scene}.')
    body |= {
        'time_expire': writing.rfc3339(order.expires_at),
        'notify_url': writing.check_notify_url(order.notify_url, 255),
        'amount': amount,
    }
    return writing.dump(body | _describe_payer(order))


def _describe_payer(order: PrepayOrder) -> dict[str, Any]:
    """Return what only this scene asks for."""
    if order.scene in (JSAPI, MINIPROGRAM):
        if not order.payer:
            raise InvalidArgument('This scene needs the openid of the payer.')
        return {'payer': {'openid': order.payer}}
    if order.scene == H5:
        return {
            'scene_info': {
                'payer_client_ip': writing.check_ip(order.client_ip),
                'h5_info': {'type': 'Wap'},
            },
            REDIRECT: writing.check_return_url(order.return_url),
        }
    return {}


def _describe_scan(connection: Connection, order: PrepayOrder) -> dict[str, Any]:
    return {
        'payer': {'auth_code': writing.check_auth_code(order.auth_code)},
        'scene_info': {
            'device_ip': order.client_ip and writing.check_ip(order.client_ip),
            # A shop must be named; the only one bears the merchant's number.
            'store_info': {'out_id': order.store_id or connection.merchant.mchid},
        },
    }


def prepay(connection: Connection, scene: str, body: bytes) -> str:
    """Return the prepay_id, ``code_url`` (both good for 2 h) or ``h5_url`` (5 minutes).

    :param body: from `prepare`
    :raise InvalidArgument: the scene has no prepay call
    :raise WireError: see the package's errors
    """
    if scene not in PREPAYS:
        raise InvalidArgument(f'WeChat Pay has no prepay for the scene {scene}.')
    path, name = PREPAYS[scene]
    if scene == H5:
        body = _without_redirect(body)
    answer = connection.call('POST', f'{_ROOT}/{path}', body)
    return parsing.text(parsing.load_object(answer), name)


def load_body(body: bytes) -> parsing.JsonObject:
    """Return what `prepare` wrote.

    :raise InvalidArgument: something else
    """
    try:
        return parsing.load_object(body)
    except Malformed as error:
        raise InvalidArgument('These are no parameters of a payment.') from error


def _without_redirect(body: bytes) -> bytes:
    source = load_body(body)
    return writing.dump({name: value for name, value in source.items() if name != REDIRECT})


def charge(connection: Connection, body: bytes) -> Transaction:
    """Take the money by the customer's code.

    :param body: from `prepare` for the scene `code`
    :return: the payment; USERPAYING while the customer types a password: query it
    :raise Refused: no money moves; a new code needs a new number
    :raise UnknownOutcome: query it
    """
    try:
        answer = connection.call('POST', f'{_ROOT}/codepay', body)
    except Unfinished:
        return _paying(load_body(body))
    except Refused as error:
        if error.code == CODE_USERPAYING:
            return _paying(load_body(body))
        if isinstance(error, Throttled) or error.code in CODES_PERHAPS_CHARGED:
            raise UnknownOutcome(
                error.message,
                http_status=error.http_status,
                code=error.code,
                request_id=error.request_id,
            ) from error
        raise
    return parse_transaction(parsing.load_object(answer))


def _paying(source: parsing.JsonObject) -> Transaction:
    """Return the payment that a charge began, in its own words.

    What came with the status 202 may be unsigned and is not needed: all follows from a query.
    """
    return parse_transaction({**source, 'trade_state': CODE_USERPAYING})


def query(connection: Connection, out_trade_no: str) -> Transaction:
    """Return the payment by our number, in any state.

    :raise NotFound: the provider has never seen the number
    """
    return _query(connection, f'{_BY_NUMBER}/{escape(out_trade_no)}')


def query_transaction(connection: Connection, transaction_id: str) -> Transaction:
    """Return a paid order by WeChat Pay's number.

    :raise NotFound: the provider does not know the number
    """
    return _query(connection, f'{_ROOT}/id/{escape(transaction_id)}')


def _query(connection: Connection, path: str) -> Transaction:
    target = f'{path}?mchid={escape(connection.merchant.mchid)}'
    return parse_transaction(parsing.load_object(connection.call('GET', target)))


def close(connection: Connection, out_trade_no: str) -> None:
    """Close an unpaid order; closing it again is fine. A charge by code is reversed instead.

    :raise Refused: paid already (ORDER_PAID) or another reason
    :raise Throttled: perhaps a payment is in progress: query, then decide
    """
    body = writing.dump({'mchid': connection.merchant.mchid})
    connection.call('POST', f'{_BY_NUMBER}/{escape(out_trade_no)}/close', body)


def reverse(connection: Connection, out_trade_no: str) -> bool:
    """Undo a charge by code: unpaid it is closed, paid it is given back.

    Not sooner than 15 s after the charge, and after a query.

    :return: whether it is undone; here always, as anything else is an error
    :raise UnknownOutcome: ask again
    """
    if not connection.appid:
        raise InvalidArgument('A reversal needs the appid of the channel.')
    body = writing.dump({'appid': connection.appid, 'mchid': connection.merchant.mchid})
    connection.call('POST', f'{_BY_NUMBER}/{escape(out_trade_no)}/reverse', body)
    return True
