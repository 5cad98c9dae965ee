"""Writing Reloadly's orders. Source: spec/topup_suppliers.md §1, §6 trap 7."""

from collections.abc import Mapping
from decimal import ROUND_UP, Decimal
from typing import Any

from .errors import Refused
from .normalized import OrderRequest
from .reloadly_catalogue import order_amount
from .transport import mapping, to_decimal, to_json

_CENT = Decimal('0.01')


def body(order: OrderRequest, operator: Mapping[str, Any] | None) -> bytes:
    """Return the JSON of an order; the amount keeps its exact digits, never a float.

    :param operator: as Reloadly shows it now, for an order that names what arrives
    :raise Refused: sku or amount cannot be used, or there is no rate
    """
    operator_id, amount = order_amount(order)
    local = False
    if operator is not None:
        local = operator.get('supportsLocalAmounts') is True
        amount = amount if local else _sent_for(amount, operator)
    fields = {
        'amount': amount,
        'operatorId': operator_id,
        'useLocalAmount': local,
        'customIdentifier': order.our_ref,
        'recipientPhone': {'countryCode': order.country, 'number': digits(order.e164)},
    }
    return to_json(fields).encode()


def digits(e164: str) -> str:
    """Return the number as Reloadly takes it: international digits without the plus."""
    return e164.removeprefix('+')


def _sent_for(amount: Decimal, operator: Mapping[str, Any]) -> Decimal:
    """Return what to send so that at least `amount` arrives, by the operator's rate."""
    rate = to_decimal(mapping(operator.get('fx')).get('rate'))
    if not rate or rate < 0:
        raise Refused('the operator tells no rate', code='NO_RATE')
    return (amount / rate).quantize(_CENT, rounding=ROUND_UP)
