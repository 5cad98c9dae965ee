"""Reloadly's webhook: signature and shape. Source: spec/topup_suppliers.md §1."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from .errors import SignatureError
from .normalized import Event, State
from .reloadly_codes import STATES
from .transport import parse_json, to_text

SIGNATURE_HEADER = 'x-reloadly-signature'
TIMESTAMP_HEADER = 'x-reloadly-request-timestamp'


def sign(body: bytes, timestamp: str, secret: str) -> str:
    """Return the hex HMAC-SHA256 of the raw body, a colon and the timestamp header."""
    message = body + b':' + timestamp.encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def verify(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    """Check the signature over the bytes as they came.

    The age of the timestamp is not limited: when Reloadly retries, and with which timestamp,
    is not known, and a replay does no more than make us ask for the order once more.

    :raise SignatureError: no secret, no header, or another signature
    """
    if not secret:
        raise SignatureError('no webhook secret is configured')
    lowered = {name.lower(): value for name, value in headers.items()}
    given = lowered.get(SIGNATURE_HEADER, '').strip().lower()
    timestamp = lowered.get(TIMESTAMP_HEADER, '').strip()
    if not given or not timestamp:
        raise SignatureError('signature headers are missing')
    expected = sign(body, timestamp, secret)
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise SignatureError('the signature does not fit')


def parse(headers: Mapping[str, str], body: bytes, secret: str) -> Event:
    """Verify a callback and read it; the shape varies, so three places are looked at.

    :raise SignatureError: it cannot be trusted, or it names no transaction
    """
    verify(headers, body, secret)
    transaction = _transaction(parse_json(body))
    our_ref = to_text(transaction.get('customIdentifier'))
    supplier_ref = to_text(transaction.get('transactionId'))
    if not our_ref and not supplier_ref:
        raise SignatureError('the callback names no transaction')
    return Event(
        our_ref=our_ref,
        supplier_ref=supplier_ref,
        state_hint=STATES.get(to_text(transaction.get('status')), State.UNKNOWN),
        authenticated=True,
    )


def _transaction(document: Any) -> Mapping[str, Any]:
    """Return `data.transaction`, `data` or the top level, whichever holds a transaction."""
    places: list[Any] = [document]
    if isinstance(document, Mapping):
        places.insert(0, document.get('data'))
        if isinstance(places[0], Mapping):
            places.insert(0, places[0].get('transaction'))
    for place in places:
        if isinstance(place, Mapping) and ('transactionId' in place or 'customIdentifier' in place):
            return place
    return {}
