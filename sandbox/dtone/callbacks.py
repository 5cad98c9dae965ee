"""A transaction as answers and callbacks show it. Source: spec/topup_suppliers.md §2."""

from __future__ import annotations

import json
import uuid
from types import MappingProxyType
from typing import Any

from ..delivery import ALTERED, Letter, Notice, by_status
from ..state import Sandbox
from ..topup import scenario
from ..topup.course import GAPS, Dialect
from ..topup.state import CANCELLED, FAILED, PARTIAL, PROCESSING, REVERSED, SUCCEEDED, Order
from ..topup.wire import number
from .catalogue import UNIT, as_product

CREATED, CONFIRMED, SUBMITTED = 'CREATED', 'CONFIRMED', 'SUBMITTED'
REJECTED, DECLINED = 'REJECTED', 'DECLINED'
_CLASSES = MappingProxyType(
    {
        CREATED: 1,
        CONFIRMED: 2,
        REJECTED: 3,
        'CANCELLED': 4,
        SUBMITTED: 5,
        'COMPLETED': 7,
        'REVERSED': 8,
        DECLINED: 9,
    }
)
_CLASS_OF = MappingProxyType(
    {
        SUCCEEDED: 'COMPLETED',
        PARTIAL: 'COMPLETED',
        CANCELLED: 'CANCELLED',
        REVERSED: 'REVERSED',
    }
)
# Suffixes of status messages, by neutral reason; their places give the detail of the status id.
_SUFFIXES = MappingProxyType(
    {
        scenario.REFUSED: '',
        scenario.INVALID: 'INVALID-CREDIT-PARTY',
        scenario.BARRED: 'BARRED-CREDIT-PARTY',
        scenario.UNAVAILABLE: 'OPERATOR-CURRENTLY-UNAVAILABLE',
        scenario.DUPLICATED: 'DUPLICATED-TRANSACTION',
        scenario.EXCEPTION: 'EXCEPTION',
        scenario.TOO_SOON: 'LIMITATIONS-ON-CREDIT-PARTY-QUANTITY',
        scenario.LIMIT: 'LIMITATIONS-ON-CREDIT-PARTY-AMOUNT',
        scenario.BALANCE: 'INSUFFICIENT-BALANCE',
    }
)


def as_status(order: Order, state: str) -> dict[str, Any]:
    """Return a state: its class decides, the message only adds."""
    name = _CLASS_OF.get(state, '')
    if state == PROCESSING:
        name = order.detail['stage']
    elif state == FAILED:
        name = order.detail.get('class', DECLINED)
    message, detail = name, 0
    if state == FAILED and order.reason:
        suffix = _SUFFIXES.get(order.reason, order.reason)
        message = f'{name}-{suffix}' if suffix else name
        detail = list(_SUFFIXES).index(order.reason) if order.reason in _SUFFIXES else 99
    return {
        'id': _CLASSES[name] * 10000 + detail,
        'message': message,
        'class': {'id': _CLASSES[name], 'message': name},
    }


def as_transaction(order: Order, state: str = '') -> dict[str, Any]:
    """Return the whole transaction."""
    good, detail = order.detail['good'], order.detail
    product = as_product(good)
    source = {'unit_type': 'CURRENCY', 'unit': UNIT, 'amount': number(order.cost)}
    destination = {**product['destination'], 'amount': number(order.delivered)}
    done = (state or order.state) in (SUCCEEDED, PARTIAL, REVERSED)
    return {
        'id': int(order.id),
        'external_id': order.reference,
        'creation_date': order.date,
        'confirmation_expiration_date': detail['expires'],
        'confirmation_date': detail.get('confirmed'),
        'status': as_status(order, state or order.state),
        'operator_reference': detail['operator_reference'] if done else None,
        'pin': {'code': order.pin.code, 'serial': order.pin.serial} if order.pin and done else None,
        'credit_party_identifier': {'mobile_number': f'+{order.number}'},
        'product': {key: product[key] for key in ('id', 'name', 'type', 'operator', 'service')},
        'prices': {'wholesale': {**source, 'fee': 0}, 'retail': None},
        'rates': product['rates'],
        'benefits': product['benefits'],
        'requested_values': {'source': source, 'destination': destination},
        'adjusted_values': {'source': source, 'destination': destination},
        'callback_url': order.callback_url or None,
    }


def _callback(_sandbox: Sandbox, order: Order, state: str, forged: bool) -> Notice | None:
    """Write the callback of a state: the transaction, unsigned, to the order's own address.

    A forged one names a state that is not so; only asking DT One tells.
    """
    if not order.callback_url:
        return None
    shown = as_transaction(order, state)
    body = json.dumps(shown).encode()

    def write(flavour: str) -> Letter:
        spoiled = body.replace(b'"status"', b'"Status"') if flavour == ALTERED else body
        return {'Content-Type': 'application/json'}, spoiled

    return Notice(
        source='dtone',
        event=shown['status']['class']['message'],
        url=order.callback_url,
        subjects=(order.id, order.reference, order.number),
        gaps=() if forged else GAPS,
        accepts=by_status(*range(200, 300)),
        write=write,
        id=str(uuid.uuid4()),
    )


DTONE = Dialect('dtone', lambda sandbox: sandbox.dtone, _callback)
