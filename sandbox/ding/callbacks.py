"""A transfer as answers and callbacks show it. Source: spec/topup_suppliers.md §3."""

from __future__ import annotations

import json
import uuid
from types import MappingProxyType
from typing import Any

from ..delivery import ALTERED, Letter, Notice, by_status
from ..state import Sandbox
from ..topup.course import GAPS, Dialect
from ..topup.scenario import Scenario
from ..topup.state import CANCELLED, FAILED, PARTIAL, PROCESSING, REVERSED, SUCCEEDED, Order
from ..topup.wire import number
from .answers import ENDINGS, verdict
from .catalogue import as_price, commission, reason_code

_STATES = MappingProxyType(
    {
        PROCESSING: 'Submitted',
        SUCCEEDED: 'Complete',
        PARTIAL: 'Complete',
        FAILED: 'Failed',
        CANCELLED: 'Cancelled',
        REVERSED: 'Cancelled',
    }
)


def as_record(order: Order, state: str = '') -> dict[str, Any]:
    """Return the record of a transfer. Both spellings of the last state are in use."""
    good, shown = order.detail['good'], state or order.state
    word = _STATES[shown]
    if word == 'Complete' and int(order.id) % 2:
        word = 'Completed'
    done = shown in (SUCCEEDED, PARTIAL)
    pin = order.pin if done else None
    params = {'providerRef': order.detail['provider_ref']} if done else {}
    return {
        'TransferId': {'TransferRef': order.id, 'DistributorRef': order.reference},
        'SkuCode': order.sku,
        'Price': as_price(good, order.delivered),
        'CommissionApplied': number(commission(good)),
        'StartedUtc': order.date,
        'CompletedUtc': order.detail.get('completed') if shown != PROCESSING else None,
        'ProcessingState': word,
        'ReceiptText': f'PIN: {pin.code}' if pin else None,
        'ReceiptParams': {**params, **({'pin': pin.code} if pin else {})},
        'AccountNumber': order.number,
    }


def as_item(order: Order, state: str = '') -> dict[str, Any]:
    """Return a transfer with how it went."""
    failed = (state or order.state) == FAILED
    code = (reason_code(order.reason) or reason_code('refused')) if failed else ''
    return {'TransferRecord': as_record(order, state), **verdict(code)}


def _callback(sandbox: Sandbox, order: Order, state: str, forged: bool) -> Notice | None:
    """Write the callback of a deferred transfer, unsigned, to the address set at the portal."""
    if not order.detail['deferred'] or not sandbox.ding.callback_url:
        return None
    body = json.dumps(as_item(order, state)).encode()

    def write(flavour: str) -> Letter:
        spoiled = body.replace(b'"TransferId"', b'"TransferNo"') if flavour == ALTERED else body
        return {'Content-Type': 'application/json'}, spoiled

    return Notice(
        source='ding',
        event=_STATES[state],
        url=sandbox.ding.callback_url,
        subjects=(order.id, order.reference, order.number),
        gaps=() if forged else GAPS,
        accepts=by_status(*range(200, 300)),
        write=write,
        id=str(uuid.uuid4()),
    )


DING = Dialect(
    'ding',
    lambda sandbox: sandbox.ding,
    _callback,
    reverses=False,
    own_endings=tuple((ending, Scenario(reject=code)) for ending, code in ENDINGS.items()),
)
