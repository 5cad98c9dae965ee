"""Cost, price and floor in fen."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum


class Ending(StrEnum):
    """What the fen of a price read; a price is rounded up to the next one that does."""

    NONE = 'none'
    ZERO = '00'
    NINETY = '90'


# ending → (step, what is left of a price after whole steps), in fen
_STEPS = {Ending.NONE: (1, 0), Ending.ZERO: (100, 0), Ending.NINETY: (100, 90)}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is added to a cost, at least what of it, and how the sum is rounded.

    The margin is per cent and fixed together, the floor the greater of the two.
    """

    percent: Decimal = Decimal(0)
    fixed_fen: int = 0
    floor_percent: Decimal = Decimal(0)
    floor_fixed_fen: int = 0
    ending: Ending = Ending.NONE


def cost_fen(amount: Decimal, rate: Decimal) -> int:
    """Return an amount of a foreign currency in fen, rounded up.

    :param rate: yuan for one unit
    """
    return _up(amount * rate * 100)


def price_fen(cost: int, terms: Terms) -> int:
    """Return what something that costs `cost` fen is sold for; at least 1 fen."""
    wanted = cost + _up(cost * terms.percent / 100) + terms.fixed_fen
    return round_up(max(wanted, floor_price_fen(cost, terms)), terms.ending)


def floor_price_fen(cost: int, terms: Terms) -> int:
    """Return the least price in fen that leaves the floor margin; at least 1 fen."""
    margin = max(_up(cost * terms.floor_percent / 100), terms.floor_fixed_fen)
    return max(cost + margin, 1)


def round_up(fen: int, ending: Ending) -> int:
    """Return the least amount that is not below `fen` and ends as is wanted."""
    step, rest = _STEPS[ending]
    return -((rest - fen) // step) * step + rest


def _up(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding=ROUND_CEILING))
