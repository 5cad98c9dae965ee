"""Countries and operators on sale; ids and amounts are the suite's demo catalogue.

Source of the shapes: spec/topup_suppliers.md §1.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

SENDER_CURRENCY = 'USD'


@dataclass(frozen=True)
class Country:
    """A country with the numbers of its operators: prefixes of the national number."""

    iso: str
    name: str
    currency: str
    currency_name: str
    symbol: str
    calling_code: str
    rate: Decimal
    lengths: tuple[int, ...]
    prefixes: MappingProxyType[int, tuple[str, ...]]


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


def _prefixes(by_operator: dict[int, str]) -> MappingProxyType[int, tuple[str, ...]]:
    return MappingProxyType({key: tuple(text.split()) for key, text in by_operator.items()})


_TH = Country(
    iso='TH',
    name='Thailand',
    currency='THB',
    currency_name='Thai Baht',
    symbol='฿',
    calling_code='66',
    rate=Decimal('33.25'),
    lengths=(9,),
    prefixes=_prefixes({101: '61 62 63 65 81 82 87 92 93 98', 103: '6 8 9'}),
)
_VN = Country(
    iso='VN',
    name='Vietnam',
    currency='VND',
    currency_name='Vietnamese Dong',
    symbol='₫',
    calling_code='84',
    rate=Decimal('25400'),
    lengths=(9,),
    prefixes=_prefixes({111: '32 33 34 35 36 37 38 39 86 96 97 98'}),
)
_PH = Country(
    iso='PH',
    name='Philippines',
    currency='PHP',
    currency_name='Philippine Peso',
    symbol='₱',
    calling_code='63',
    rate=Decimal('57.10'),
    lengths=(10,),
    prefixes=_prefixes(
        {
            121: '905 906 915 916 917 926 927 935 936 937 945 953 954 955 956 965 966 967 975 976'
            ' 977 994 995 996 997'
        }
    ),
)
_ID = Country(
    iso='ID',
    name='Indonesia',
    currency='IDR',
    currency_name='Indonesian Rupiah',
    symbol='Rp',
    calling_code='62',
    rate=Decimal('15800'),
    lengths=(9, 10, 11, 12),
    prefixes=_prefixes({131: '811 812 813 821 822 823 851 852 853'}),
)
_MY = Country(
    iso='MY',
    name='Malaysia',
    currency='MYR',
    currency_name='Malaysian Ringgit',
    symbol='RM',
    calling_code='60',
    rate=Decimal('4.45'),
    lengths=(9, 10),
    prefixes=_prefixes({141: '11 12 14 17'}),
)

COUNTRIES = MappingProxyType({country.iso: country for country in (_TH, _VN, _PH, _ID, _MY)})


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


def national_number(country: Country, digits: str) -> str:
    """Return a number without its calling code, which may be there or not."""
    rest = digits.removeprefix(country.calling_code)
    return rest if rest != digits and len(rest) in country.lengths else digits


def detect(country: Country, national: str) -> Operator | None:
    """Return the operator the longest known prefix of a national number belongs to."""
    if len(national) not in country.lengths:
        return None
    best: tuple[int, int] | None = None
    for operator_id, prefixes in country.prefixes.items():
        for prefix in prefixes:
            if national.startswith(prefix) and (best is None or len(prefix) > best[0]):
                best = (len(prefix), operator_id)
    return OPERATORS[best[1]] if best else None


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
