"""The interface every supplier's adapter fulfils. Source: spec/topup_suppliers.md §5.1."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from .normalized import (
    Balance,
    CallbackReply,
    Capabilities,
    Event,
    OrderRequest,
    Quote,
    Result,
)
from .products import Candidate, Product


class TokenSource(Protocol):
    """Hands out a cached access token.

    Called with the token the supplier has just rejected, it must hand out another one.
    Raises a `TopupError` when it has none.
    """

    def __call__(self, rejected: str | None) -> str: ...


class Adapter(Protocol):
    """One supplier."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def callback_reply(self) -> CallbackReply:
        """What to answer to a callback that was taken: HTTP status and body text."""
        ...

    def fetch_balance(self) -> Balance:
        """Return the money left. :raise TopupError: no answer to be had"""
        ...

    def fetch_catalogue(self) -> Iterator[Product]:
        """Yield all products, page by page. :raise TopupError: no answer to be had"""
        ...

    def lookup_number(self, e164: str, country: str) -> tuple[Candidate, ...]:
        """Return the operators the number may belong to. :raise TopupError: no answer"""
        ...

    def submit(self, order: OrderRequest) -> Result:
        """Ask for a top-up. A returned result tells the outcome, unknown included.

        :raise NotSent: nothing has left, the same order may be submitted again
        """
        ...

    def query(self, our_ref: str, supplier_ref: str = '') -> Result:
        """Ask what became of an order. :raise NotSent: no access token"""
        ...

    def parse_callback(self, headers: Mapping[str, str], body: bytes, secret: str) -> Event:
        """Verify and read a callback. :raise SignatureError: it cannot be trusted"""
        ...


class Quoting(Adapter, Protocol):
    """A supplier that tells the price of an order beforehand: `capabilities.quote`."""

    def quote(self, order: OrderRequest) -> Quote:
        """Return what an order would cost now. :raise TopupError: no answer to be had"""
        ...
