"""Answers, errors and pages of DT One. Source: spec/topup_suppliers.md §2."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Awaitable, Callable, Sequence
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..operation import perform
from ..replies import json_answer
from ..state import Sandbox
from ..topup.wire import read_json
from .state import KEY, SECRET

BASE = '/dtone/v1'
PER_PAGE, MOST_PER_PAGE = 50, 100

BAD_REQUEST, UNAUTHORIZED, NOT_FOUND, THROTTLED = 1000400, 1000401, 1000404, 1000429
PRODUCT_NOT_FOUND, OUT_OF_RANGE, WRONG_UNIT = 1003001, 1003002, 1003003
SERVICE_NOT_FOUND, COUNTRY_NOT_FOUND, OPERATOR_NOT_FOUND = 1005004, 1005005, 1005006
INVALID_NUMBER, NOT_ENOUGH = 1005003, 1006001
EXTERNAL_ID_USED, ALREADY_CONFIRMED, CONFIRMED_TOO_LATE = 1007001, 1007002, 1007004
ALREADY_CANCELLED, CANCELLED_TOO_LATE = 1007005, 1007007
TRANSACTION_NOT_FOUND, UNEXPECTED = 1008004, 1009001

# HTTP status and text of each error.
_ERRORS = MappingProxyType(
    {
        BAD_REQUEST: (400, 'Bad Request'),
        UNAUTHORIZED: (401, 'Unauthorized'),
        NOT_FOUND: (404, 'Not Found'),
        THROTTLED: (429, 'Too Many Requests'),
        PRODUCT_NOT_FOUND: (404, 'Product is not available in your account'),
        OUT_OF_RANGE: (400, 'Amount is out of range'),
        WRONG_UNIT: (400, 'Unit is invalid'),
        SERVICE_NOT_FOUND: (404, 'Service not found'),
        COUNTRY_NOT_FOUND: (404, 'Country not found'),
        OPERATOR_NOT_FOUND: (404, 'Operator not found'),
        INVALID_NUMBER: (400, 'Credit party mobile number is invalid'),
        NOT_ENOUGH: (400, 'Insufficient balance'),
        EXTERNAL_ID_USED: (400, 'External id has already been used'),
        ALREADY_CONFIRMED: (400, 'Transaction has already been confirmed'),
        CONFIRMED_TOO_LATE: (400, 'Transaction can no longer be confirmed'),
        ALREADY_CANCELLED: (400, 'Transaction has already been cancelled'),
        CANCELLED_TOO_LATE: (400, 'Transaction can no longer be cancelled'),
        TRANSACTION_NOT_FOUND: (404, 'Transaction not found'),
        UNEXPECTED: (500, 'Unexpected error'),
    }
)

Handler = Callable[[Sandbox, Request], Awaitable[Response]]


class DtOneError(Exception):
    """The API says no."""

    def __init__(self, code: int, message: str = '') -> None:
        super().__init__(code)
        self.code = code
        self.status, text = _ERRORS[code]
        self.message = message or text


def refusal(error: DtOneError) -> Response:
    """Return an error of the API."""
    return json_answer({'errors': [{'code': error.code, 'message': error.message}]}, error.status)


def check_key(request: Request) -> None:
    """Refuse a call without the key and secret of the account.

    :raise DtOneError: unauthorized
    """
    scheme, _, value = request.headers.get('authorization', '').partition(' ')
    try:
        pair = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise DtOneError(UNAUTHORIZED) from error
    if scheme.lower() != 'basic' or pair != f'{KEY}:{SECRET}':
        raise DtOneError(UNAUTHORIZED)


async def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body.

    :raise DtOneError: bad request
    """
    body = await read_json(request)
    if not isinstance(body, dict):
        raise DtOneError(BAD_REQUEST, 'The body must be a JSON object')
    return body


def page_of(
    items: Sequence[Any], request: Request, show: Callable[[Any], dict[str, Any]]
) -> Response:
    """Return one page of a list, with the counts in the headers."""
    page = _at_least_one(request, 'page', 1)
    size = _at_least_one(request, 'per_page', PER_PAGE)
    if size > MOST_PER_PAGE:
        raise DtOneError(BAD_REQUEST, f'per_page must be at most {MOST_PER_PAGE}')
    pages = max(1, math.ceil(len(items) / size))
    part = items[(page - 1) * size : page * size]
    headers = {
        'X-Total': str(len(items)),
        'X-Total-Pages': str(pages),
        'X-Per-Page': str(size),
        'X-Page': str(page),
        'X-Next-Page': str(page + 1) if page < pages else '',
        'X-Prev-Page': str(page - 1) if page > 1 else '',
    }
    return json_answer([show(item) for item in part], headers=headers)


def _at_least_one(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and int(text) >= 1):
        raise DtOneError(BAD_REQUEST, f'{name} must be a positive number')
    return int(text)


def dtone_route(
    sandbox: Sandbox, path: str, method: str, operation: str, handler: Handler
) -> Route:
    """Return the route of one call, with its faults and records."""

    async def endpoint(request: Request) -> Response:
        note: dict[str, Any] = {'path': request.url.path}

        async def apply() -> Response:
            try:
                check_key(request)
                return await handler(sandbox, request)
            except DtOneError as error:
                note['code'] = error.code
                return refusal(error)

        return await perform(sandbox, f'dtone.{operation}', apply, note=note)

    return Route(f'{BASE}{path}', endpoint, methods=[method])
