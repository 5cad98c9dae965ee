"""Interleaved rounds of measurements against one server."""

import itertools
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bootstrap.console import say

from . import load
from .load import Outcome
from .messages import Messages

CONNECTIONS = (1, 4, 16)
WARM_UP_REQUESTS, WARM_UP_SECONDS = 60, 30.0
# So many are prepared for a second; no route here is faster.
ORDERS_PER_SECOND = 800


@dataclass(frozen=True)
class Route:
    """One kind of request; `baseline` names the one it is compared with.

    The goal is one for the numbers of connections in `goal_at`.
    """

    key: str
    title: str
    baseline: str = ''
    goal: float | None = None
    goal_at: tuple[int, ...] = CONNECTIONS


ROUTES = (
    Route('bare', '(a) bare route, JSON out'),
    Route('insert', '(b) bare route, inserts a row'),
    Route('packages', 'package list', 'bare', 0.5),
    Route('many', 'package list of 20,000', 'bare', 0.4),
    Route('notice', 'notice, first arrival', 'insert', 0.5),
    Route('order', 'order creation', 'insert', 0.4),
    Route('again', 'notice, repeated', 'insert', 0.7),
    Route('xendit', "(c) Odoo's payment_xendit"),
)
# Ratios that are printed besides.
FURTHER = (
    Route('again', 'notice, repeated', 'bare'),
    Route('notice', 'notice, first arrival', 'xendit', 1.5, goal_at=(4,)),
)
# Routes whose slowest requests are compared as well.
READING = tuple(route for route in ROUTES if route.key in ('packages', 'many'))
# What the part `notices` measures.
NOTICE_ROUTES = tuple(
    route for route in ROUTES if route.key in ('bare', 'insert', 'notice', 'again', 'xendit')
)


@dataclass
class Cell:
    """The runs of one route with one number of connections, a run a round."""

    runs: list[Outcome] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return requests per second."""
        return statistics.median(run.rate for run in self.runs)

    def percentile(self, share: float) -> float:
        """Return the latency in milliseconds that a share of all requests did not exceed."""
        latencies = sorted(latency for run in self.runs for latency in run.latencies)
        if not latencies:
            return 0.0
        return latencies[min(int(len(latencies) * share), len(latencies) - 1)] * 1000


@dataclass
class Figures:
    """What was measured of one server."""

    mode: str
    routes: tuple[Route, ...]
    cells: dict[tuple[str, int], Cell]
    accepted: Counter[str]
    failures: list[str]

    def ratio(self, route: Route, connections: int) -> float:
        """Return the median of the rounds' ratios of a route's rate to its baseline's."""
        ours = self.cells[route.key, connections].runs
        bare = self.cells[route.baseline, connections].runs
        return statistics.median(
            one.rate / other.rate for one, other in zip(ours, bare, strict=True) if other.rate
        )

    def slowness(self, route: Route, connections: int, share: float) -> float:
        """Return a percentile of a route's latency, as a ratio to its baseline's."""
        bare = self.cells[route.baseline, connections].percentile(share)
        return self.cells[route.key, connections].percentile(share) / bare if bare else 0.0


class Measurement:
    """Measures one server.

    :param mode: how the server runs, for the report
    :param shop_url: its address
    :param messages: what to send
    :param seconds: time of one run
    :param notices: first notices, and webhooks, of one run at most: each needs a payment of its own
    :param routes: what is measured
    """

    def __init__(
        self,
        mode: str,
        shop_url: str,
        messages: Messages,
        *,
        seconds: float,
        notices: int,
        routes: tuple[Route, ...] = ROUTES,
    ):
        parts = urlsplit(shop_url)
        self.address = (parts.hostname or '', parts.port or 0)
        self.seconds = seconds
        self.messages = messages
        orders = int(seconds * ORDERS_PER_SECOND) + WARM_UP_REQUESTS
        self.requests: dict[str, Callable[[], Iterator[bytes]]] = {
            'bare': messages.bare,
            'insert': messages.insert,
            'packages': messages.packages,
            'many': messages.many_packages,
            'notice': lambda: messages.first_notices(notices),
            'order': lambda: messages.orders(orders),
            'again': messages.repeated_notices,
            'xendit': lambda: messages.webhooks(notices),
        }
        self.routes = routes
        cells = {(route.key, number): Cell() for route in routes for number in CONNECTIONS}
        self.figures = Figures(mode, routes, cells, Counter(), [])

    def perform(self, rounds: int) -> Figures:
        """Warm the server up and measure every route in every round.

        What else happens on the machine then meets all routes alike; the direction changes
        with each round, so that no route always comes after the same one.
        """
        for connections in CONNECTIONS:
            for route in self.routes:
                self._run(route, connections, WARM_UP_SECONDS, WARM_UP_REQUESTS)
        for number in range(rounds):
            say(f'    {self.figures.mode}: round {number + 1} of {rounds}')
            for connections in CONNECTIONS:
                for route in self.routes if number % 2 == 0 else reversed(self.routes):
                    outcome = self._run(route, connections, self.seconds)
                    self.figures.cells[route.key, connections].runs.append(outcome)
        return self.figures

    def _run(
        self, route: Route, connections: int, seconds: float, limit: int | None = None
    ) -> Outcome:
        requests = itertools.islice(self.requests[route.key](), limit)
        outcome = load.run(self.address, requests, connections=connections, seconds=seconds)
        self.figures.accepted[route.key] += outcome.accepted
        if outcome.failures:
            statuses = ', '.join(f'{count} × {name}' for name, count in outcome.statuses.items())
            what = f'{route.title}, {connections} connections: {statuses}'
            self.figures.failures.append('\n    '.join((what, *outcome.samples)))
        return outcome
