"""Countries and operators on sale; ids and amounts are the suite's demo catalogue.

Source of the shapes: spec/topup_suppliers.md §1.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from ..topup.goods import MADE_FROM, Good, Stock, made_networks
from ..topup.places import COUNTRIES, Country, detect

SENDER_CURRENCY = 'USD'
# Numbers of the operators made on demand.
FIRST_MADE = 10_000
AMOUNTS_EACH = 10


@dataclass(frozen=True)
class Operator:
    """The unit of the catalogue. Fixed amounts, or a range."""

    id: int
    name: str
    country: Country
    fixed: tuple[Decimal, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    data: bool = False
    descriptions: tuple[str, ...] = ()
    commission: Decimal = Decimal('5')
    fee: Decimal = Decimal(0)

    @property
    def supports_local(self) -> bool:
        """Tell whether amounts may be given in the destination currency."""
        return not self.data

    def local(self, amount: Decimal) -> Decimal:
        """Return the amount in the destination currency."""
        return (amount * self.country.rate).quantize(Decimal('0.01'))

    def accepts(self, amount: Decimal, local: bool) -> bool:
        """Tell whether exactly this amount is on sale."""
        if self.fixed:
            return amount in ([self.local(item) for item in self.fixed] if local else self.fixed)
        least, most = self.least or Decimal(0), self.most or Decimal(0)
        if local:
            least, most = self.local(least), self.local(most)
        return least <= amount <= most


_TH, _VN, _PH, _ID, _MY = COUNTRIES.values()
# The operator that takes money for the numbers of a network.
_BY_NETWORK = MappingProxyType(
    {'AIS': 101, 'TRUE': 103, 'VIETTEL': 111, 'GLOBE': 121, 'TELKOMSEL': 131, 'MAXIS': 141}
)


def _amounts(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(item) for item in text.split())


OPERATORS = MappingProxyType(
    {
        operator.id: operator
        for operator in (
            Operator(101, 'AIS Thailand', _TH, _amounts('3.00 6.00 12.00')),
            Operator(
                102,
                'AIS Thailand Data',
                _TH,
                _amounts('5.00 10.00'),
                data=True,
                descriptions=('8 GB, 7 days', '20 GB, 30 days'),
                commission=Decimal('4'),
            ),
            Operator(
                103,
                'True Thailand',
                _TH,
                least=Decimal('1.00'),
                most=Decimal('50.00'),
                commission=Decimal('3'),
                fee=Decimal('0.10'),
            ),
            Operator(111, 'Viettel Vietnam', _VN, _amounts('2.00 5.00')),
            Operator(
                112,
                'Viettel Vietnam Data',
                _VN,
                _amounts('4.00'),
                data=True,
                descriptions=('5 GB, 30 days',),
            ),
            Operator(121, 'Globe Philippines', _PH, _amounts('3.00 5.00')),
            Operator(
                122,
                'Globe Philippines Data',
                _PH,
                _amounts('6.00'),
                data=True,
                descriptions=('10 GB, 15 days',),
            ),
            Operator(131, 'Telkomsel Indonesia', _ID, _amounts('2.00 5.00')),
            Operator(
                132,
                'Telkomsel Indonesia Data',
                _ID,
                _amounts('4.50'),
                data=True,
                descriptions=('6 GB, 30 days',),
            ),
            Operator(141, 'Maxis Malaysia', _MY, _amounts('5.00 10.00')),
            Operator(
                142,
                'Maxis Malaysia Data',
                _MY,
                _amounts('8.00'),
                data=True,
                descriptions=('15 GB, 30 days',),
            ),
        )
    }
)


def on_sale(stock: Stock) -> dict[int, Operator]:
    """Return the operators: those by hand, and those that sell goods made on demand."""
    return stock.view('operators', _all_operators)


def _all_operators(stock: Stock) -> dict[int, Operator]:
    """Return every operator: of a network's goods ten follow each other, data plans apart."""
    networks = len(made_networks())
    made: dict[int, list[Good]] = {}
    for good in stock.all():
        turn, network = divmod(good.number - MADE_FROM, networks)
        place = (turn // AMOUNTS_EACH * networks + network) * 2 + (good.gigabytes > 0)
        made.setdefault(FIRST_MADE + place, []).append(good)
    return {**OPERATORS, **{number: _made_operator(number, made[number]) for number in made}}


def _made_operator(number: int, goods: list[Good]) -> Operator:
    """Return an operator that sells the amounts of some goods, each of them once."""
    amounts = {good.cost: good.name for good in goods}
    return Operator(
        number,
        goods[0].network.name,
        goods[0].country,
        tuple(amounts),
        data=goods[0].gigabytes > 0,
        descriptions=tuple(amounts.values()) if goods[0].gigabytes else (),
    )


def operator_of(country: Country, national: str) -> Operator | None:
    """Return the operator a national number seems to belong to."""
    network = detect(country, national)
    return OPERATORS[_BY_NETWORK[network.code]] if network else None


def as_country(country: Country) -> dict[str, Any]:
    """Return a country as the API shows it."""
    return {
        'isoName': country.iso,
        'name': country.name,
        'continent': 'Asia',
        'currencyCode': country.currency,
        'currencyName': country.currency_name,
        'currencySymbol': country.symbol,
        'flag': f'https://s3.amazonaws.com/rld-flags/{country.iso.lower()}.svg',
        'callingCodes': [f'+{country.calling_code}'],
    }
