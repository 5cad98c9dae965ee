"""Answers and errors of Ding; the HTTP status tells little. Source: spec/topup_suppliers.md §3."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..operation import perform
from ..replies import json_answer
from ..state import Sandbox
from ..topup import scenario
from ..topup.wire import read_json
from .state import API_KEY

BASE = '/ding/api/V1'
OK, PARTIAL, TRANSIENT, INVALID, REFUSED = 1, 2, 3, 4, 5

AUTHENTICATION_FAILED, RATE_LIMITED = 'AuthenticationFailed', 'RateLimited'
INSUFFICIENT_BALANCE, OTHER_ERROR = 'InsufficientBalance', 'OtherError'
MISSING, WRONG, OUT_OF_RANGE = 'ParameterMissing', 'ParameterInvalid', 'ParameterOutOfRange'
COMBINATION, NOT_UNIQUE = 'ParameterCombinationInvalid', 'BatchItemRefMustBeUnique'
REQUEST_INVALID, NEAREST_MATCH = 'RequestInvalid', 'NearestMatch'
FAILED_REGEX = 'AccountNumberInvalid/AccountNumberFailedRegex'
TIMED_OUT = 'TransientProviderError/ProviderTimedOut'

# `Code/Context` of each neutral reason.
_CODES = MappingProxyType(
    {
        scenario.INVALID: 'AccountNumberInvalid/ProviderRefusedRequest',
        scenario.BARRED: 'ProviderError/RechargeNotAllowed',
        scenario.UNAVAILABLE: 'TransientProviderError/ProviderRefusedRequest',
        scenario.DUPLICATED: 'DuplicateTransactionPrevented',
        scenario.REFUSED: 'RechargeNotAllowed',
        scenario.EXCEPTION: 'ProviderError/ProviderUnknownError',
        scenario.TOO_SOON: RATE_LIMITED,
        scenario.INTERNAL: OTHER_ERROR,
        scenario.BALANCE: INSUFFICIENT_BALANCE,
        scenario.LIMIT: 'ProviderError/RechargeNotAllowed',
    }
)
# The endings that Ding's test agents use for themselves.
ENDINGS = MappingProxyType(
    {
        '001': RATE_LIMITED,
        '002': TIMED_OUT,
        '003': 'TransientProviderError/ProviderRefusedRequest',
        '004': 'ProviderError/ProductUnavailable',
        '005': 'AccountNumberInvalid/ProviderRefusedRequest',
        '007': INSUFFICIENT_BALANCE,
        '008': FAILED_REGEX,
        '009': 'ProviderError/RechargeNotAllowed',
    }
)
# Refused before there is a transfer.
UNRECORDED = frozenset({RATE_LIMITED, OTHER_ERROR, INSUFFICIENT_BALANCE, FAILED_REGEX})
# All other errors come with 200.
_STATUSES = MappingProxyType(
    {AUTHENTICATION_FAILED: 401, INSUFFICIENT_BALANCE: 500, OTHER_ERROR: 500}
)
_RESULTS = MappingProxyType(
    {
        'TransientProviderError': TRANSIENT,
        RATE_LIMITED: TRANSIENT,
        AUTHENTICATION_FAILED: INVALID,
        MISSING: INVALID,
        WRONG: INVALID,
        OUT_OF_RANGE: INVALID,
        COMBINATION: INVALID,
        NOT_UNIQUE: INVALID,
        REQUEST_INVALID: INVALID,
        NEAREST_MATCH: PARTIAL,
    }
)

Handler = Callable[[Sandbox, Request], Awaitable[Response]]


class DingError(Exception):
    """The API says no; `code` is `Code` or `Code/Context`."""

    def __init__(self, code: str, *, status: int = 0, more: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status or _STATUSES.get(code.partition('/')[0], 200)
        self.more = more or {}


def to_code(reason: str) -> str:
    """Return the `Code/Context` of a neutral reason; what a tester chose stays as it is."""
    return _CODES.get(reason, reason)


def verdict(code: str = '') -> dict[str, Any]:
    """Return the part of every answer that tells how it went."""
    if not code:
        return {'ResultCode': OK, 'ErrorCodes': []}
    name, _, context = code.partition('/')
    errors = [{'Code': name, 'Context': context or None}]
    return {'ResultCode': _RESULTS.get(name, REFUSED), 'ErrorCodes': errors}


def items(found: list[dict[str, Any]], **more: Any) -> Response:
    """Return a list."""
    return json_answer({**verdict(), 'Items': found, **more})


async def read_body(request: Request, kind: type) -> Any:
    """Return the JSON in the body, an object or an array.

    :raise DingError: RequestInvalid
    """
    body = await read_json(request)
    if not isinstance(body, kind):
        raise DingError(REQUEST_INVALID)
    return body


def ding_route(sandbox: Sandbox, path: str, method: str, operation: str, handler: Handler) -> Route:
    """Return the route of one call, with its faults and records."""

    async def endpoint(request: Request) -> Response:
        note: dict[str, Any] = {'path': request.url.path}

        async def apply() -> Response:
            try:
                if request.headers.get('api_key') != API_KEY:
                    raise DingError(AUTHENTICATION_FAILED)
                return await handler(sandbox, request)
            except DingError as error:
                note['code'] = error.code
                return json_answer({**verdict(error.code), **error.more}, error.status)

        response = await perform(sandbox, f'ding.{operation}', apply, note=note)
        correlation = request.headers.get('x-correlation-id')
        if correlation:
            response.headers['X-Correlation-Id'] = correlation
        return response

    return Route(f'{BASE}/{path}', endpoint, methods=[method])
