"""Fixtures of the simulator's tests: no sockets, no real waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.app import create_app
from sandbox.state import Options, Sandbox
from tests.sandbox.shop import Inbox, World


@pytest.fixture
def anyio_backend() -> str:
    """Run on asyncio only; uvicorn does."""
    return 'asyncio'


@pytest.fixture
async def world(anyio_backend: str) -> AsyncIterator[World]:
    """Return a world whose clock stands still."""
    inbox = Inbox()
    sandbox = Sandbox(Options(speed=0.0), transport=httpx.MockTransport(inbox.handle))
    sandbox.reloadly.latency = 0.0
    transport = httpx.ASGITransport(app=create_app(sandbox))
    async with httpx.AsyncClient(transport=transport, base_url='http://127.0.0.1:8070') as client:
        yield World(sandbox, client, inbox)
    await sandbox.close()
