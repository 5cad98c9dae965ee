"""The interface every supplier's adapter fulfils. Source: spec/topup_suppliers.md §5.1."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from .normalized import Balance, Candidate, Capabilities, Event, OrderRequest, Product, Result


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
