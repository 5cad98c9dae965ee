"""The tables that people read."""

from collections.abc import Iterator

from .measure import CONNECTIONS, FURTHER, ROUTES, Figures, Route

TITLE = 32


def rates(figures: Figures) -> Iterator[str]:
    """Yield a table of requests per second and latencies."""
    heads = ''.join(f'{f"connections: {number}":^26}' for number in CONNECTIONS)
    yield f'{figures.mode:{TITLE}}{heads}'.rstrip()
    yield ' ' * TITLE + f'{"req/s":>8}{"p50 ms":>8}{"p99 ms":>8}  ' * len(CONNECTIONS)
    for route in ROUTES:
        cells = (figures.cells[route.key, number] for number in CONNECTIONS)
        yield f'{route.title:{TITLE}}' + ''.join(
            f'{cell.rate:8.0f}{cell.percentile(0.5):8.1f}{cell.percentile(0.99):8.1f}  '
            for cell in cells
        )


def ratios(all_figures: list[Figures]) -> Iterator[str]:
    """Yield a table of ratios to the bare routes, with goals and whether they are reached."""
    yield f'{"":{TITLE + 10}}' + ''.join(f'{figures.mode:^21}' for figures in all_figures)
    yield f'{"ratio of requests/s":{TITLE}}{"goal":>8}  ' + ''.join(
        f'{number:>7}' for _ in all_figures for number in CONNECTIONS
    )
    for route in (*ROUTES, *FURTHER):
        if route.baseline:
            yield _ratio_line(route, all_figures)


def _ratio_line(route: Route, all_figures: list[Figures]) -> str:
    values = [figures.ratio(route, number) for figures in all_figures for number in CONNECTIONS]
    title = f'{route.title} / ({"a" if route.baseline == "bare" else "b"})'
    goal = f'≥ {route.goal}' if route.goal else ''
    line = f'{title:{TITLE}}{goal:>8}  ' + ''.join(f'{value:7.2f}' for value in values)
    if route.goal is None:
        return line
    missed = sum(round(value, 2) < route.goal for value in values)
    return f'{line}   ' + (f'missed in {missed} of {len(values)}' if missed else 'reached')
