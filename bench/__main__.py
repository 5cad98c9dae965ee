"""`python -m bench`: measure a server with threads and one with two workers, and compare.

Environment: BENCH_SECONDS (time of one run), BENCH_ROUNDS (runs of each kind).
Exit code 1 when a request failed or the books do not agree with what was sent.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bootstrap import paths, postgres
from bootstrap.console import SetupError, fail, say, step

from . import report
from .measure import CONNECTIONS, WARM_UP_REQUESTS, Figures, Measurement
from .messages import Messages
from .stage import Stage

MODES = {'threads': (), 'workers=2': ('--workers=2',)}
SECONDS = 1.2
ROUNDS = 5
CUSTOMERS = 16
# Processing a notice costs more than taking it in, and each one is processed at the end.
NOTICES_PER_SECOND = 160
SETUP_REMEDY = 'BENCH_SECONDS is a number of seconds such as 0.5, BENCH_ROUNDS one such as 3'


def main() -> int:
    """Run the benchmarks and return the exit code."""
    try:
        seconds = float(os.environ.get('BENCH_SECONDS') or SECONDS)
        rounds = int(os.environ.get('BENCH_ROUNDS') or ROUNDS)
        if seconds <= 0 or rounds <= 0:
            raise ValueError
    except ValueError:
        return fail(SetupError('the environment is not understood', SETUP_REMEDY))
    try:
        with _alone(), postgres.running() as server:
            return _measure_all(Stage(server), seconds, rounds)
    except SetupError as error:
        return fail(error)
    except KeyboardInterrupt:
        return 130


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


def _measure_all(stage: Stage, seconds: float, rounds: int) -> int:
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
                    mode, stack.shop_url, messages, seconds=seconds, notices=notices
                )
                figures = measurement.perform(rounds)
            with step('Processing the notices that were taken in'):
                problems += _compare_books(figures, stage.settle())
            all_figures.append(figures)
    finally:
        stage.drop()
    problems += [text for figures in all_figures for text in figures.failures]
    _print(all_figures, seconds, rounds)
    for problem in problems:
        say(f'FAILED  {problem}')
    return 1 if problems else 0


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


if __name__ == '__main__':
    sys.exit(main())
