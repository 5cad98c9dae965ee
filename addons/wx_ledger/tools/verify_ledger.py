#!/usr/bin/env python3
"""Verify an export of the ledger, without Odoo and without a database.

    python3 verify_ledger.py ledger.jsonl.gz [--anchor 1042:5f3c…]

It hashes the chain of blocks anew, compares entries with their transfers, follows versions and
running balances, and adds everything up. `--anchor` is a block's number and hash from elsewhere
(a log line, a letter, an earlier run): a history that was rewritten as a whole does not have it.

Exit code 0: all is well. 1: a difference, the first ones are named. 2: no complete export.
The lines of the export are described in sql/seal.sql and docs/ledger.md.
"""

import argparse
import gzip
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ZERO_HASH = '00' * 32
ROWS = {'P': 'posting', 'T': 'transfer', 'E': 'entry'}
SHOWN = 20
# Entries of an account that may wait for an earlier one: blocks hold postings by id, and a smaller
# id may have been booked later. More than this means that the earlier one is gone.
MAX_WAITING = 100_000
Step = tuple[int, int, int]  # balance before, balance after, posting


class Unreadable(Exception):
    """The file is no complete export."""


@dataclass(slots=True)
class Account:
    asset: int
    is_serial: bool
    balance: int
    held: int
    version: int
    total: int = 0
    next_version: int = 1
    running: int = 0
    waiting: dict[int, Step] = field(default_factory=dict)
    is_broken: bool = False


@dataclass(slots=True)
class Block:
    number: int
    hash: str
    postings: int
    digest: Any
    count: int = 0


