"""What is on sale: a few goods by hand, and as many made on demand as a test wants.

Goods made on demand are the same in every run: their content follows from their number alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from .places import CHINA, COUNTRIES, FURTHER, NETWORKS, Country, Network

AIRTIME, DATA, BUNDLE, PIN = 'airtime', 'data', 'bundle', 'pin'
# The first number of a good made on demand.
MADE_FROM = 100_000
_KINDS = (AIRTIME, AIRTIME, DATA, DATA, BUNDLE, PIN)
_FACES = (1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 50, 75)
_DAYS = (1, 3, 7, 15, 30, 90)
_CENT = Decimal('0.01')
T = TypeVar('T')


@dataclass(frozen=True)
class Good:
    """One product. With `most`, any amount from `receive` on in steps; `cost` is that of the least.

    Amounts to receive are in the country's currency, costs in that of the account.
    """

    number: int
    network: Network
    kind: str
    receive: Decimal
    cost: Decimal
    most: Decimal | None = None
    step: Decimal = Decimal(1)
    days: int = 0
    gigabytes: int = 0
    minutes: int = 0
    # Cheaper, and under way for hours.
    slow: bool = False

    @property
    def country(self) -> Country:
        """Return where it is used."""
        return self.network.country

    @property
    def name(self) -> str:
        """Return a title with what is inside."""
        if self.kind in (DATA, BUNDLE):
            calls = f' + {self.minutes} min' if self.minutes else ''
            return f'{self.network.name} {self.gigabytes} GB{calls}, {self.days} days'
        amount = f'{plain(self.receive)} {self.country.currency}'
        if self.most is not None:
            amount = f'{plain(self.receive)}-{plain(self.most)} {self.country.currency}'
        return f'{self.network.name} {amount}{" PIN" if self.kind == PIN else ""}'

    def cost_of(self, receive: Decimal) -> Decimal:
        """Return the cost of an amount to receive."""
        return (self.cost * receive / self.receive).quantize(_CENT)

    def receive_of(self, cost: Decimal) -> Decimal:
        """Return what a cost buys."""
        return (cost * self.receive / self.cost).quantize(_CENT)

    def accepts(self, receive: Decimal) -> bool:
        """Tell whether exactly this amount is on sale."""
        if self.most is None:
            return receive == self.receive
        return self.receive <= receive <= self.most and (receive - self.receive) % self.step == 0


def plain(amount: Decimal) -> str:
    """Return an amount without an exponent and needless zeros."""
    return f'{amount.normalize():f}'


@dataclass
class Stock:
    """The goods of one supplier: those by hand, and the changeable ones made on demand."""

    by_hand: tuple[Good, ...] = ()
    # Chinese suppliers sell for Chinese numbers, in yuan.
    chinese: bool = False
    made: int = 0
    gone: set[int] = field(default_factory=set)
    # Price factors of goods whose price was changed.
    repriced: dict[int, Decimal] = field(default_factory=dict)
    _all: dict[int, Good] = field(default_factory=dict)
    _views: dict[Hashable, Any] = field(default_factory=dict)

    def view(self, key: Hashable, make: Callable[[Stock], T]) -> T:
        """Return what a supplier makes of the goods, made once until they change."""
        if key not in self._views:
            self._views[key] = make(self)
        found: T = self._views[key]
        return found

    def all(self) -> list[Good]:
        """Return everything on sale, in the order of the numbers."""
        return list(self._by_number().values())

    def find(self, number: int) -> Good | None:
        """Return one good on sale."""
        return self._by_number().get(number)

    def _by_number(self) -> dict[int, Good]:
        if not self._all:
            goods = (*self.by_hand, *map(self._make, range(self.made)))
            priced = (self._priced(good) for good in goods if good.number not in self.gone)
            self._all = {good.number: good for good in priced}
        return self._all

    def _priced(self, good: Good) -> Good:
        factor = self.repriced.get(good.number)
        return good if factor is None else replace(good, cost=_cents(good.cost * factor))

    def _make(self, index: int) -> Good:
        return make_chinese(index) if self.chinese else make(index)

    def produce(self, count: int) -> None:
        """Have so many goods made on demand, with their first content."""
        self.made = count
        self.gone.clear()
        self.repriced.clear()
        self._forget()

    def _forget(self) -> None:
        self._all.clear()
        self._views.clear()

    def change(
        self, add: int = 0, remove: int = 0, reprice: int = 0, percent: Decimal = Decimal(10)
    ) -> dict[str, list[int]]:
        """Put some on sale, take some off, change some prices; always the same ones.

        :return: the numbers of each kind of change
        """
        living = [number for number in self._by_number() if number >= MADE_FROM]
        taken = list(_spread(living, remove))
        left = [number for number in living if number not in set(taken)]
        priced = list(_spread(left, reprice))
        added = [MADE_FROM + self.made + index for index in range(add)]
        self.gone.update(taken)
        for number in priced:
            before = self.repriced.get(number, Decimal(1))
            self.repriced[number] = before * (1 + percent / 100)
        self.made += add
        self._forget()
        return {'added': added, 'removed': taken, 'repriced': priced}


def networks_of(stock: Stock) -> list[Network]:
    """Return the networks that goods are on sale for."""
    return list({good.network.code: good.network for good in stock.all()}.values())


def _spread(numbers: list[int], count: int) -> Iterator[int]:
    """Yield so many of the numbers, evenly over all of them."""
    count = min(count, len(numbers))
    for index in range(count):
        yield numbers[index * len(numbers) // count]


def _cents(amount: Decimal) -> Decimal:
    return max(amount.quantize(_CENT), _CENT)


@cache
def made_networks() -> tuple[Network, ...]:
    """Return three networks of every country, for goods made on demand."""
    return tuple(
        Network(f'{country.iso}{number}', f'{country.name} Mobile {number}', country)
        for country in (*COUNTRIES.values(), *FURTHER.values())
        for number in (1, 2, 3)
    )


def make(index: int) -> Good:
    """Return the good of a number: fixed amounts, some ranges, data, bundles and vouchers."""
    networks = made_networks()
    network = networks[index % len(networks)]
    turn = index // len(networks)
    kind = _KINDS[turn % len(_KINDS)]
    dollars = Decimal(_FACES[turn % len(_FACES)]) + Decimal(turn // len(_FACES)) / 10
    receive = (dollars * network.country.rate).quantize(_CENT)
    ranged = kind == AIRTIME and turn % 8 == 0
    packed = kind in (DATA, BUNDLE)
    return Good(
        number=MADE_FROM + index,
        network=network,
        kind=kind,
        receive=receive,
        cost=_cents(dollars * Decimal('0.93')),
        most=receive + 900 if ranged else None,
        days=_DAYS[turn % len(_DAYS)] if packed else 0,
        gigabytes=1 + turn % 40 if packed else 0,
        minutes=10 * (1 + turn % 30) if kind == BUNDLE else 0,
    )


def make_chinese(index: int) -> Good:
    """Return the good of a number at a Chinese supplier: phone bills and data packs."""
    networks = [network for network in NETWORKS.values() if network.country == CHINA]
    turn = index // len(networks)
    face = Decimal(_FACES[turn % len(_FACES)] * 10) + turn // len(_FACES)
    kind = DATA if turn % 3 == 2 else AIRTIME
    return Good(
        number=MADE_FROM + index,
        network=networks[index % len(networks)],
        kind=kind,
        receive=face,
        cost=_cents(face * Decimal('0.985')),
        days=30 if kind == DATA else 0,
        gigabytes=1 + turn % 50 if kind == DATA else 0,
    )


def by_hand(cheapness: Decimal) -> tuple[Good, ...]:
    """Return the goods of the five countries; a supplier's prices differ by a factor."""
    return tuple(replace(good, cost=_cents(good.cost * cheapness)) for good in map(_good, _LINES))


