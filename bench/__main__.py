"""`python -m bench [PART…]`: what is asked often, what is large.

Parts: `routes` measures a server with threads and one with two workers, `notices` of these only
what providers send, `logs` what a write costs that is recorded, `ledger` what the ledger can do,
`bills` what the reconciliation of a day takes, `imports` what a supplier's catalogue takes; without
arguments all. Environment: BENCH_SECONDS (time of one run of a route), BENCH_ROUNDS (runs of each
route), BENCH_LOG_ROUNDS (writes of each kind), BENCH_LEDGER_ROUNDS; BENCH_LEDGER_ENTRIES,
BENCH_BILL_LINES and BENCH_IMPORT_PRODUCTS (sizes, such as 100000,1000000).
Exit code 1 when a request failed, the books do not agree with what was sent, the logs cost
more than their goal each time they were measured, the ledger does not prove, a bill was matched
wrongly, or a catalogue imported wrongly.
"""

import argparse
import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bootstrap import paths, postgres
from bootstrap.console import SetupError, fail, say, step

from . import bills, imports, ledger, rbac_log, report
from .measure import (
    CONNECTIONS,
    NOTICE_ROUTES,
    READING,
    ROUTES,
    WARM_UP_REQUESTS,
    Figures,
    Measurement,
    Route,
)
from .messages import Messages
from .stage import Stage

MODES = {'threads': (), 'workers=2': ('--workers=2',)}
SECONDS = 1.2
ROUNDS = 5
CUSTOMERS = 16
# Processing a notice costs more than taking it in, and each one is processed at the end.
NOTICES_PER_SECOND = 160
LOG_ROUNDS = 40
LEDGER_SECONDS = 1.0
LEDGER_ROUNDS = 3
LEDGER_ENTRIES = '10000,100000'
BILL_LINES = '10000,100000,1000000'
IMPORT_PRODUCTS = '5000,50000'
PARTS = ('routes', 'notices', 'logs', 'ledger', 'bills', 'imports')
SETUP_REMEDY = (
    'BENCH_SECONDS is a number of seconds such as 0.5; BENCH_ROUNDS, BENCH_LOG_ROUNDS and '
    'BENCH_LEDGER_ROUNDS such as 3; BENCH_LEDGER_ENTRIES, BENCH_BILL_LINES and '
    'BENCH_IMPORT_PRODUCTS such as 100000,1000000'
)


@dataclass(frozen=True)
class Settings:
    """How much is measured, from the environment.

    :raise ValueError: a number is something else, or not positive
    """

    seconds: float = field(default_factory=lambda: _number('BENCH_SECONDS', SECONDS))
    rounds: int = field(default_factory=lambda: int(_number('BENCH_ROUNDS', ROUNDS)))
    log_rounds: int = field(default_factory=lambda: int(_number('BENCH_LOG_ROUNDS', LOG_ROUNDS)))
    ledger_rounds: int = field(
        default_factory=lambda: int(_number('BENCH_LEDGER_ROUNDS', LEDGER_ROUNDS))
    )
    entries: list[int] = field(
        default_factory=lambda: _sizes('BENCH_LEDGER_ENTRIES', LEDGER_ENTRIES)
    )
    lines: list[int] = field(default_factory=lambda: _sizes('BENCH_BILL_LINES', BILL_LINES))
    products: list[int] = field(
        default_factory=lambda: _sizes('BENCH_IMPORT_PRODUCTS', IMPORT_PRODUCTS)
    )


def main() -> int:
    """Run the benchmarks and return the exit code."""
    parser = argparse.ArgumentParser(prog='bench', description='Benchmarks, as ratios.')
    # Without arguments argparse compares the empty list itself with the choices.
    parser.add_argument('parts', nargs='*', choices=(*PARTS, []), help='without any: all')
    parts = parser.parse_args().parts or PARTS
    try:
        settings = Settings()
    except ValueError:
        return fail(SetupError('the environment is not understood', SETUP_REMEDY))
    try:
        with _alone(), postgres.running() as server:
            problems = list(_measure(Stage(server), parts, settings))
    except SetupError as error:
        return fail(error)
    except KeyboardInterrupt:
        return 130
    for problem in problems:
        say(f'FAILED  {problem}')
    return 1 if problems else 0


