"""Append-only records of what the simulated companies saw, read by `GET /control/books`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]


def stamp() -> str:
    """Return the machine's time for a record."""
    return datetime.now(UTC).isoformat(timespec='milliseconds')


@dataclass
class Books:
    """Hold one list a subject; transactions, refunds and top-ups are read from the state itself."""

    calls: list[Record] = field(default_factory=list)
    notifications: list[Record] = field(default_factory=list)
    messages: list[Record] = field(default_factory=list)
    shipping: list[Record] = field(default_factory=list)

    def write_call(self, operation: str, status: int | str, **more: Any) -> None:
        """Append one call that reached the simulator, with the answer it got."""
        self.calls.append({'at': stamp(), 'operation': operation, 'status': status, **more})