def chinese_by_hand() -> tuple[Good, ...]:
    """Return phone bills of the three carriers, fast and slow, and data packs."""
    made = []
    for tens, carrier in enumerate(('CMCC', 'CUCC', 'CTCC')):
        start = 7001 + 20 * tens
        made += [f'{start + n}|{carrier}|airtime|{face}|{face * 0.985:.2f}' for n, face in _FAST]
        made += [
            f'{start + 10 + n}|{carrier}|airtime|{face}|{face * 0.95:.2f}|slow=1'
            for n, face in _SLOW
        ]
        made.append(f'{start + 15}|{carrier}|data|10|8.80|gb=1|days=30')
    return tuple(_good(line) for line in made)


def _good(line: str) -> Good:
    number, network, kind, receive, cost, *rest = line.split('|')
    extras = dict(item.split('=') for item in rest)
    return Good(
        number=int(number),
        network=NETWORKS[network],
        kind=kind,
        receive=Decimal(receive),
        cost=Decimal(cost),
        most=Decimal(extras['most']) if 'most' in extras else None,
        step=Decimal(extras.get('step', 1)),
        days=int(extras.get('days', 0)),
        gigabytes=int(extras.get('gb', 0)),
        minutes=int(extras.get('min', 0)),
        slow='slow' in extras,
    )


# Face values in yuan with the place of their product numbers.
_FAST = tuple(enumerate((10, 20, 30, 50, 100, 200, 300, 500)))
_SLOW = tuple(enumerate((50, 100)))
_LINES = tuple(
    """
1001|AIS|airtime|100|3.10
1002|AIS|airtime|200|6.20
1003|AIS|airtime|400|12.40
1004|AIS|data|150|4.70|gb=8|days=7
1005|AIS|bundle|300|9.40|gb=20|min=200|days=30
1006|TRUE|airtime|50|1.55|most=1500|step=10
1007|TRUE|pin|100|3.15
1011|VIETTEL|airtime|50000|2.05
1012|VIETTEL|airtime|100000|4.10
1013|VIETTEL|data|90000|3.70|gb=5|days=30
1021|GLOBE|airtime|150|2.75
1022|GLOBE|airtime|300|5.45
1023|GLOBE|data|350|6.35|gb=10|days=15
1024|GLOBE|pin|100|1.85
1031|TELKOMSEL|airtime|25000|1.68
1032|TELKOMSEL|airtime|50000|3.30
1033|TELKOMSEL|data|70000|4.60|gb=6|days=30
1034|TELKOMSEL|airtime|10000|0.68|most=500000|step=5000
1041|MAXIS|airtime|20|4.65
1042|MAXIS|airtime|50|11.60
1043|MAXIS|data|35|8.10|gb=15|days=30
""".split()
)
