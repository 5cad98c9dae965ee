"""The web server, with one addition: an answer may cut its connection."""

from __future__ import annotations

import asyncio
from typing import cast

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .replies import ABORT_EXTENSION


class AbortableProtocol(H11Protocol):
    """Offer the application a way to drop the connection without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Override of `uvicorn` to put the transport's abort within reach."""
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault('extensions', {})[ABORT_EXTENSION] = transport.abort
            await inner(cast('uvicorn._types.Scope', scope), receive, send)

        self.app = app


def serve(app: object, host: str, port: int) -> None:
    """Serve until a signal ends the process.

    No access log: its lines would hold the secrets that WeChat's API wants in URLs.
    """
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        host=host,
        port=port,
        http=AbortableProtocol,
        access_log=False,
        log_level='warning',
        # Longer than any pool of the shop keeps a connection, so that none is cut under a request.
        timeout_keep_alive=120,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run()
