"""What the ledger can do, measured inside Odoo: called by the stage on a database of its own.

Every rate is taken with processes that use Odoo's registry without HTTP, one transaction for
each posting, and compared with pgbench's TPC-B on the same server in the same round.
"""

import random
import re
import subprocess
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from . import ledger_crew, ledger_growth

CONNECTIONS = (1, 4, 8)
OWNERS = 8_000
BATCH, LARGE = 100, 1000
PGBENCH_SCALE = 10
MOVES = 15
FUNDS = 10**12
Answer = dict[str, Any]


class Load:
    """An asset with its accounts, and the kinds of postings that are measured.

    :param env: environment of the superuser
    :param seconds: time of one run
    """

    def __init__(self, env: Any, seconds: float):
        from odoo.addons.wx_ledger.values import Transfer  # type: ignore[import-untyped]

        self.transfer = Transfer
        self.env = env
        self.seconds = seconds
        self.ledger = env['wx.ledger']
        asset = env['wx.ledger.asset'].create({'code': 'BENCH', 'name': 'Bench', 'kind': 'points'})
        self.asset_id: int = asset.id
        accounts = env['wx.ledger.account']
        self.central: int = accounts._central(asset).id
        self.hot: int = accounts._of_purpose(asset, 'sales').id
        self.owners: list[int] = []
        self.runs = 0

    # === WHAT IS BOOKED === #

    def open_owners(self, count: int) -> None:
        """Open accounts of further owners and give them what they will spend."""
        first = len(self.owners)
        self.env.cr.execute(
            """INSERT INTO wx_ledger_account
                      (company_id, asset_id, kind, purpose, owner_kind, owner_model, owner_res_id,
                       booking_mode, state, opened_at, overdraft_limit, limit_watched, balance,
                       held, version)
               SELECT company_id, id, 'user', 'wallet', 'customer', 'res.partner', n, 'serial',
                      'open', now(), 0, false, 0, 0, 0
                 FROM wx_ledger_asset, generate_series(%s, %s) n WHERE id = %s
               RETURNING id""",
            (first + 1, first + count, self.asset_id),
        )
        opened = [row[0] for row in self.env.cr.fetchall()]
        lines = [self.transfer(self.central, owner, FUNDS, '900001') for owner in opened]
        self.ledger.post(lines, key=f'bench funds {first}')
        self.owners += opened
        self.settle()

    def random_pair(self, _share: list[int]) -> list[Any]:
        """Return a transfer between two owners at random."""
        source, target = random.sample(self.owners, 2)
        return [self.transfer(source, target, 1, '900001')]

    def payment(self, _share: list[int]) -> list[Any]:
        """Return a transfer of an owner at random to the one account of all."""
        return [self.transfer(random.choice(self.owners), self.hot, 1, '900001')]

    def batch(self, share: list[int]) -> list[Any]:
        """Return 100 transfers of the one account to owners of a share."""
        return self.payments(share, BATCH)

    def large(self, share: list[int]) -> list[Any]:
        """Return 1,000 transfers of the one account to owners of a share."""
        return self.payments(share, LARGE)

    def payments(self, share: list[int], count: int) -> list[Any]:
        """Return transfers of the one account to so many owners of a share."""
        owners = random.sample(share, min(count, len(share)))
        return [self.transfer(self.hot, owner, 1, '900001') for owner in owners]

    # === RUNS === #

    def rate(self, lines: Callable[[list[int]], list[Any]], connections: int) -> Answer:
        """Return transfers/s of so many processes, and how many postings started over."""
        self.runs += 1
        run = self.runs

        def work(number: int) -> ledger_crew.Work:
            # As processes do that share one job: each pays owners of its own.
            share = self.owners[number :: max(CONNECTIONS)]

            def post(env: Any) -> tuple[int, float, int]:
                random.seed(f'{run}:{number}')
                ledger = env['wx.ledger']

                def book(turn: int) -> Any:
                    return ledger.post(lines(share), key=f'{run}:{number}:{turn}')

                ledger_crew.until_booked(env, partial(book, -1))  # warms up
                return ledger_crew.repeat(env, self.seconds, book)

            return post

        works = [work(number) for number in range(connections)]
        size = len(lines(self.owners[:LARGE]))
        found = ledger_crew.run_at_once(self.env.registry, works)
        self.settle()
        return {
            'rate': sum(done * size / passed for done, passed, _ in found),
            'again': sum(again for _, _, again in found),
        }

    def settle(self) -> None:
        """Fold and seal, as the scheduled actions do."""
        self.env.cr.commit()
        for statement in (
            'SELECT folded FROM wx_ledger_fold(100000)',
            'SELECT sealed FROM wx_ledger_seal(5000, 50000)',
        ):
            row = (1,)
            while row and row[0]:
                self.env.cr.execute(statement)
                row = self.env.cr.fetchone()
                self.env.cr.commit()


