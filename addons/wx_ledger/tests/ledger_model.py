"""The ledger as anybody would write it down, in plain Python."""

from dataclasses import dataclass, field

from ..exceptions import HoldClosed, InsufficientFunds, InvalidPosting, NotReversible

FIRST_DAY = 10**6  # dated lots end after all that have their asset's own period


@dataclass
class Lot:
    """A credit that expires; lots with the same end are used in the order of their making."""

    account: int
    end: int
    left: int


@dataclass
class Move:
    """A movement; `day` is the end of the lot it brings, if the caller says so."""

    source: int
    target: int
    amount: int
    day: int | None = None
    unreversed: int = 0
    taken: list = field(default_factory=list)  # (lot, amount)
    brought: list = field(default_factory=list)


class Model:
    """Balances, holds, reversals and lots.

    An act returns the class of the error that refuses it, or None; refused, it changes nothing.

    :param limits: overdraft limits by serial account
    :param expiring: serial accounts of the asset that expires
    """

    def __init__(self, limits, expiring):
        self.limits = limits
        self.expiring = expiring
        self.balances = {}
        self.holds = {}  # id → [account, left]
        self.transfers = {}  # id → Move
        self.lots = []
        self.now = 0
        self.moved = 0

    # === ACTS === #

    def move(self, moves, freed=0, reverses=None):
        balances = dict(self.balances)
        for move in moves:
            balances[move.source] = balances.get(move.source, 0) - move.amount
            balances[move.target] = balances.get(move.target, 0) + move.amount
            free = balances[move.source] - self.held(move.source) + freed
            if move.source in self.limits and free < -self.limits[move.source]:
                return InsufficientFunds
        self.balances = balances
        self.now += 1
        self.moved += len(moves)
        for move in moves:
            move.unreversed = move.amount
            self._take(move, reverses)
            self._bring(move, reverses)
        return None

    def hold(self, account, amount):
        return InsufficientFunds if amount > self.free(account) + self.limits[account] else None

    def capture(self, hold, moves, keep_open):
        account, left = self.holds[hold]
        total = sum(move.amount for move in moves)
        if not left:
            return HoldClosed
        if total > left:
            return InvalidPosting
        self.move(moves, freed=left)
        self.holds[hold] = [account, left - total if keep_open else 0]
        return None

    def release(self, hold, amount):
        account, left = self.holds[hold]
        if not left:
            return HoldClosed
        if (amount or left) > left:
            return InvalidPosting
        self.holds[hold] = [account, left - (amount or left)]
        return None

    def reverse(self, transfer, amount):
        original = self.transfers[transfer]
        if amount > original.unreversed:
            return NotReversible
        refusal = self.move([Move(original.target, original.source, amount)], reverses=original)
        if refusal is None:
            original.unreversed -= amount
        return refusal

    # === QUESTIONS === #

    def held(self, account):
        return sum(left for owner, left in self.holds.values() if owner == account)

    def free(self, account):
        return self.balances.get(account, 0) - self.held(account)

    def queue(self, account):
        """Return the open lots of an account, the one that ends first at the front."""
        lots = (lot for lot in self.lots if lot.account == account and lot.left)
        return sorted(lots, key=lambda lot: lot.end)

    # === LOTS === #

    def _take(self, move, reverses):
        """Use up lots of the source: those that the original has brought, then the oldest."""
        if move.source not in self.expiring:
            return
        queue = self.queue(move.source)
        if reverses:
            # Lots are the same ones, not equal ones.
            brought = {id(lot) for lot in reverses.brought}
            queue.sort(key=lambda lot: id(lot) not in brought)
        missing = move.amount
        for lot in queue:
            part = min(lot.left, missing)
            if part:
                lot.left -= part
                missing -= part
                move.taken.append((lot, part))

    def _bring(self, move, reverses):
        """Fill lots of the target: those that the original has used, or new ones."""
        if move.target not in self.expiring:
            return
        if reverses:
            first = reverses.amount - reverses.unreversed
            self._give_back(reverses.taken, first, first + move.amount)
            return
        if move.taken and move.day is None:
            parts = [(lot.end, part) for lot, part in move.taken]
        else:
            parts = [(self.now if move.day is None else FIRST_DAY + move.day, move.amount)]
        move.brought = [Lot(move.target, end, part) for end, part in parts]
        self.lots += move.brought

    def _give_back(self, taken, first, last):
        """Give back the units `first` to `last` of what was taken."""
        start = 0
        for lot, amount in taken:
            lot.left += max(0, min(start + amount, last) - max(start, first))
            start += amount
