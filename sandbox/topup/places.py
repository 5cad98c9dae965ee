"""Countries, their mobile networks, and whose number is whose."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType


@dataclass(frozen=True)
class Country:
    """A country; `rate` is what one US dollar buys, `lengths` are those of national numbers."""

    iso: str
    iso3: str
    name: str
    currency: str
    currency_name: str
    symbol: str
    calling_code: str
    rate: Decimal
    lengths: tuple[int, ...]


@dataclass(frozen=True)
class Network:
    """A mobile network with the prefixes of its numbers, without the calling code."""

    code: str
    name: str
    country: Country
    prefixes: tuple[str, ...] = ()


def _country(line: str) -> Country:
    iso, iso3, name, currency, currency_name, symbol, code, rate, lengths = line.split('|')
    sizes = tuple(int(length) for length in lengths.split())
    return Country(iso, iso3, name, currency, currency_name, symbol, code, Decimal(rate), sizes)


def _countries(lines: str) -> MappingProxyType[str, Country]:
    made = (_country(line) for line in lines.strip().splitlines())
    return MappingProxyType({country.iso: country for country in made})


COUNTRIES = _countries(
    """
TH|THA|Thailand|THB|Thai Baht|฿|66|33.25|9
VN|VNM|Vietnam|VND|Vietnamese Dong|₫|84|25400|9
PH|PHL|Philippines|PHP|Philippine Peso|₱|63|57.10|10
ID|IDN|Indonesia|IDR|Indonesian Rupiah|Rp|62|15800|9 10 11 12
MY|MYS|Malaysia|MYR|Malaysian Ringgit|RM|60|4.45|9 10
"""
)
# On sale at the Chinese suppliers.
CHINA = _country('CN|CHN|China|CNY|Chinese Yuan|¥|86|7.20|11')
# Where the goods made on demand come from, besides the countries above.
FURTHER = _countries(
    """
AE|ARE|United Arab Emirates|AED|UAE Dirham|د.إ|971|3.67|9
BD|BGD|Bangladesh|BDT|Taka|৳|880|119|10
BR|BRA|Brazil|BRL|Real|R$|55|5.45|10 11
CO|COL|Colombia|COP|Colombian Peso|$|57|4100|10
EG|EGY|Egypt|EGP|Egyptian Pound|£|20|48.50|10
ET|ETH|Ethiopia|ETB|Birr|Br|251|112|9
GH|GHA|Ghana|GHS|Cedi|₵|233|15.60|9
IN|IND|India|INR|Indian Rupee|₹|91|83.90|10
KE|KEN|Kenya|KES|Kenyan Shilling|KSh|254|129|9
KH|KHM|Cambodia|KHR|Riel|៛|855|4080|8 9
LA|LAO|Laos|LAK|Kip|₭|856|22000|8 9 10
LK|LKA|Sri Lanka|LKR|Sri Lankan Rupee|Rs|94|301|9
MM|MMR|Myanmar|MMK|Kyat|K|95|2100|8 9 10
MX|MEX|Mexico|MXN|Mexican Peso|$|52|19.40|10
NG|NGA|Nigeria|NGN|Naira|₦|234|1600|10
NP|NPL|Nepal|NPR|Nepalese Rupee|₨|977|134|10
PE|PER|Peru|PEN|Sol|S/|51|3.75|9
PK|PAK|Pakistan|PKR|Pakistani Rupee|₨|92|278|10
TR|TUR|Türkiye|TRY|Turkish Lira|₺|90|34.10|10
ZA|ZAF|South Africa|ZAR|Rand|R|27|17.80|9
"""
)


def _networks(lines: str) -> MappingProxyType[str, Network]:
    made = {}
    for line in lines.strip().splitlines():
        code, iso, name, prefixes = line.split('|')
        country = CHINA if iso == CHINA.iso else COUNTRIES[iso]
        made[code] = Network(code, name, country, tuple(prefixes.split()))
    return MappingProxyType(made)


NETWORKS = _networks(
    """
AIS|TH|AIS Thailand|61 62 63 65 81 82 87 92 93 98
TRUE|TH|True Thailand|6 8 9
VIETTEL|VN|Viettel Vietnam|32 33 34 35 36 37 38 39 86 96 97 98
GLOBE|PH|Globe Philippines|905 906 915 916 917 926 927 935 936 937 945 953 954 955 956 965 966 967\
 975 976 977 994 995 996 997
TELKOMSEL|ID|Telkomsel Indonesia|811 812 813 821 822 823 851 852 853
MAXIS|MY|Maxis Malaysia|11 12 14 17
CMCC|CN|中国移动|134 135 136 137 138 139 147 150 151 152 157 158 159 172 178 182 183 184 187 188 198
CUCC|CN|中国联通|130 131 132 145 155 156 166 171 175 176 185 186 196
CTCC|CN|中国电信|133 149 153 173 177 180 181 189 190 191 193 199
"""
)


def national_number(country: Country, digits: str) -> str:
    """Return a number without its calling code, which may be there or not."""
    rest = digits.removeprefix(country.calling_code)
    return rest if rest != digits and len(rest) in country.lengths else digits


def detect(country: Country, national: str) -> Network | None:
    """Return the network that the longest known prefix of a national number belongs to."""
    if len(national) not in country.lengths:
        return None
    fitting = [
        (len(prefix), network)
        for network in NETWORKS.values()
        if network.country == country
        for prefix in network.prefixes
        if national.startswith(prefix)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def country_of(digits: str) -> Country | None:
    """Return the country a number with its calling code belongs to."""
    for country in (*COUNTRIES.values(), CHINA, *FURTHER.values()):
        rest = digits.removeprefix(country.calling_code)
        if rest != digits and len(rest) in country.lengths:
            return country
    return None
