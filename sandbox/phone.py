"""The phone page, and its way to the shop's API, as WeChat's client carries `wx.request`."""

from __future__ import annotations

from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .replies import json_answer
from .state import Sandbox

STATIC = Path(__file__).with_name('static')
# Only these travel; the browser's cookies and origin are none of the shop's business.
_UP = (
    'authorization',
    'idempotency-key',
    'content-type',
    'accept',
    'accept-language',
    'x-platform',
)
_DOWN = ('content-type', 'retry-after', 'x-request-id')


def routes(sandbox: Sandbox) -> list[Route | Mount]:
    """Return the page, its files and the forwarding route."""

    async def page(_request: Request) -> Response:
        return FileResponse(STATIC / 'phone.html', headers={'Cache-Control': 'no-store'})

    async def forward(request: Request) -> Response:
        return await _forward(sandbox, request)

    return [
        Route('/phone', page),
        Route('/phone/api/{path:path}', forward, methods=['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
        Mount('/phone/static', StaticFiles(directory=STATIC)),
    ]


async def _forward(sandbox: Sandbox, request: Request) -> Response:
    query = f'?{request.url.query}' if request.url.query else ''
    url = f'{sandbox.options.shop_url}/api/mp/v1/{request.path_params["path"]}{query}'
    headers = {name: request.headers[name] for name in _UP if name in request.headers}
    try:
        answer = await sandbox.client.request(
            request.method, url, headers=headers, content=await request.body()
        )
    except (httpx.HTTPError, OSError) as error:
        text = f'request:fail {type(error).__name__}'
        return json_answer({'code': -1, 'msg': text, 'data': None, 'request_id': ''}, 502)
    down = {name: answer.headers[name] for name in _DOWN if name in answer.headers}
    return Response(answer.content, answer.status_code, down)
