"""The tables that people read."""

from collections.abc import Iterator

from .measure import CONNECTIONS, FURTHER, READING, Figures, Route

TITLE = 32
# By which the baselines are called.
LETTERS = {'bare': 'a', 'insert': 'b', 'xendit': 'c'}


def rates(figures: Figures) -> Iterator[str]:
    """Yield a table of requests per second and latencies."""
    heads = ''.join(f'{f"connections: {number}":^26}' for number in CONNECTIONS)
    yield f'{figures.mode:{TITLE}}{heads}'.rstrip()
    yield ' ' * TITLE + f'{"req/s":>8}{"p50 ms":>8}{"p99 ms":>8}  ' * len(CONNECTIONS)
    for route in figures.routes:
        cells = (figures.cells[route.key, number] for number in CONNECTIONS)
        yield f'{route.title:{TITLE}}' + ''.join(
            f'{cell.rate:8.0f}{cell.percentile(0.5):8.1f}{cell.percentile(0.99):8.1f}  '
            for cell in cells
        )


def ratios(all_figures: list[Figures]) -> Iterator[str]:
    """Yield a table of ratios to the bare routes, with goals and whether they are reached."""
    yield f'{"":{TITLE + 10}}' + ''.join(f'{figures.mode:^21}' for figures in all_figures)
    yield _head('ratio of requests/s', 'goal', all_figures)
    routes = all_figures[0].routes
    measured = {route.key for route in routes}
    for route in (*routes, *FURTHER):
        if {route.key, route.baseline} <= measured:
            yield _ratio_line(route, all_figures)


def slowness(all_figures: list[Figures]) -> Iterator[str]:
    """Yield a table of the slowest requests, as ratios to the bare routes' slowest."""
    measured = {route.key for route in all_figures[0].routes}
    yield _head('ratio of p99 latency', '', all_figures)
    for route in READING:
        if {route.key, route.baseline} <= measured:
            title = f'{route.title} / ({LETTERS[route.baseline]})'
            yield f'{title:{TITLE + 10}}' + ''.join(
                f'{figures.slowness(route, number, 0.99):7.2f}'
                for figures in all_figures
                for number in CONNECTIONS
            )


def _head(title: str, goal: str, all_figures: list[Figures]) -> str:
    numbers = ''.join(f'{number:>7}' for _ in all_figures for number in CONNECTIONS)
    return f'{title:{TITLE}}{goal:>8}  {numbers}'


def _ratio_line(route: Route, all_figures: list[Figures]) -> str:
    values = [figures.ratio(route, number) for figures in all_figures for number in CONNECTIONS]
    title = f'{route.title} / ({LETTERS[route.baseline]})'
    goal = f'≥ {route.goal}' if route.goal else ''
    line = f'{title:{TITLE}}{goal:>8}  ' + ''.join(f'{value:7.2f}' for value in values)
    if route.goal is None:
        return line
    binding = [figures.ratio(route, number) for figures in all_figures for number in route.goal_at]
    missed = sum(round(value, 2) < route.goal for value in binding)
    return f'{line}   ' + (f'missed in {missed} of {len(binding)}' if missed else 'reached')
