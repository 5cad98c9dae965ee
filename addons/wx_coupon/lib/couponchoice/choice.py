"""The arithmetic of coupons: whole fen, rounded to the shop's favour, never below one fen.

Coupons that go together apply one after the other, each to what the former have left: those in
per cent first, then fixed amounts. What is left never grows with a further coupon, because no
step gives a smaller price more than a larger one: so all of them together are the best that a
customer can have, and the rest is leaving out those that change nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

LEAST_PRICE_FEN = 1
# Choices double with each coupon: under a limit no more of them are tried together.
MOST_TRIED = 10


@dataclass(frozen=True)
class Candidate:
    """A coupon that is valid for what is bought.

    :param int amount_fen: what it takes off; 0 for one in per cent
    :param int percent: what it takes off the price; 0 for a fixed amount
    :param int cap_fen: the most that per cent may take off; 0: no limit
    :param int threshold_fen: least price, before any coupon
    :param int expires: orders coupons by their end, the soonest first
    """

    id: int
    amount_fen: int = 0
    percent: int = 0
    cap_fen: int = 0
    threshold_fen: int = 0
    stackable: bool = False
    expires: int = 0

    def saving(self, price_fen: int) -> int:
        """Return what it takes off a price, at least one fen of which remains."""
        saving = self.amount_fen
        if self.percent:
            saving = price_fen * self.percent // 100
            saving = min(saving, self.cap_fen) if self.cap_fen else saving
        return min(saving, price_fen - LEAST_PRICE_FEN)


def applied(candidates: Iterable[Candidate], price_fen: int) -> dict[int, int]:
    """Return what each takes off, by id, in the order they apply."""
    savings: dict[int, int] = {}
    left = price_fen
    for candidate in sorted(candidates, key=_order):
        savings[candidate.id] = candidate.saving(left)
        left -= savings[candidate.id]
    return savings


def best(
    candidates: Sequence[Candidate], price_fen: int, most_fen: int | None = None
) -> dict[int, int]:
    """Return the choice that saves most, as `applied` does; of equals the one with fewest.

    One coupon alone, or the stackable ones together without those that change nothing.

    :param most_fen: what the seller gives at most: choices that save more are none
    """
    valid = [candidate for candidate in candidates if candidate.threshold_fen <= price_fen]
    stackable = [one for one in valid if one.stackable]
    choices = [[], *([one] for one in valid), _without_idle(stackable, price_fen)]
    if most_fen is not None:
        if _total(stackable, price_fen) > most_fen:
            choices += _subsets(stackable, price_fen)
        choices = [choice for choice in choices if _total(choice, price_fen) <= most_fen]
    chosen = min(choices, key=lambda choice: _rank(choice, price_fen))
    return applied(chosen, price_fen)


def _subsets(candidates: list[Candidate], price_fen: int) -> Iterator[list[Candidate]]:
    """Return every choice of two and more of the coupons that take off most by themselves."""
    largest = sorted(candidates, key=lambda one: (-one.saving(price_fen), one.expires, one.id))
    largest = largest[:MOST_TRIED]
    for size in range(2, len(largest) + 1):
        yield from map(list, combinations(largest, size))


def _total(candidates: Iterable[Candidate], price_fen: int) -> int:
    return sum(applied(candidates, price_fen).values())


def _without_idle(candidates: list[Candidate], price_fen: int) -> list[Candidate]:
    """Leave out the coupons that the others do not need, those that last longest first."""
    kept = sorted(candidates, key=lambda one: (one.expires, one.id))
    total = _total(kept, price_fen)
    for candidate in reversed(kept[:]):
        others = [other for other in kept if other is not candidate]
        if _total(others, price_fen) == total:
            kept = others
    return kept


def _order(candidate: Candidate) -> tuple[bool, int]:
    return (not candidate.percent, candidate.id)


def _rank(choice: list[Candidate], price_fen: int) -> tuple[int, int, list[tuple[int, int]]]:
    saving = _total(choice, price_fen)
    return (-saving, len(choice), sorted((one.expires, one.id) for one in choice))
