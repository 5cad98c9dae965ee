"""What the ledger can do, as ratios: to pgbench's TPC-B and to what else Odoo offers.

The figures are taken by `ledger_load`, inside Odoo; here is what they are called, which goals
they have and how they are shown.
"""

import statistics
from collections.abc import Callable, Iterator
from typing import Any

from .ledger_load import BATCH, CONNECTIONS, LARGE

TITLE = 44
TITLES = {
    'tpcb': 'pgbench TPC-B, transactions/s',
    'single': 'postings of one transfer, random accounts',
    'hot': 'postings of one transfer, one hot account',
    'batch': f'postings of {BATCH}, transfers/s',
    'large': f'postings of {LARGE}, transfers/s',
}
# kind, what it is compared with, goal
RATIOS = (('single', 'tpcb', 0.5), ('batch', 'tpcb', 1), ('hot', 'single', 0.8))
COSTS = {
    'post': 'post() of one transfer',
    'points': 'loyalty.card and loyalty.history',
    'move': 'account.move of two lines, posted',
}
MOVE_GOAL = 10
MEGABYTE = 2**20
Figures = dict[str, Any]
# What is shown of each size: the machine's load, a posting, the proof and the memory it needs.
GROWTH: dict[str, Callable[[Figures], str]] = {
    'load': lambda found: f'{found["load"]:.1f}',
    'posting ms': lambda found: f'{found["median"] * 1000:.2f}',
    'quickest 10%': lambda found: f'{found["quick"] * 1000:.2f}',
    'proof s': lambda found: f'{found["proof"]:.1f}',
    'slices': lambda found: str(found['slices']),
    'longest s': lambda found: f'{found["longest"]:.2f}',
    'PostgreSQL MB': lambda found: f'{found["server_memory"] / MEGABYTE:.0f}',
    'on disk MB': lambda found: f'{found["spilled"] / MEGABYTE:.0f}',
    'Odoo MB': lambda found: f'{found["own_memory"] / MEGABYTE:.0f}',
}


def problems(figures: Figures) -> Iterator[str]:
    """Yield what is wrong with the books after all that was booked."""
    for difference in figures['differences']:
        yield f'the ledger does not prove: {difference}'
    for size, found in figures['growth'].items():
        if not found['is_clean']:
            yield f'the ledger of {size} entries does not prove'


def table(figures: Figures) -> Iterator[str]:
    """Yield the tables: rates, ratios with their goals, cost by size, cost beside Odoo's."""
    yield f'{"connections":{TITLE}}' + ''.join(f'{number:>9}' for number in CONNECTIONS)
    for kind, title in TITLES.items():
        rates = (_rates(figures, kind, number) for number in CONNECTIONS)
        yield f'{title:{TITLE}}' + ''.join(f'{statistics.median(rate):9.0f}' for rate in rates)
    again = [sum(cell['again'] for cell in _cells(figures, 'single', n)) for n in CONNECTIONS]
    yield f'{"single postings started over, in all":{TITLE}}' + ''.join(f'{n:9}' for n in again)
    yield ''
    yield from _ratios(figures)
    yield ''
    yield from _growth(figures['growth'])
    yield ''
    yield from _costs(figures)


def _ratios(figures: Figures) -> Iterator[str]:
    yield f'{"ratio, median of the rounds":{TITLE - 8}}{"goal":>8}'
    for kind, base, goal in RATIOS:
        values = [_ratio(figures, kind, base, number) for number in CONNECTIONS]
        missed = sum(round(value, 2) < goal for value in values)
        verdict = f'missed in {missed} of {len(values)}' if missed else 'reached'
        yield (
            f'{f"{kind} / {base}":{TITLE - 8}}{f"≥ {goal}":>8}'
            + ''.join(f'{value:9.2f}' for value in values)
            + f'   {verdict}'
        )


def _growth(growth: Figures) -> Iterator[str]:
    yield f'{"entries":>12}' + ''.join(f'{head:>{len(head) + 2}}' for head in GROWTH)
    for size, found in growth.items():
        texts = ((head, show(found)) for head, show in GROWTH.items())
        yield f'{int(size):12,}' + ''.join(f'{text:>{len(head) + 2}}' for head, text in texts)
    last = list(growth.values())[-1]
    slowest = sorted(last['checks'].items(), key=lambda pair: -pair[1])[:5]
    shares = ', '.join(f'{code} {seconds:.1f} s' for code, seconds in slowest)
    yield f'slowest checks of the last proof: {shares}; longest slice: {last["longest_check"]}'


def _costs(figures: Figures) -> Iterator[str]:
    medians = {kind: statistics.median(times) for kind, times in figures['costs'].items()}
    yield f'{"one after the other, each committed":{TITLE}}{"ms":>9}{"ratio":>9}'
    for kind, title in COSTS.items():
        ratio = medians[kind] / medians['post']
        line = f'{title:{TITLE}}{medians[kind] * 1000:9.1f}{ratio:9.1f}'
        if kind == 'move':
            line += f'   goal ≥ {MOVE_GOAL}: ' + ('reached' if ratio >= MOVE_GOAL else 'missed')
        yield line


def _ratio(figures: Figures, kind: str, base: str, connections: int) -> float:
    """Return the median of the ratios that each round has on its own."""
    pairs = zip(_rates(figures, kind, connections), _rates(figures, base, connections), strict=True)
    return statistics.median(rate / other for rate, other in pairs)


def _rates(figures: Figures, kind: str, connections: int) -> list[float]:
    return [cell['rate'] for cell in _cells(figures, kind, connections)]


def _cells(figures: Figures, kind: str, connections: int) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = figures['cells'][f'{kind} {connections}']
    return cells
