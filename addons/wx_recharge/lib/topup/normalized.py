"""The vocabulary shared by all suppliers. Source: spec/topup_suppliers.md §5."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from .products import Side


class State(StrEnum):
    """State of one attempt at a supplier. Source: spec/topup_suppliers.md §5.3."""

    DRAFT = 'draft'
    SUBMITTING = 'submitting'
    ACCEPTED = 'accepted'
    PROCESSING = 'processing'
    UNKNOWN = 'unknown'
    SUCCEEDED = 'succeeded'
    PARTIALLY_SUCCEEDED = 'partially_succeeded'
    FAILED = 'failed'
    CANCELLED = 'cancelled'
    REVERSED = 'reversed'
    ANOMALY = 'anomaly'


class ErrorClass(StrEnum):
    """What an error allows us to do. Source: spec/topup_suppliers.md §5.4."""

    FINAL_INPUT = 'final_input'
    FINAL_OPERATOR = 'final_operator'
    RETRY_LATER = 'retry_later'
    THROTTLED = 'throttled'
    ACCOUNT = 'account'
    DUPLICATE_REF = 'duplicate_ref'
    UNKNOWN = 'unknown'


class Idempotency(StrEnum):
    """How far a supplier's own duplicate check can be relied on."""

    ENFORCED = 'enforced'
    AFTER_ACCEPT = 'after_accept'
    UNRELIABLE = 'unreliable'
    UNKNOWN = 'unknown'


FINAL_STATES = frozenset(
    {
        State.SUCCEEDED,
        State.PARTIALLY_SUCCEEDED,
        State.FAILED,
        State.CANCELLED,
        State.REVERSED,
    }
)
IN_FLIGHT_STATES = frozenset({State.SUBMITTING, State.ACCEPTED, State.PROCESSING, State.UNKNOWN})

# What these cost was not charged, or is back.
UNCHARGED_STATES = frozenset({State.FAILED, State.CANCELLED, State.REVERSED})

# An error of these classes proves that the supplier executed nothing.
NOT_EXECUTED = frozenset(
    {
        ErrorClass.FINAL_INPUT,
        ErrorClass.FINAL_OPERATOR,
        ErrorClass.RETRY_LATER,
        ErrorClass.THROTTLED,
        ErrorClass.ACCOUNT,
    }
)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a supplier can do; the attempt engine asks these instead of the supplier's name."""

    asynchronous: bool
    callback: bool
    callback_signed: bool
    idempotency: Idempotency
    query_by_our_ref: bool
    query_window_days: int | None
    cancel: bool
    ranged_amounts: bool
    local_amount: bool
    per_number_gap_s: int
    max_process_s: int
    sync_only: bool = False
    quote: bool = False
    # How long to wait after "too many calls" that names no time of its own.
    throttle_wait_s: int = 30
    # "Too many calls" may be about the number, not the account: other numbers go on.
    throttle_per_number: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order would cost and what would arrive, as the supplier says now."""

    cost: Decimal
    cost_currency: str
    receive: Decimal | None
    receive_currency: str


@dataclass(frozen=True, slots=True)
class Balance:
    """Prepaid money at the supplier."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and how long it lives."""

    value: str
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What is asked of a supplier; `our_ref` is new for each attempt, 20–32 of [A-Za-z0-9].

    `amount` is for ranged skus only and counts on the side that is named.
    """

    our_ref: str
    sku: str
    e164: str
    country: str
    callback_url: str = ''
    amount: Decimal | None = None
    amount_currency: str = ''
    side: Side = Side.SEND
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Pin:
    """A code that was bought; never shown by `repr`, so no log can hold it."""

    code: str = field(repr=False)
    serial: str = field(default='', repr=False)
    instructions: str = field(default='', repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What a submit or a query told us.

    `found` is False only when the supplier answered, to our own credentials, that it knows no
    such order. `duplicates` counts further orders found under the same reference that were
    executed or may be yet.
    """

    state: State
    supplier_ref: str = ''
    operator_ref: str = ''
    cost: Decimal | None = None
    cost_currency: str = ''
    delivered: Decimal | None = None
    delivered_currency: str = ''
    error_class: ErrorClass | None = None
    error_code: str = ''
    error_text: str = ''
    retry_after_s: int | None = None
    found: bool = True
    duplicates: int = 0
    occurred_at: str = ''
    request: str = ''
    raw: str = ''
    pin: Pin | None = None


class CallbackReply(NamedTuple):
    """What the supplier wants to hear when its callback has been taken."""

    status: int = 200
    body: str = ''


@dataclass(frozen=True, slots=True)
class Event:
    """A callback, read. A hint only: the order is asked for before anything changes."""

    our_ref: str
    supplier_ref: str
    state_hint: State
    authenticated: bool
    # What it holds of a code that was bought, for nobody to read in what is kept of it.
    secrets: tuple[str, ...] = ()


def unknown(text: str, *, code: str = '', request: str = '', raw: str = '') -> Result:
    """Return the result that forbids to resend, to refund and to reroute."""
    return Result(
        state=State.UNKNOWN,
        error_class=ErrorClass.UNKNOWN,
        error_code=code,
        error_text=text,
        request=request,
        raw=raw,
    )
