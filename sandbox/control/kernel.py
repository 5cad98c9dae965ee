"""Shared pieces of the control API: JSON in, JSON out, plain errors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..replies import json_answer
from ..state import Sandbox

Handler = Callable[[Sandbox, Request, dict[str, Any]], Awaitable[Any]]


class ControlError(Exception):
    """The control call cannot be done."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def control_route(sandbox: Sandbox, path: str, method: str, handler: Handler) -> Route:
    """Return a route of the control API."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await _body(request)
            return json_answer(await handler(sandbox, request, body))
        except ControlError as error:
            return json_answer({'error': error.message}, error.status)

    return Route(path, endpoint, methods=[method])


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise ControlError(400, 'the body is not JSON') from error
    if not isinstance(body, dict):
        raise ControlError(400, 'the body should be an object')
    return body


def need(body: dict[str, Any], name: str) -> str:
    """Return a text that must be there."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(400, f'{name} is missing')
    return value


def to_number(body: dict[str, Any], name: str, least: float = 0.0) -> float:
    """Return a number that must be there and not be too small."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < least:
        raise ControlError(400, f'{name} should be a number, at least {least}')
    return float(value)