def measure(env: Any, pgbench: str, seconds: float, rounds: int, sizes: list[int]) -> Answer:
    """Return all figures; called inside Odoo on a database that has wx_ledger and loyalty.

    :param pgbench: the program
    :param seconds: time of one run
    :param sizes: numbers of entries at which the cost of a posting is taken
    """
    load = Load(env, seconds)
    load.open_owners(OWNERS // 2)
    smallest, *others = sorted(sizes)
    growth = {str(smallest): ledger_growth.measure(load, smallest)}
    load.open_owners(OWNERS - len(load.owners))
    growth |= {str(size): ledger_growth.measure(load, size) for size in others}
    _pgbench(pgbench, env.cr.dbname, '-q', '-i', '-s', str(PGBENCH_SCALE))
    kinds = {
        'single': load.random_pair,
        'hot': load.payment,
        'batch': load.batch,
        'large': load.large,
    }
    cells: dict[str, list[Answer]] = {}
    for connections in CONNECTIONS:
        for _ in range(rounds):
            base = _tpcb(pgbench, env.cr.dbname, connections, seconds)
            cells.setdefault(f'tpcb {connections}', []).append({'rate': base, 'again': 0})
            for kind, lines in kinds.items():
                found = load.rate(lines, connections)
                cells.setdefault(f'{kind} {connections}', []).append(found)
    acts = _acts(env, load)
    costs: dict[str, list[float]] = {kind: [] for kind in acts}
    for number in range(rounds + 1):
        for kind, act in acts.items():
            cost = _cost(env, act, number)
            if number:  # the first round warms up
                costs[kind].append(cost)
    return {
        'growth': growth,
        'cells': cells,
        'costs': costs,
        'differences': [str(found) for found in env['wx.ledger'].prove()],
    }


def _pgbench(program: str, *arguments: str) -> str:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def _tpcb(program: str, name: str, connections: int, seconds: float) -> float:
    """Return the transactions/s of TPC-B; pgbench takes whole seconds only."""
    options = ('-n', '-T', str(max(round(seconds), 1)), '-c', str(connections), '-j', '2')
    output = _pgbench(program, *options, name)
    found = re.search(r'tps = ([\d.]+)', output)
    if not found:
        raise ValueError(output)
    return float(found[1])


def _acts(env: Any, load: Load) -> dict[str, Callable[[str], Any]]:
    """Return what is compared with the nearest things in Odoo, called with a key of its own."""
    partner = env['res.partner'].create({'name': 'Bench'})
    program = env['loyalty.program'].create({'name': 'Bench', 'program_type': 'loyalty'})
    card = env['loyalty.card'].create({'program_id': program.id, 'partner_id': partner.id})
    journal = env['account.journal'].create({'name': 'Bench', 'code': 'BENCH', 'type': 'general'})
    debit, credit = env['account.account'].create(
        [
            {'name': f'Bench {code}', 'code': code, 'account_type': 'asset_current'}
            for code in ('BENCH1', 'BENCH2')
        ]
    )

    def move(key: str) -> None:
        lines = [
            {'account_id': debit.id, 'debit': 1, 'name': key},
            {'account_id': credit.id, 'credit': 1, 'name': key},
        ]
        env['account.move'].create(
            {'journal_id': journal.id, 'line_ids': [(0, 0, values) for values in lines]}
        ).action_post()

    def points(key: str) -> None:
        card.points += 1
        env['loyalty.history'].create({'card_id': card.id, 'description': key, 'issued': 1})

    return {
        'post': lambda key: load.ledger.post(load.random_pair([]), key=key),
        'points': points,
        'move': move,
    }


def _cost(env: Any, act: Callable[[str], Any], number: int) -> float:
    """Return the seconds of one act with its commit."""
    started = time.perf_counter()
    for one in range(MOVES):
        act(f'cost {number} {one}')
        env.cr.commit()
    return (time.perf_counter() - started) / MOVES
