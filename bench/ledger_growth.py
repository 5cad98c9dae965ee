"""How the ledger's costs grow with it: a posting and a proof, at one size after the other.

The ledger is filled through `wx.ledger.post()` in postings of 100 by two processes, folded and
sealed on the way as the scheduled actions do.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import ledger_crew

if TYPE_CHECKING:
    from .ledger_load import Load

FILLERS = 2
FILLING = 100  # transfers in a posting
TURNS = 500  # postings of each process between two foldings
WARM_UPS, POSTINGS = 50, 1000
SAMPLE_SECONDS = 0.02
GROWING = tuple(
    f'wx_ledger_{name}' for name in ('account', 'posting', 'transfer', 'entry', 'block')
)
Answer = dict[str, Any]


def measure(load: 'Load', entries: int) -> Answer:
    """Fill the ledger up to so many entries and return what a posting and a proof cost then."""
    started = time.perf_counter()
    _fill(load, entries)
    filled = time.perf_counter() - started
    load.settle()
    # As the autovacuum does, but now.
    load.env.cr.execute(f'ANALYZE {", ".join(GROWING)}')
    load.env.cr.commit()
    costs = sorted(_costs(load, entries))
    load.settle()
    return {
        'filled': filled,
        'median': costs[len(costs) // 2],
        'quick': costs[len(costs) // 10],
        'load': float(Path('/proc/loadavg').read_text().split()[0]),
        **_prove(load.env),
    }


def _fill(load: 'Load', entries: int) -> None:
    load.env.cr.execute('SELECT count(*) FROM wx_ledger_entry')
    missing = (entries - load.env.cr.fetchone()[0]) // 2
    while missing > 0:
        key = f'fill {entries} {missing}'
        turns = min(missing // (FILLERS * FILLING), TURNS)
        if turns:
            works = [_filler(load, key, number, turns) for number in range(FILLERS)]
            ledger_crew.run_at_once(load.env.registry, works)
            missing -= turns * FILLERS * FILLING
        else:
            load.ledger.post(load.payments(load.owners, missing), key=key)
            missing = 0
        load.settle()


def _filler(load: 'Load', key: str, number: int, turns: int) -> ledger_crew.Work:
    share = load.owners[number::FILLERS]

    def fill(env: Any) -> None:
        random.seed(f'{key}:{number}')
        for turn in range(turns):
            env['wx.ledger'].post(load.payments(share, FILLING), key=f'{key}:{number}:{turn}')
            env.cr.commit()

    return fill


def _costs(load: 'Load', entries: int) -> Iterator[float]:
    """Yield the seconds of single postings, each committed."""
    for number in range(-WARM_UPS, POSTINGS):
        started = time.perf_counter()
        load.ledger.post(load.random_pair([]), key=f'growth {entries} {number}')
        load.env.cr.commit()
        if number >= 0:
            yield time.perf_counter() - started


# === THE PROOF === #


def _prove(env: Any) -> Answer:
    """Prove the whole ledger, slice by slice as the nightly action does; return what it took."""
    slices: dict[str, list[float]] = {}
    spilled = _spilled(env)
    started = time.perf_counter()
    with _watched(env.cr.connection.get_backend_pid()) as peaks:
        proof = env['wx.ledger.proof']._start()
        env.cr.commit()
        more = True
        while more:
            code = proof.check_ids.filtered(lambda check: not check.is_done)[:1].code or ''
            began = time.perf_counter()
            more = proof._run_slice()
            env.cr.commit()
            slices.setdefault(code, []).append(time.perf_counter() - began)
        proof._finish()
        env.cr.commit()
    longest, code = max((max(times), code) for code, times in slices.items())
    return {
        'proof': time.perf_counter() - started,
        'is_clean': proof.state == 'clean',
        'slices': sum(map(len, slices.values())),
        'longest': longest,
        'longest_check': code,
        'checks': {code: sum(times) for code, times in slices.items() if code},
        'spilled': _spilled(env) - spilled,
        **peaks,
    }


def _spilled(env: Any) -> int:
    """Return the bytes that queries of this database have written to temporary files so far."""
    env.cr.execute('SELECT pg_stat_force_next_flush()')
    env.cr.commit()
    env.cr.execute('SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database()')
    return int(env.cr.fetchone()[0])


@contextmanager
def _watched(backend: int) -> Iterator[dict[str, int]]:
    """Note the most memory in bytes that this process and a backend of the server need.

    The backend's shared buffers do not count, its parallel workers do.
    """
    peaks = {'server_memory': 0, 'own_memory': 0}
    before = _private_memory(Path('/proc/self'))
    over = threading.Event()

    def watch() -> None:
        while True:
            peaks['server_memory'] = max(peaks['server_memory'], _server_memory(backend))
            own = _private_memory(Path('/proc/self')) - before
            peaks['own_memory'] = max(peaks['own_memory'], own)
            if over.wait(SAMPLE_SECONDS):
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        over.set()
        thread.join()


def _server_memory(backend: int) -> int:
    """Return the private memory of a backend and its workers; 0 if they are on another machine."""
    memory = 0
    for process in Path('/proc').glob('[0-9]*'):
        try:
            title = (process / 'cmdline').read_bytes()
            if title.startswith(b'postgres:') and (
                process.name == str(backend) or f'PID {backend} '.encode() in title
            ):
                memory += _private_memory(process)
        except OSError:
            continue  # it has ended meanwhile
    return memory


def _private_memory(process: Path) -> int:
    for line in (process / 'status').read_text().splitlines():
        if line.startswith('RssAnon:'):
            return 1024 * int(line.split()[1])
    return 0
