"""The webhooks of a top-up. Source: spec/topup_suppliers.md §1 (Status, Webhook)."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
import uuid

from ..credentials import TOPUP_ACCOUNT
from ..delivery import ALTERED, GOOD, OLD, Letter, Notice, by_status
from ..state import Sandbox
from ..topup.course import GAPS, Dialect
from ..topup.state import Order
from .reports import as_transaction
from .state import STATUS, Topup

ACCEPTED = frozenset(range(200, 300))


def _webhook(sandbox: Sandbox, order: Order, state: str, forged: bool) -> Notice | None:
    """Write the webhook of a state; nothing is sent while no address is configured."""
    if not sandbox.reloadly.callback_url or not isinstance(order, Topup):
        return None
    status = STATUS[state]
    data = {**as_transaction(order), 'status': status}
    body = json.dumps({'type': 'airtime_transaction.status', 'data': data}).encode()

    def write(flavour: str) -> Letter:
        moment = str(int(time.time()) - (600 if flavour == OLD else 0))
        key = secrets.token_bytes(16) if forged else TOPUP_ACCOUNT.webhook_secret.encode()
        signed = signature(key, body, moment)
        if flavour not in (GOOD, OLD, ALTERED):
            signed = signature(secrets.token_bytes(16), body, moment)
        headers = {
            'Content-Type': 'application/json',
            'X-Reloadly-Signature': signed,
            'X-Reloadly-Request-Timestamp': moment,
        }
        return headers, body.replace(b'"data"', b'"Data"') if flavour == ALTERED else body

    return Notice(
        source='reloadly',
        event=f'airtime_transaction.status {status}',
        url=sandbox.reloadly.callback_url,
        subjects=(order.id, order.reference, order.number),
        gaps=() if forged else GAPS,
        accepts=by_status(*ACCEPTED),
        write=write,
        id=str(uuid.uuid4()),
    )


def signature(key: bytes, body: bytes, timestamp: str) -> str:
    """Return the hex HMAC-SHA256 over body, colon and timestamp."""
    return hmac.new(key, body + b':' + timestamp.encode(), hashlib.sha256).hexdigest()


RELOADLY = Dialect('reloadly', lambda sandbox: sandbox.reloadly, _webhook, partial='silent')
