"""What suppliers sell, in one vocabulary. Source: spec/topup_suppliers.md §5.2."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# The name by which required fields mean the recipient's number.
NUMBER_FIELD = 'mobile_number'


class Kind(StrEnum):
    """What is sold."""

    AIRTIME = 'airtime'
    DATA = 'data'
    BUNDLE = 'bundle'
    PIN = 'pin'
    BILL = 'bill'


class Denomination(StrEnum):
    """Whether the amount is one of a list or any between two bounds."""

    FIXED = 'fixed'
    RANGE = 'range'


class Side(StrEnum):
    """Which amount of a ranged product is named: what we pay or what arrives."""

    SEND = 'send'
    RECEIVE = 'receive'


class Redemption(StrEnum):
    """Whether the number is charged at once or a code is handed over."""

    IMMEDIATE = 'immediate'
    PIN = 'pin'


class Processing(StrEnum):
    """How soon the supplier delivers: seconds, in batches, or up to days."""

    INSTANT = 'instant'
    BATCH = 'batch'
    SLOW = 'slow'


class BenefitType(StrEnum):
    """What a product gives."""

    VOICE = 'voice'
    DATA = 'data'
    SMS = 'sms'
    CREDIT = 'credit'


@dataclass(frozen=True, slots=True)
class Benefit:
    """One thing a product gives; `quantity` is None when it is unlimited or not told."""

    type: BenefitType
    quantity: Decimal | None
    unit: str
    unlimited: bool = False


@dataclass(frozen=True, slots=True)
class Fees:
    """What an order costs on top of the cost amount, in the cost currency."""

    amount: Decimal = Decimal(0)
    percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class RequiredFields:
    """What an order must tell of somebody: one of the alternatives, each a list of names."""

    group: str
    alternatives: tuple[tuple[str, ...], ...]

    @property
    def number_suffices(self) -> bool:
        """Tell whether the recipient's number is all that is asked for."""
        return any(set(names) <= {NUMBER_FIELD} for names in self.alternatives)


@dataclass(frozen=True, slots=True)
class Product:
    """One sellable thing of a supplier's catalogue.

    `validity` is an ISO 8601 duration, or None when the text leaves any doubt. `sides` are the
    amounts a ranged product may be ordered by. Costs are the supplier's list prices: the
    discount is not taken off yet and fees are not added. `phone_regex` is as the supplier
    writes it, which need not be valid in Python.
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
    name: str = ''
    fees: Fees = Fees()
    benefits: tuple[Benefit, ...] = ()
    redemption: Redemption = Redemption.IMMEDIATE
    required_fields: tuple[RequiredFields, ...] = ()
    receive_step: Decimal | None = None
    processing: Processing = Processing.INSTANT
    phone_regex: str = ''
    logo_url: str = ''
    sides: tuple[Side, ...] = (Side.SEND,)

    @property
    def number_suffices(self) -> bool:
        """Tell whether an order needs nothing but the recipient's number."""
        return all(fields.number_suffices for fields in self.required_fields)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An operator a number may belong to; never chosen without asking the customer.

    `identified` tells that the supplier names it for this very number, not by its prefix.
    """

    operator_ref: str
    name: str
    country: str
    identified: bool = False
