"""Routes of the Chinese suppliers."""

from __future__ import annotations

from starlette.routing import Route

from ..state import Sandbox
from . import juhe, yrapi


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes bound to one simulated world."""
    return [*yrapi.routes(sandbox), *juhe.routes(sandbox)]
