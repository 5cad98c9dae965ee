"""Answers that break the rules, and how a call is played with a fault."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from .faults import Fault

ABORT_EXTENSION = 'sandbox.abort'

Apply = Callable[[], Awaitable[Response]]

GARBAGE = '<html><head><title>502 Bad Gateway</title></head><body>upstream {"code": "SUC'

NOT_APPLIED = frozenset({'error_500_before', 'timeout_before', 'error', 'outage'})


class NoAnswer(Response):
    """Close the connection without a single byte, at once or after holding it open."""

    def __init__(self, hold: float = 0.0) -> None:
        """Prepare the silence.

        :param hold: real seconds to hold the connection when the client does not give up first
        """
        super().__init__(status_code=500)
        self.hold = hold

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Override of Starlette's answer to send nothing."""
        if self.hold and await _client_left(receive, self.hold):
            return
        abort = scope.get('extensions', {}).get(ABORT_EXTENSION)
        if abort is None:
            # In a test without a socket there is nothing to cut: the caller gets the error.
            raise ConnectionResetError('the simulator cut the connection')
        abort()
        await _client_left(receive, 5.0)


async def _client_left(receive: Receive, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            while (await receive())['type'] != 'http.disconnect':
                continue
    except TimeoutError:
        return False
    return True


def json_answer(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return raw UTF-8 JSON without needless spaces."""
    body = json.dumps(payload, ensure_ascii=False, separators=(',', ':')).encode()
    return Response(body, status, headers, 'application/json; charset=utf-8')


def _outage(fault: Fault) -> Response:
    mode = fault.params.get('mode', 'status')
    if mode == 'timeout':
        return NoAnswer(hold=fault.seconds(120.0))
    if mode == 'reset':
        return NoAnswer()
    return HTMLResponse(GARBAGE, int(fault.params.get('status', 503)))


async def play(fault: Fault, apply: Apply, refuse: Callable[[Fault], Response]) -> Response:
    """Answer a call as `fault` wants it.

    :param apply: the call itself; it takes effect when awaited
    :param refuse: build the error answer in the dialect of the company
    """
    name = fault.fault
    if name == 'delay':
        await asyncio.sleep(fault.seconds(1.0))
        return await apply()
    # `reset` and `garbage` take effect unless told otherwise: this is the nasty case.
    if name not in NOT_APPLIED and fault.params.get('apply', True):
        await apply()
    if name == 'outage':
        return _outage(fault)
    if name.startswith('timeout'):
        return NoAnswer(hold=fault.seconds(120.0))
    if name == 'reset':
        return NoAnswer()
    if name == 'garbage':
        return HTMLResponse(GARBAGE, int(fault.params.get('status', 200)))
    return refuse(fault)
