"""What reconciling a day's bill takes, by the number of its lines.

The figures are taken by `bills_load`, inside Odoo; here is which goals they have and how they are
shown.
"""

from collections.abc import Iterator
from typing import Any

# Goals: memory of the whole process, and time that grows no faster than the lines.
MEGABYTES = 300
GROWTH = 1.5
STEPS = ('fetch', 'load', 'match', 'again')
Figures = dict[str, Any]


def problems(figures: Figures) -> Iterator[str]:
    """Yield what was matched wrongly."""
    for size, found in figures.items():
        for name, count in found['expected'].items():
            if found['found'].get(name, 0) != count:
                yield (
                    f'bill of {int(size):,} lines: {found["found"].get(name, 0)} {name} found, '
                    f'{count} expected'
                )
        if found['changed']:
            yield f'bill of {int(size):,} lines: a second run has changed {found["changed"]} rows'


def table(figures: Figures) -> Iterator[str]:
    """Yield a table of times and memory by size, and whether the goals are reached."""
    heads = ('fetch s', 'load s', 'match s', 'again s', 'µs/line', 'Odoo MB', 'PostgreSQL MB')
    yield f'{"lines of a bill":>16}' + ''.join(f'{head:>{len(head) + 3}}' for head in heads)
    for size, found in figures.items():
        cells = (
            *(f'{found[step]:.2f}' for step in STEPS),
            f'{_each(size, found):.0f}',
            f'{found["own_memory"] / 2**20:.0f}',
            f'{found["server_memory"] / 2**20:.0f}',
        )
        widths = (len(head) + 3 for head in heads)
        pairs = zip(cells, widths, strict=True)
        yield f'{int(size):>16,}' + ''.join(f'{text:>{width}}' for text, width in pairs)
    yield from _verdicts(figures)


def _verdicts(figures: Figures) -> Iterator[str]:
    peak = max(found['own_memory'] for found in figures.values()) / 2**20
    reached = 'reached' if peak < MEGABYTES else 'missed'
    yield f'memory of the process: {peak:.0f} MB, goal < {MEGABYTES}: {reached}'
    sizes = sorted(figures, key=int)
    if len(sizes) > 1:
        small, large = sizes[0], sizes[-1]
        growth = _each(large, figures[large]) / _each(small, figures[small])
        reached = 'reached' if growth <= GROWTH else 'missed'
        yield (
            f'time for each line, {int(large):,} against {int(small):,}: {growth:.2f}, '
            f'goal ≤ {GROWTH}: {reached}'
        )


def _each(size: str, found: Figures) -> float:
    """Return microseconds for each line, from the first byte to the differences."""
    seconds: float = found['fetch'] + found['load'] + found['match']
    return seconds / int(size) * 1e6
