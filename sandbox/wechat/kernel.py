"""What every call of the mini-program's server API has in common: token, body, faults."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..operation import perform
from ..state import Sandbox
from .answers import WechatError, refusal

Handler = Callable[[Sandbox, Request], Awaitable[Response]]


def wechat_route(
    sandbox: Sandbox, path: str, method: str, operation: str, handler: Handler
) -> Route:
    """Return the route of one call, with its faults and records."""

    async def endpoint(request: Request) -> Response:
        async def apply() -> Response:
            try:
                return await handler(sandbox, request)
            except WechatError as error:
                return refusal(error)

        return await perform(sandbox, operation, apply)

    return Route(path, endpoint, methods=[method])


def app_of_token(sandbox: Sandbox, request: Request) -> str:
    """Return the appid the access token in the query belongs to.

    :raise WechatError: 41001 missing, 40001 unknown, 42001 expired
    """
    value = request.query_params.get('access_token')
    if not value:
        raise WechatError(41001)
    token = sandbox.wechat.tokens.get(value)
    if token is None or token.dead:
        raise WechatError(40001)
    if token.expires <= sandbox.clock.now():
        raise WechatError(42001)
    return token.appid


async def json_body(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body.

    :raise WechatError: 44002 empty, 47001 not a JSON object in UTF-8
    """
    raw = await request.body()
    if not raw:
        raise WechatError(44002)
    try:
        body = json.loads(raw.decode())
    except ValueError as error:
        raise WechatError(47001) from error
    if not isinstance(body, dict):
        raise WechatError(47001)
    return body