def _measure(stage: Stage, parts: Sequence[str], settings: Settings) -> Iterator[str]:
    """Measure the parts that were asked for and yield what is wrong with them."""
    if 'routes' in parts or 'notices' in parts:
        routes = ROUTES if 'routes' in parts else NOTICE_ROUTES
        yield from _measure_routes(stage, settings.seconds, settings.rounds, routes)
    if 'logs' in parts:
        yield from _measure_logs(stage, settings.log_rounds)
    if 'ledger' in parts:
        yield from _measure_ledger(stage, settings.ledger_rounds, settings.entries)
    if 'bills' in parts:
        yield from _measure_bills(stage, settings.lines)
    if 'imports' in parts:
        yield from _measure_imports(stage, settings.products)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one benchmark of the checkout run at a time: two would measure each other.

    :raise SetupError: another one is running
    """
    paths.CACHE.mkdir(exist_ok=True)
    with (paths.CACHE / 'bench.lock').open('w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError('another benchmark is running', 'wait for its end') from None
        yield


def _measure_logs(stage: Stage, rounds: int) -> list[str]:
    """Measure what the logs cost, print it, and return what is wrong with it."""
    with step('Measuring the cost of the logs'):
        attempts = (
            stage.run_in_demo(f'rbac_log.measure(env, {rounds})') for _ in range(rbac_log.ATTEMPTS)
        )
        runs = rbac_log.least_costly(attempts)
    say('')
    for line in rbac_log.table(runs):
        say(line)
    if rbac_log.worst(runs) < rbac_log.GOAL:
        return []
    return [f'the logs cost {rbac_log.worst(runs):.1%}, and that {rbac_log.ATTEMPTS} times']


def _number(name: str, default: float) -> float:
    return _positive(float(os.environ.get(name) or default))


def _sizes(name: str, default: str) -> list[int]:
    return [int(_positive(int(number))) for number in (os.environ.get(name) or default).split(',')]


def _positive(number: float) -> float:
    if number <= 0:
        raise ValueError(number)
    return number


def _measure_ledger(stage: Stage, rounds: int, sizes: list[int]) -> list[str]:
    """Measure what the ledger can do, print it, and return what is wrong with its books."""
    pgbench = str(stage.server.programs / 'pgbench')
    with step('Measuring the ledger'):
        figures = stage.run_in_demo(
            f'ledger_load.measure(env, {pgbench!r}, {LEDGER_SECONDS}, {rounds}, {sizes})',
            install='loyalty',
        )
    say('')
    for line in ledger.table(figures):
        say(line)
    return list(ledger.problems(figures))


def _measure_bills(stage: Stage, lines: list[int]) -> list[str]:
    """Measure the reconciliation of bills, print it, and return what was matched wrongly."""
    with step('Measuring the reconciliation of bills'):
        figures = stage.run_in_demo(f'bills_load.measure(env, {lines})')
    say('')
    for line in bills.table(figures):
        say(line)
    return list(bills.problems(figures))


def _measure_imports(stage: Stage, products: list[int]) -> list[str]:
    """Measure the import of catalogues, print it, and return what was imported wrongly."""
    with step('Measuring the import of catalogues'):
        figures = stage.run_in_demo(f'imports_load.measure(env, {products})')
    say('')
    for line in imports.table(figures):
        say(line)
    return list(imports.problems(figures))


def _measure_routes(
    stage: Stage, seconds: float, rounds: int, routes: tuple[Route, ...]
) -> list[str]:
    """Measure hot paths, print the ratios, and return what went wrong."""
    notices = max(int(seconds * NOTICES_PER_SECOND), 20)
    needed = len(CONNECTIONS) * (rounds + 1) * max(notices, WARM_UP_REQUESTS)
    all_figures: list[Figures] = []
    problems: list[str] = []
    try:
        stage.prepare(CUSTOMERS, needed // CUSTOMERS + 1)
        for mode, options in MODES.items():
            with step(f'Measuring a server with {mode}'), stage.serving(mode, *options) as stack:
                host = stack.shop_url.removeprefix('http://')
                messages = Messages(host, stage.data)
                measurement = Measurement(
                    mode, stack.shop_url, messages, seconds=seconds, notices=notices, routes=routes
                )
                figures = measurement.perform(rounds)
            with step('Processing the notices that were taken in'):
                problems += _compare_books(figures, stage.settle())
            all_figures.append(figures)
    finally:
        stage.drop()
    problems += [text for figures in all_figures for text in figures.failures]
    _print(all_figures, seconds, rounds)
    return problems


def _compare_books(figures: Figures, found: dict[str, float]) -> Iterator[str]:
    """Yield what the database does not hold although the server has said so."""
    accepted = figures.accepted
    expected = {
        'rows': accepted['insert'],
        'notices': accepted['notice'],
        'processed': accepted['notice'],
        'legs_paid': accepted['notice'],
        'orders_paid': accepted['notice'],
        'answers_kept': accepted['order'],
        'transactions_done': accepted['xendit'],
    }
    say(
        f'    {found["legs_paid"]:.0f} payments booked by {found["processed"]:.0f} of '
        f'{accepted["notice"]} notices in {found["seconds"]:.0f} s; '
        f'{found["answers_kept"]:.0f} of {accepted["order"]} orders, '
        f'{found["rows"]:.0f} of {accepted["insert"]} rows'
    )
    for name, count in expected.items():
        if found[name] != count:
            yield f'{figures.mode}: {count} {name} expected, {found[name]:.0f} found'


def _print(all_figures: list[Figures], seconds: float, rounds: int) -> None:
    say(f"""
All in one run on this machine: server, PostgreSQL and load generator share its {os.cpu_count()}
processors, over 127.0.0.1, a connection for each request. Scheduled actions are off
(--max-cron-threads=0), rate limits too (WX_RATE_LIMITS=off). Medians of {rounds} interleaved
rounds, runs of {seconds:g} s.
""")
    for figures in all_figures:
        for line in report.rates(figures):
            say(line.rstrip())
        say('')
    for line in report.ratios(all_figures):
        say(line.rstrip())
    if {route.key for route in all_figures[0].routes} >= {route.key for route in READING}:
        say('')
        for line in report.slowness(all_figures):
            say(line.rstrip())


if __name__ == '__main__':
    sys.exit(main())
