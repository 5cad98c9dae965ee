"""Answers and errors of the supplier. Source: spec/topup_suppliers.md §1 (Errors)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..operation import perform
from ..replies import json_answer
from ..state import Sandbox
from ..topup import scenario

STATUSES = MappingProxyType(
    {
        'INVALID_CREDENTIALS': 401,
        'INVALID_TOKEN': 401,
        'TOKEN_EXPIRED': 401,
        'COULD_NOT_AUTO_DETECT_OPERATOR': 404,
        'OPERATOR_NOT_FOUND': 404,
        'TRANSACTION_NOT_FOUND': 404,
        'COUNTRY_NOT_FOUND': 404,
        'COUNTRY_NOT_SUPPORTED': 409,
        'RATE_LIMIT_REACHED': 429,
        'PROVIDER_INTERNAL_ERROR': 500,
        'FX_RATE_NOT_AVAILABLE': 500,
    }
)
MESSAGES = MappingProxyType(
    {
        'INVALID_CREDENTIALS': 'Access Denied: invalid client credentials',
        'INVALID_TOKEN': 'The access token is missing or was not issued for this environment',
        'TOKEN_EXPIRED': 'The token being used has expired',
        'COULD_NOT_AUTO_DETECT_OPERATOR': 'Could not auto detect operator for given phone number',
        'COUNTRY_NOT_SUPPORTED': 'Country not supported',
        'OPERATOR_NOT_FOUND': 'Operator not found',
        'TRANSACTION_NOT_FOUND': 'Transaction not found',
        'CUSTOM_IDENTIFIER_ALREADY_USED': 'The custom identifier has already been used',
        'INVALID_RECIPIENT_PHONE': 'The recipient phone number is not valid',
        'INVALID_AMOUNT_FOR_OPERATOR': 'The amount is not available for this operator',
        'INSUFFICIENT_BALANCE': 'Your balance is not enough for this transaction',
        'PHONE_RECENTLY_RECHARGED': 'This phone was recharged within the last 2 minutes',
        'RATE_LIMIT_REACHED': 'Too many requests',
        'PROVIDER_INTERNAL_ERROR': 'Something went wrong at the provider, try again later',
        'TRANSACTION_REFUSED_BY_OPERATOR': 'The operator refused the transaction',
        'PHONE_BANNED_BY_OPERATOR': 'The phone number is banned by the operator',
        'RECIPIENT_PHONE_INACTIVE': 'The recipient phone number is inactive',
        'OPERATOR_UNAVAILABLE_OR_CURRENTLY_INACTIVE': 'The operator is unavailable at the moment',
    }
)

# Why an order ends badly: after it was taken on, and at once.
_FAILURES = MappingProxyType(
    {
        scenario.INVALID: 'INVALID_RECIPIENT_PHONE',
        scenario.BARRED: 'PHONE_BANNED_BY_OPERATOR',
        scenario.UNAVAILABLE: 'OPERATOR_UNAVAILABLE_OR_CURRENTLY_INACTIVE',
        scenario.DUPLICATED: 'RECIPIENT_HAS_PENDING_TRANSACTION',
        scenario.REFUSED: 'TRANSACTION_REFUSED_BY_OPERATOR',
        scenario.EXCEPTION: 'TRANSACTION_FAILED_ON_OPERATOR',
        scenario.TOO_SOON: 'PHONE_RECENTLY_RECHARGED',
        scenario.INTERNAL: 'PROVIDER_INTERNAL_ERROR',
        scenario.BALANCE: 'INSUFFICIENT_BALANCE',
        scenario.LIMIT: 'RECIPIENT_REACHED_MAX_TOPUP_NUMBER',
    }
)

Handler = Callable[[Sandbox, Request], Awaitable[Response]]


class ReloadlyError(Exception):
    """The API says no."""

    def __init__(self, code: str, message: str = '', details: list[Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message or MESSAGES.get(code, code.replace('_', ' ').capitalize())
        self.details = details or []


def to_code(reason: str) -> str:
    """Return the code of a neutral reason; a code a tester chose stays as it is."""
    return _FAILURES.get(reason, reason)


def now_text() -> str:
    """Return the present time the way the API writes it: no time zone."""
    return datetime.now(UTC).strftime('%Y-%m-%d %H:%M:%S')


def answer(payload: Any, status: int = 200) -> Response:
    """Return JSON."""
    return json_answer(payload, status)


def refusal(error: ReloadlyError, path: str) -> Response:
    """Return an error of the API."""
    body = {
        'timeStamp': now_text(),
        'message': error.message,
        'path': path,
        'errorCode': error.code,
        'infoLink': None,
        'details': error.details,
    }
    return json_answer(body, STATUSES.get(error.code, 400))


def wrong_url(path: str, status: int = 404) -> Response:
    """Return what a URL that does not exist gives: no `errorCode`."""
    text = 'Not Found' if status == 404 else 'Method Not Allowed'
    body = {
        'timeStamp': now_text(),
        'status': status,
        'error': text,
        'message': 'No message available',
        'path': path,
    }
    return json_answer(body, status)


async def json_body(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body, numbers as Decimal.

    :raise ReloadlyError: no JSON object
    """
    kind = request.headers.get('content-type', '').partition(';')[0].strip().lower()
    try:
        body = json.loads(await request.body(), parse_float=Decimal)
    except ValueError as error:
        raise ReloadlyError('INVALID_REQUEST', 'Malformed JSON request') from error
    if not isinstance(body, dict) or kind != 'application/json':
        raise ReloadlyError('INVALID_REQUEST', 'Malformed JSON request')
    return body


def reloadly_route(
    sandbox: Sandbox, path: str, method: str, operation: str, handler: Handler
) -> Route:
    """Return the route of one call, with its faults and records."""

    async def endpoint(request: Request) -> Response:
        note: dict[str, Any] = {'path': request.url.path}

        async def apply() -> Response:
            try:
                return await handler(sandbox, request)
            except ReloadlyError as error:
                note['code'] = error.code
                return refusal(error, request.url.path)

        return await perform(sandbox, operation, apply, note=note)

    return Route(path, endpoint, methods=[method])
