"""What importing a supplier's catalogue takes, by the number of its products.

The figures are taken by `imports_load`, inside Odoo; here is which goals they have and how they
are shown.
"""

from collections.abc import Iterator
from typing import Any

from .imports_load import DEARER_EVERY

# Goals: memory of the whole process, time that grows no faster than the products, and fetching
# and comparing as a multiple of a bare COPY of the same rows.
MEGABYTES = 300
GROWTH = 1.5
TIMES_COPY = 25
STEPS = ('floor', 'fetch', 'compare', 'apply', 'again', 'dearer')
Figures = dict[str, Any]


def problems(figures: Figures) -> Iterator[str]:
    """Yield what was imported wrongly."""
    for size, found in figures.items():
        expected = {
            'new': int(size),
            'products': int(size),
            'second_differences': 0,
            'changed': 0,
            'third_prices': -(-int(size) // DEARER_EVERY),
        }
        for name, count in expected.items():
            if found[name] != count:
                yield f'catalogue of {int(size):,}: {name} is {found[name]}, {count} expected'


def table(figures: Figures) -> Iterator[str]:
    """Yield a table of times and memory by size, and whether the goals are reached."""
    heads = (*(f'{step} s' for step in STEPS), '× COPY', 'µs each', 'Odoo MB', 'PostgreSQL MB')
    yield f'{"products":>10}' + ''.join(f'{head:>{len(head) + 3}}' for head in heads)
    for size, found in figures.items():
        cells = (
            *(f'{found[step]:.2f}' for step in STEPS),
            f'{_times_copy(found):.1f}',
            f'{_each(size, found):.0f}',
            f'{found["own_memory"] / 2**20:.0f}',
            f'{found["server_memory"] / 2**20:.0f}',
        )
        widths = (len(head) + 3 for head in heads)
        pairs = zip(cells, widths, strict=True)
        yield f'{int(size):>10,}' + ''.join(f'{text:>{width}}' for text, width in pairs)
    yield (
        'floor: one bare COPY of the same rows; × COPY: fetching and comparing against it; '
        f'again: the same catalogue once more; dearer: one of {DEARER_EVERY} costs more'
    )
    yield from _verdicts(figures)


def _verdicts(figures: Figures) -> Iterator[str]:
    peak = max(found['own_memory'] for found in figures.values()) / 2**20
    yield f'memory of the process: {peak:.0f} MB, goal < {MEGABYTES}: {_word(peak < MEGABYTES)}'
    sizes = sorted(figures, key=int)
    small, large = sizes[0], sizes[-1]
    times = _times_copy(figures[large])
    yield (
        f'fetching and comparing {int(large):,} against a bare COPY: {times:.1f}, '
        f'goal ≤ {TIMES_COPY}: {_word(times <= TIMES_COPY)}'
    )
    if len(sizes) > 1:
        growth = _each(large, figures[large]) / _each(small, figures[small])
        yield (
            f'time for each product, {int(large):,} against {int(small):,}: {growth:.2f}, '
            f'goal ≤ {GROWTH}: {_word(growth <= GROWTH)}'
        )


def _word(reached: bool) -> str:
    return 'reached' if reached else 'missed'


def _times_copy(found: dict[str, Any]) -> float:
    seconds: float = found['again']
    return seconds / float(found['floor'])


def _each(size: str, found: Figures) -> float:
    """Return microseconds for each product, from the first page to the products being here."""
    seconds: float = found['fetch'] + found['compare'] + found['apply']
    return seconds / int(size) * 1e6
