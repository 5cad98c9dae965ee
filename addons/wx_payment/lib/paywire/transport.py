"""The callables behind which all input and output sits."""

from collections.abc import Callable, Mapping
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


class Stream(Protocol):
    """Perform one exchange whose answer may be too large for the memory.

    The body of an answer of 200 goes to `write` piece by piece, and the reply's body is empty; the
    body of any other answer is short and comes in the reply. Raise an ``OSError`` when no complete
    answer arrived.
    """

    def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout: float,
        write: Callable[[bytes], None],
        body: bytes = b'',
    ) -> Reply: ...


def lower_names(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers by lower-case name, as header names have no case."""
    return {name.lower(): value for name, value in headers.items()}
