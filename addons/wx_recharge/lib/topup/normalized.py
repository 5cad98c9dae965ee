"""The vocabulary shared by all suppliers. Source: spec/topup_suppliers.md §5."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


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


class Kind(StrEnum):
    """What is sold."""

    AIRTIME = 'airtime'
    DATA = 'data'
    BUNDLE = 'bundle'
    PIN = 'pin'


class Denomination(StrEnum):
    """Whether the amount is one of a list or any between two bounds."""

    FIXED = 'fixed'
    RANGE = 'range'


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


@dataclass(frozen=True, slots=True)
class Product:
    """One sellable thing of a supplier's catalogue.

    `validity` is an ISO 8601 duration, or None when the text leaves any doubt.
    """

    sku: str
    operator_ref: str
    operator_name: str
    country: str
    kind: Kind
    denomination: Denomination
    cost_currency: str
    cost_amount: Decimal | None
    cost_min: Decimal | None
    cost_max: Decimal | None
    receive_currency: str
    receive_amount: Decimal | None
    receive_min: Decimal | None
    receive_max: Decimal | None
    discount_percent: Decimal | None
    validity: str | None
    description: str
    active: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """An operator a number may belong to; never chosen without asking the customer."""

    operator_ref: str
    name: str
    country: str


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
    """What is asked of a supplier; `our_ref` is new for each attempt, 20–32 of [A-Za-z0-9]."""

    our_ref: str
    sku: str
    e164: str
    country: str
    callback_url: str = ''
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Result:
    """What a submit or a query told us.

    `found` is False only when the supplier answered, to our own credentials, that it knows no
    such order. `duplicates` counts further orders found under the same reference.
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


@dataclass(frozen=True, slots=True)
class Event:
    """A callback, read. A hint only: the order is asked for before anything changes."""

    our_ref: str
    supplier_ref: str
    state_hint: State
    authenticated: bool


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
