"""Writing the questions of a China style supplier by its dialect.

Source: spec/topup_suppliers.md §4, §6 trap 12.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from . import china_sign
from .china_dialect import PLACEHOLDER, SKU_CODE, Call, Dialect, StaticProduct
from .errors import Refused
from .normalized import OrderRequest
from .products import Side
from .transport import MASK, SECRET_KEYS

_MAINLAND = re.compile(r'\+86(1[0-9]{10})')
_FEN = 100


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are at the supplier."""

    user: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """A call written out: what leaves, and the same with secrets masked, for the log."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    log: str


def write(call: Call, account: Account, charset: str, **values: str) -> Question:
    """Fill in a call's parameters, sign them, and write them as form, JSON or query."""
    known = {'user': account.user, 'key': account.key, **values}
    told = {
        name: PLACEHOLDER.sub(lambda match: known.get(match[1], ''), template)
        for name, template in call.params.items()
    }
    params = {name: value for name, value in told.items() if value}
    if call.sign:
        # A template names its parameters, also one that is empty and does not leave.
        signed = told if call.sign.form == 'template' else params
        params[call.sign.field] = china_sign.sign(
            call.sign, signed, user=account.user, key=account.key, charset=charset
        )
    headers = {'Accept': 'application/json'}
    target, body = call.path, b''
    if call.method == 'GET':
        target = f'{call.path}?{urlencode(params, encoding=charset)}'
    elif call.body == 'json':
        headers['Content-Type'] = 'application/json'
        body = json.dumps(params, ensure_ascii=False).encode()
    else:
        headers['Content-Type'] = 'application/x-www-form-urlencoded'
        body = urlencode(params, encoding=charset).encode()
    masked = {name: _masked(call, account, name, value) for name, value in params.items()}
    log = f'{call.method} {call.path} {json.dumps(masked, ensure_ascii=False)}'
    return Question(method=call.method, target=target, headers=headers, body=body, log=log)


def _masked(call: Call, account: Account, name: str, value: str) -> str:
    signature = call.sign is not None and name == call.sign.field
    return MASK if signature or name.lower() in SECRET_KEYS or value == account.key else value


def split(sku: str) -> tuple[str, str]:
    """Return route and code of a sku: `route:code`, or `code` alone. :raise Refused: neither"""
    route, _colon, code = sku.rpartition(':')
    if not SKU_CODE.fullmatch(code):
        raise Refused(f'not a sku: {sku!r}', code='INVALID_SKU')
    return route, code


def route_of(dialect: Dialect, sku: str) -> tuple[Call, str]:
    """Return the call that orders a sku, and the sku's code at the supplier.

    :raise Refused: the sku cannot be read
    """
    route, code = split(sku)
    call = dialect.submit.get(route)
    if call is None:
        raise Refused(f'not a sku of this supplier: {sku!r}', code='INVALID_SKU')
    return call, code


def check_sku(dialect: Dialect, sku: str) -> None:
    """Accept `code` or `route:code`. :raise Refused: the text is something else"""
    route_of(dialect, sku)


def product_of(dialect: Dialect, sku: str) -> StaticProduct | None:
    """Return the listed product of a sku."""
    return next((product for product in dialect.products if product.sku == sku), None)


def order_values(dialect: Dialect, order: OrderRequest, code: str) -> dict[str, str]:
    """Return what the templates of an order may name.

    :raise Refused: the number or the amount cannot be used
    """
    if order.extra:
        raise Refused('this supplier takes no extra fields', code='INVALID_EXTRA')
    return {
        'ref': order.our_ref,
        'sku': code,
        'phone': phone(dialect, order.e164),
        'amount': _amount(dialect, order),
        'callback_url': order.callback_url,
    }


def phone(dialect: Dialect, e164: str) -> str:
    """Return the number as the supplier writes it. :raise Refused: it is of another country"""
    if dialect.phone == 'e164':
        return e164
    if dialect.phone == 'digits':
        return e164.removeprefix('+')
    match = _MAINLAND.fullmatch(e164)
    if not match:
        raise Refused('not a mobile number of mainland China', code='INVALID_PHONE')
    return match[1]


def _amount(dialect: Dialect, order: OrderRequest) -> str:
    """Return the face value in the supplier's unit, '' when nothing names one."""
    product = product_of(dialect, order.sku)
    amount = order.amount if order.amount is not None else product.face if product else None
    if amount is None:
        return ''
    if not amount.is_finite() or amount <= 0 or amount != round(amount, 2):
        raise Refused('the amount needs to be positive, in fen', code='INVALID_AMOUNT')
    if order.amount is not None and order.side is not Side.RECEIVE:
        raise Refused('what arrives is ordered here', code='INVALID_AMOUNT')
    return _plain(amount * _FEN if dialect.unit == 'fen' else amount)


def _plain(amount: Decimal) -> str:
    """Return the amount without needless zeros: 50, not 50.00."""
    text = format(amount, 'f')
    return text.rstrip('0').rstrip('.') if '.' in text else text
