"""The course a top-up takes after it was accepted, and the webhooks on its way.

Source: spec/topup_suppliers.md §1 (Status, Webhook).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
import uuid

from ..credentials import TOPUP_ACCOUNT
from ..delivery import ALTERED, GOOD, OLD, Letter, Notice, by_status
from ..state import Sandbox, digits
from .reports import as_transaction
from .scenario import Scenario
from .state import Topup

# The real schedule is not known; a few repeats are certain.
GAPS = (60, 300, 1800)
ACCEPTED = frozenset(range(200, 300))
FINAL = frozenset({'SUCCESSFUL', 'FAILED', 'REFUNDED'})


def follow(sandbox: Sandbox, topup: Topup, scenario: Scenario) -> None:
    """Have the top-up reach its end when its time comes."""

    async def end() -> None:
        if topup.status != 'PROCESSING':
            return
        if scenario.webhooks == 'forged':
            _webhook(sandbox, topup, 'FAILED', forged=True)
        if scenario.pin:
            topup.pin = _pin()
        finish(sandbox, topup, scenario.status, scenario.error_code, scenario.webhooks)
        if scenario.then:
            name = f'reversal {topup.transaction_id}'
            sandbox.scheduler.call_later(scenario.after, reverse, name)

    async def reverse() -> None:
        finish(sandbox, topup, scenario.then, '', scenario.webhooks)

    if scenario.seconds is None:
        raise ValueError('the processing time must be decided here')
    sandbox.scheduler.call_later(scenario.seconds, end, f'top-up {topup.transaction_id}')


def finish(
    sandbox: Sandbox, topup: Topup, status: str, error_code: str = '', webhooks: str = 'normal'
) -> bool:
    """Set the final state, give money back where it is due, and send the webhook.

    :return: False when nothing changed: that state already, or final and this is no reversal
    """
    reversal = topup.status == 'SUCCESSFUL' and status == 'REFUNDED'
    if topup.status == status or (topup.status in FINAL and not reversal):
        return False
    topup.status, topup.error_code = status, error_code if status == 'FAILED' else ''
    topup.history.append(status)
    if status in ('FAILED', 'REFUNDED'):
        sandbox.reloadly.balance += topup.cost
    if webhooks == 'never':
        return True
    _webhook(sandbox, topup, status)
    if webhooks == 'duplicate':
        _webhook(sandbox, topup, status)
    if webhooks == 'out_of_order':
        _webhook(sandbox, topup, 'PROCESSING', delay=5.0)
    return True


def _pin() -> dict[str, object]:
    return {
        'serial': digits(12),
        'info1': 'Dial *121*PIN#',
        'info2': None,
        'info3': None,
        'value': None,
        'code': digits(16),
        'ivr': '121',
        'validity': '30 days',
    }


def _webhook(
    sandbox: Sandbox, topup: Topup, status: str, *, forged: bool = False, delay: float = 0.0
) -> None:
    """Announce a status; nothing is sent while no address is configured."""
    if not sandbox.reloadly.webhook_url:
        return
    data = {**as_transaction(topup), 'status': status}
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

    notice = Notice(
        source='reloadly',
        event=f'airtime_transaction.status {status}',
        url=sandbox.reloadly.webhook_url,
        subjects=(str(topup.transaction_id), topup.custom_identifier, topup.number),
        gaps=() if forged else GAPS,
        accepts=by_status(*ACCEPTED),
        write=write,
        id=str(uuid.uuid4()),
    )
    sandbox.courier.announce(notice, delay)


def signature(key: bytes, body: bytes, timestamp: str) -> str:
    """Return the hex HMAC-SHA256 over body, colon and timestamp."""
    return hmac.new(key, body + b':' + timestamp.encode(), hashlib.sha256).hexdigest()
