"""Writing Ding's orders. Source: spec/topup_suppliers.md §3 (SendTransfer)."""

from collections.abc import Mapping
from decimal import ROUND_UP, Decimal
from typing import Any

from .ding_catalogue import check_sku
from .errors import Refused, UnknownOutcome
from .normalized import OrderRequest
from .products import Side
from .transport import to_decimal

_CENT = Decimal('0.01')
_TOO_MUCH = Decimal(10) ** 9


def check_amount(amount: Decimal | None) -> Decimal:
    """Return the amount with two decimals. :raise Refused: it has more, or is not positive"""
    possible = amount is not None and amount.is_finite() and 0 < amount < _TOO_MUCH
    if amount is None or not possible or amount != amount.quantize(_CENT):
        raise Refused('the amount needs to be positive, in cents', code='INVALID_AMOUNT')
    return amount.quantize(_CENT)


def value_for(amount: Decimal, price: Mapping[str, Any]) -> Decimal:
    """Return what to send so that at least `amount` arrives, by Ding's estimate.

    :raise UnknownOutcome: the estimate has no price
    :raise Refused: the nearest that can be sent is less
    """
    send, receive = to_decimal(price.get('SendValue')), to_decimal(price.get('ReceiveValue'))
    if send is None or receive is None or not 0 < send < _TOO_MUCH:
        raise UnknownOutcome('the estimate has no price')
    if receive < amount:
        raise Refused('less than asked for would arrive', code='NEAREST_MATCH')
    return send.quantize(_CENT, rounding=ROUND_UP)


def check(order: OrderRequest) -> None:
    """Refuse an order that Ding has no words for. :raise Refused: names what is wrong"""
    check_sku(order.sku)
    _extra(order.extra)


def document(order: OrderRequest, amount: Decimal) -> dict[str, Any]:
    """Return the document of an order; a name in another case would be ignored (§6 trap 11)."""
    fields: dict[str, Any] = {
        'SkuCode': order.sku,
        'SendValue': amount,
        'AccountNumber': digits(order.e164),
        'DistributorRef': order.our_ref,
        'ValidateOnly': False,
    }
    if order.amount_currency and order.side is Side.SEND:
        fields['SendCurrencyIso'] = order.amount_currency
    return fields | _extra(order.extra)


def digits(e164: str) -> str:
    """Return the number as Ding writes it: E.164 without the plus."""
    return e164.removeprefix('+')


def _extra(extra: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings, named `settings.<Name>`, and the bill's reference of an order."""
    fields: dict[str, Any] = {}
    for name, value in extra.items():
        group, _dot, key = name.partition('.')
        if group == 'settings' and key:
            fields.setdefault('Settings', []).append({'Name': key, 'Value': value})
        elif name == 'BillRef':
            fields['BillRef'] = value
        else:
            raise Refused(f'not a field of an order: {name!r}', code='INVALID_EXTRA')
    return fields
