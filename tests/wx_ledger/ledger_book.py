"""A small ledger that writes exports as `wx.ledger.export` does, for tests of the verifier."""

import hashlib
import json
from typing import Any

CENTRAL, ALICE, BOB = 1, 2, 3
ZERO_HASH = '00' * 32


class Book:
    """One asset, a deferred central account and two serial ones; each posting in its block."""

    def __init__(self) -> None:
        self.balances = {CENTRAL: 0, ALICE: 0, BOB: 0}
        self.versions = {ALICE: 0, BOB: 0}
        self.held = {ALICE: 0}
        self.expiring = False
        self.extra: list[dict[str, Any]] = []  # holds and lots
        self.postings: list[list[list[Any]]] = []  # rows of each
        self.transfers = 0

    def post(self, *movements: tuple[int, int, int]) -> 'Book':
        """Book `(debit, credit, amount)` movements as one posting."""
        number = len(self.postings) + 1
        time = f'2026-11-01T00:00:{number:02}'
        rows: list[list[Any]] = [
            ['P', number, 1, f'k{number}', 'ab' * 32, 1, time, time, None, None, '中文', None]
        ]
        for debit, credit, amount in movements:
            self.transfers += 1
            transfer = self.transfers
            rows.append(['T', transfer, number, 1, debit, credit, amount, 9, time, None, None])
            for side, account, change in ((0, debit, -amount), (1, credit, amount)):
                entry = ['E', 2 * transfer + side, transfer, account, change]
                rows.append([*entry, *self._step(account, change), time])
        self.postings.append(rows)
        return self

    def _step(self, account: int, change: int) -> list[int | None]:
        before = self.balances[account]
        self.balances[account] += change
        if account not in self.versions:
            return [None, None, None]
        self.versions[account] += 1
        return [self.versions[account], before, before + change]

    def lines(self, sealed: int | None = None, order: list[int] | None = None) -> list[bytes]:
        """Return the export; `sealed` postings are in blocks, in the given order."""
        content: list[Any] = [
            {'ledger': 1, 'database': 'x', 'exported_at': 'now'},
            {'asset': 1, 'code': 'CNY', 'decimal_places': 2, 'expiring': self.expiring},
            {'reason': 9, 'code': '100001'},
        ]
        content += [self._account(account) for account in self.balances]
        content += self.extra
        lines = [_line(each) for each in content]
        previous = ZERO_HASH
        postings = [self.postings[index] for index in order or range(len(self.postings))]
        count = len(postings) if sealed is None else sealed
        for number, rows in enumerate(postings[:count], 1):
            body = [_line(row) for row in rows]
            digest = hashlib.sha256(bytes.fromhex(previous) + b''.join(body)).hexdigest()
            header = {'block': number, 'previous': previous, 'hash': digest, 'postings': 1}
            lines += [_line(header), *body]
            previous = digest
        lines.append(_line({'unsealed': True}))
        lines += [_line(row) for rows in postings[count:] for row in rows]
        return [*lines, _line({'end': len(lines)})]

    def _account(self, account: int) -> dict[str, Any]:
        return {
            'account': account,
            'asset': 1,
            'kind': 'user' if account in self.versions else 'central',
            'booking_mode': 'serial' if account in self.versions else 'deferred',
            'balance': self.balances[account],
            'held': self.held.get(account, 0),
            'version': self.versions.get(account, 0),
        }


def _line(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode() + b'\n'