class Verifier:
    """Reads the lines of an export one after the other; `problems` has what is wrong."""

    def __init__(self, anchors: dict[int, str] | None = None) -> None:
        self.anchors = anchors or {}
        self.problems: list[str] = []
        self.problem_count = 0
        self.counts: dict[str, int] = defaultdict(int)
        self.last_hash = ZERO_HASH
        self.last_block = 0
        self._accounts: dict[int, Account] = {}
        self._expiring: dict[int, bool] = {}
        self._open_holds: dict[int, int] = defaultdict(int)
        self._lots: dict[int, int] = defaultdict(int)
        self._block: Block | None = None
        self._posting: list[Any] | None = None
        self._transfer: list[Any] | None = None
        self._entries: list[list[Any]] = []
        self._has_transfer = False
        self._line_count = 0
        self._is_complete = False

    def verify(self, lines: Iterable[bytes]) -> bool:
        """Read the whole export and tell whether all is well."""
        for line in lines:
            self._read(line)
        if not self._is_complete:
            raise Unreadable('the export breaks off')
        self._end_accounts()
        self._end_assets()
        if self.anchors:
            self._complain(f'block {min(self.anchors)}: the chain ends before this anchor')
        return not self.problem_count

    def _complain(self, problem: str) -> None:
        self.problem_count += 1
        if len(self.problems) < SHOWN:
            self.problems.append(problem)

    def _read(self, line: bytes) -> None:
        if self._is_complete:
            raise Unreadable('something follows the end')
        try:
            content = json.loads(line)
            if isinstance(content, list):
                if content[0] == 'P':
                    self._end_posting()
                if self._block:
                    self._block.digest.update(line)
                getattr(self, f'_read_{ROWS[content[0]]}')(content[1:])
            elif 'reason' not in content:  # reasons are for readers: the chain has their ids
                getattr(self, f'_read_{next(iter(content))}')(content)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Unreadable(f'line {self._line_count + 1}: {error!r}') from error
        self._line_count += 1

    def _read_ledger(self, header: dict[str, Any]) -> None:
        if header['ledger'] != 1:
            raise ValueError(f'format {header["ledger"]}')

    def _read_asset(self, header: dict[str, Any]) -> None:
        self._expiring[header['asset']] = header['expiring']

    def _read_account(self, header: dict[str, Any]) -> None:
        is_serial = header['booking_mode'] == 'serial'
        state = (header['balance'], header['held'], header['version'])
        self._accounts[header['account']] = Account(header['asset'], is_serial, *state)

    def _read_hold(self, header: dict[str, Any]) -> None:
        self._open_holds[header['account']] += header['open']

    def _read_lot(self, header: dict[str, Any]) -> None:
        self._lots[header['account']] += header['remaining']

    def _read_unsealed(self, _header: dict[str, Any]) -> None:
        self._end_block()

    def _read_end(self, header: dict[str, Any]) -> None:
        self._end_block()
        if header['end'] != self._line_count:
            raise Unreadable(f'{self._line_count} lines instead of {header["end"]}')
        self._is_complete = True

    def _read_block(self, header: dict[str, Any]) -> None:
        self._end_block()
        number = header['block']
        if number != self.last_block + 1:
            self._complain(f'block {number}: follows block {self.last_block}')
        if header['previous'] != self.last_hash:
            self._complain(f'block {number}: names another hash for the block before it')
        digest = hashlib.sha256(bytes.fromhex(header['previous']))
        self._block = Block(number, header['hash'], header['postings'], digest)
        self.last_block = number
        self.counts['blocks'] += 1

    def _end_block(self) -> None:
        self._end_posting()
        block, self._block = self._block, None
        if not block:
            return
        if block.digest.hexdigest() != block.hash:
            self._complain(f'block {block.number}: its content was changed')
        if block.count != block.postings:
            self._complain(f'block {block.number}: {block.count} postings, not {block.postings}')
        if self.anchors.pop(block.number, block.hash) != block.hash:
            self._complain(f'block {block.number}: another hash than the anchor')
        self.last_hash = block.hash

    def _read_posting(self, row: list[Any]) -> None:
        self._posting, self._has_transfer = row, False
        self.counts['postings'] += 1
        if self._block:
            self._block.count += 1

    def _end_posting(self) -> None:
        self._end_transfer()
        if self._posting and not self._has_transfer:
            self._complain(f'posting {self._posting[0]}: has no transfer')
        self._posting = None

    def _read_transfer(self, row: list[Any]) -> None:
        self._end_transfer()
        self._transfer, self._has_transfer = row, True
        self.counts['transfers'] += 1
        if not self._posting or (row[1], row[7]) != (self._posting[0], self._posting[5]):
            self._complain(f'posting {row[1]}: transfer {row[0]} is not of its posting and time')

    def _end_transfer(self) -> None:
        """Compare a transfer with its two entries, the debit first."""
        transfer, entries = self._transfer, self._entries
        self._transfer, self._entries = None, []
        if transfer is None:
            return
        number, _posting, asset, debit, credit, amount = transfer[:6]
        where = f'posting {transfer[1]}: transfer {number}'
        expected = [
            [2 * number, number, debit, -amount, transfer[7]],
            [2 * number + 1, number, credit, amount, transfer[7]],
        ]
        if amount <= 0 or [[*entry[:4], entry[7]] for entry in entries] != expected:
            self._complain(f'{where}: its entries are not what it says')
        for account in (self._accounts.get(debit), self._accounts.get(credit)):
            if account is None or account.asset != asset:
                self._complain(f'{where}: an account is of another asset')

    def _read_entry(self, row: list[Any]) -> None:
        self._entries.append(row)
        self.counts['entries'] += 1
        posting = self._posting[0] if self._posting else 0
        entry_id, _transfer, account_id, amount, version, before, after = row[:7]
        account = self._accounts.get(account_id)
        if account is None:
            self._complain(f'posting {posting}: entry {entry_id} is of no known account')
            return
        account.total += amount
        if (version is not None) != account.is_serial:
            self._complain(f'posting {posting}: entry {entry_id} has the wrong kind of version')
        elif account.is_serial:
            if after != before + amount:
                self._complain(f'posting {posting}: entry {entry_id} does not add up')
            self._follow(account_id, account, version, (before, after, posting))

    def _follow(self, number: int, account: Account, version: int, step: Step) -> None:
        """Go on with an account's versions as far as they are known."""
        if account.is_broken:
            return
        if version < account.next_version or version in account.waiting:
            account.is_broken = True
            self._complain(f'posting {step[2]}: version {version} of account {number} again')
            return
        account.waiting[version] = step
        while found := account.waiting.pop(account.next_version, None):
            if found[0] != account.running:
                entry = f'version {account.next_version} of account {number}'
                begin = f'begins at {found[0]}, not at {account.running}'
                self._complain(f'posting {found[2]}: {entry} {begin}')
            account.running = found[1]
            account.next_version += 1
        if len(account.waiting) > MAX_WAITING:
            self._miss_version(number, account)

    def _miss_version(self, number: int, account: Account) -> None:
        _before, _after, posting = account.waiting[min(account.waiting)]
        missing = f'version {account.next_version} is missing'
        self._complain(f'account {number}: {missing} before posting {posting}')
        account.is_broken = True
        account.waiting.clear()

    def _end_accounts(self) -> None:
        for number, account in self._accounts.items():
            if account.waiting:
                self._miss_version(number, account)
            self._compare(number, 'balance', account.balance, account.total)
            self._compare(number, 'held', account.held, self._open_holds[number])
            if account.is_serial and not account.is_broken:
                self._compare(number, 'version', account.version, account.next_version - 1)
                self._compare(number, 'running balance', account.balance, account.running)
            if account.is_serial and self._expiring.get(account.asset):
                self._compare(number, 'sum of lots', self._lots[number], account.balance)

    def _compare(self, number: int, what: str, told: int, found: int) -> None:
        if told != found:
            self._complain(f'account {number}: {what} {told}, by its history {found}')

    def _end_assets(self) -> None:
        totals: dict[int, int] = defaultdict(int)
        for account in self._accounts.values():
            totals[account.asset] += account.balance
        for asset, total in totals.items():
            if total:
                self._complain(f'asset {asset}: sums to {total}, not to zero')
        self.counts['accounts'] = len(self._accounts)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument('export', type=Path, help='file of lines, compressed or not')
    parser.add_argument('--anchor', action='append', default=[], metavar='BLOCK:HASH')
    options = parser.parse_args(arguments)
    pairs = (anchor.split(':') for anchor in options.anchor)
    verifier = Verifier({int(number): hash_hex for number, hash_hex in pairs})
    opener = gzip.open if options.export.suffix == '.gz' else open
    try:
        with opener(options.export, 'rb') as lines:
            is_fine = verifier.verify(lines)
    except (OSError, EOFError, Unreadable) as error:
        sys.stderr.write(f'not a complete export: {error}\n')
        return 2
    counts = ', '.join(f'{count} {name}' for name, count in verifier.counts.items())
    sys.stdout.write(f'{counts}\nlast block {verifier.last_block}: {verifier.last_hash}\n')
    for problem in verifier.problems:
        sys.stdout.write(f'BROKEN {problem}\n')
    verdict = 'all is well' if is_fine else f'{verifier.problem_count} differences'
    sys.stdout.write(f'{verdict}\n')
    return 0 if is_fine else 1


if __name__ == '__main__':
    sys.exit(main())
