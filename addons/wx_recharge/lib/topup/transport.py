"""One exchange with a supplier over an injected callable."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, Protocol

from .errors import UnknownOutcome

RAW_LIMIT = 8000
MASK = '••••'
SECRET_KEYS = frozenset(
    {
        'access_token',
        'client_id',
        'client_secret',
        'pindetail',
        'authorization',
        # DT One, Ding (its receipts carry the bought code in texts), China style
        'pin',
        'receipttext',
        'receiptparams',
        'charge_kami',
        'key',
        'apikey',
        'api_key',
        'appkey',
        'sign',
    }
)


class Reply(Protocol):
    """What a transport hands back."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def body(self) -> bytes: ...


class Send(Protocol):
    """The only way out; raises an OSError when the transport fails."""

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with lower-case header names and its JSON document (None when it is not JSON)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    document: Any

    @property
    def ok(self) -> bool:
        """Tell whether the status is 2xx."""
        return 200 <= self.status < 300


def exchange(
    send: Send, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float
) -> Answer:
    """Send one request and read the answer.

    :raise UnknownOutcome: the transport failed, so the request may have been executed
    """
    try:
        reply = send(method, url, headers=headers, body=body, timeout=timeout)
    except OSError as error:
        raise UnknownOutcome(f'no answer: {type(error).__name__}') from error
    return Answer(
        status=reply.status,
        headers={name.lower(): value for name, value in reply.headers.items()},
        body=reply.body,
        document=parse_json(reply.body),
    )


def parse_json(body: bytes) -> Any:
    """Return the JSON document with exact decimals, or None for anything else."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f'{name} is no JSON')


def to_json(value: object) -> str:
    """Return JSON text in which decimals keep their exact digits."""
    if isinstance(value, Mapping):
        pairs = (f'{json.dumps(str(key))}: {to_json(item)}' for key, item in value.items())
        return f'{{{", ".join(pairs)}}}'
    if isinstance(value, (list, tuple)):
        return f'[{", ".join(to_json(item) for item in value)}]'
    if isinstance(value, Decimal):
        return format(value, 'f')
    return json.dumps(value)


def to_decimal(value: object) -> Decimal | None:
    """Return a finite decimal made of a JSON number or a text, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def to_text(value: object) -> str:
    """Return a JSON text or whole number as text, '' for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return ''
    return str(value)


def mapping(value: object) -> Mapping[str, Any]:
    """Return the object, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def redact(document: Any) -> Any:
    """Return the document with secrets replaced, for logs people read."""
    if isinstance(document, dict):
        return {
            key: MASK if str(key).lower() in SECRET_KEYS and value else redact(value)
            for key, value in document.items()
        }
    if isinstance(document, list):
        return [redact(item) for item in document]
    return document


def mask(text: str, secrets: Iterable[str]) -> str:
    """Return the text with these values replaced, whatever they are called in it."""
    for secret in filter(None, secrets):
        text = text.replace(secret, MASK)
    return text


def printable(answer: Answer) -> str:
    """Return status and body of an answer for the attempt log, secrets masked, bounded."""
    if answer.document is None:
        # Garbage may hold anything, a token included: its size is all that is kept.
        return f'{answer.status} ({len(answer.body)} bytes, not JSON)'
    text = json.dumps(redact(answer.document), ensure_ascii=False, default=str)
    return f'{answer.status} {text}'[:RAW_LIMIT]
