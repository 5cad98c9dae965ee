"""Put the simulated companies, the control API and the phone page into one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from . import phone
from .alipay.routes import routes as alipay_routes
from .china.routes import routes as china_routes
from .control.routes import routes as control_routes
from .ding.routes import routes as ding_routes
from .dtone.answers import BASE as DTONE_BASE
from .dtone.answers import NOT_FOUND, DtOneError, refusal
from .dtone.routes import routes as dtone_routes
from .reloadly.answers import wrong_url
from .reloadly.routes import routes as reloadly_routes
from .replies import json_answer
from .state import Sandbox
from .wechat.routes import routes as wechat_routes
from .wxpay.pages import routes as wxpay_pages
from .wxpay.routes import routes as wxpay_routes
from .wxpayv2.routes import routes as wxpayv2_routes

_RELOADLY = ('/topups', '/operators', '/countries', '/accounts', '/oauth')


def create_app(sandbox: Sandbox) -> Starlette:
    """Return the application of one simulated world."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await sandbox.close()

    async def not_found(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if request.url.path.startswith(_RELOADLY):
            return wrong_url(request.url.path, status)
        if request.url.path.startswith(DTONE_BASE):
            return refusal(DtOneError(NOT_FOUND))
        return json_answer({'error': f'{request.method} {request.url.path}: {status}'}, status)

    return Starlette(
        routes=[
            *control_routes(sandbox),
            *wxpay_pages(sandbox),
            *phone.routes(sandbox),
            *wechat_routes(sandbox),
            *wxpay_routes(sandbox),
            *wxpayv2_routes(sandbox),
            *alipay_routes(sandbox),
            *reloadly_routes(sandbox),
            *dtone_routes(sandbox),
            *ding_routes(sandbox),
            *china_routes(sandbox),
        ],
        exception_handlers={HTTPException: not_found},
        lifespan=lifespan,
    )
