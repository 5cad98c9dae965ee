"""The one callable behind which all input and output sits."""

from collections.abc import Mapping
from typing import Protocol


class Reply(Protocol):
    """An HTTP answer as the transport hands it over."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def body(self) -> bytes: ...


class Send(Protocol):
    """Perform one HTTP exchange; raise an ``OSError`` when no complete answer arrived."""

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Reply: ...


def lower_names(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers by lower-case name, as header names have no case."""
    return {name.lower(): value for name, value in headers.items()}
