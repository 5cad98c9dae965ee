"""Download of bills. Source: spec/wechat_pay_v3.md §12."""

import datetime
from collections.abc import Callable
from types import MappingProxyType
from urllib.parse import urlencode, urlsplit

from ..bills import FUND, TRADE
from ..download import Download
from ..errors import InvalidArgument, Malformed, UnknownOutcome
from . import parsing
from .bill_lines import read_fund_bill, read_trade_bill
from .exchange import Connection

__all__ = ['fetch_bill', 'read_fund_bill', 'read_trade_bill']

# A day of a busy merchant has hundreds of megabytes; the time counts for each part of them.
TIMEOUT = 60.0

_REQUESTS = MappingProxyType(
    {
        TRADE: ('/v3/bill/tradebill', ('bill_type', 'ALL')),
        FUND: ('/v3/bill/fundflowbill', ('account_type', 'BASIC')),
    }
)


def fetch_bill(
    connection: Connection, kind: str, day: datetime.date, write: Callable[[bytes], None]
) -> None:
    """Let the plain text of a day's bill run into `write`; after an error drop what came.

    :param kind: `bills.TRADE` or `bills.FUND` (of the basic account)
    :param day: a past day of Beijing, at most three months ago; ready after 10:00 of the next
    :raise NotFound: nothing happened on that day
    :raise Unfinished: the bill is being made; ask again in half an hour
    :raise WireError: see the package's errors
    """
    if kind not in _REQUESTS:
        raise InvalidArgument(f'WeChat Pay has no bill {kind}.')
    path, choice = _REQUESTS[kind]
    query = [('bill_date', day.strftime('%Y-%m-%d')), choice]
    if connection.packed_bills:
        query.append(('tar_type', 'GZIP'))
    source = parsing.load_object(connection.call('GET', f'{path}?{urlencode(query)}'))
    if parsing.text(source, 'hash_type').upper() != 'SHA1':
        raise Malformed('The sum of the bill is of another kind than SHA1.')
    digest = parsing.text(source, 'hash_value')
    origin, target = _split_url(connection, parsing.text(source, 'download_url'))
    download = Download(write)
    connection.download(origin, target, download, timeout=TIMEOUT)
    download.finish()
    if download.page or not download.has_sha1(digest):
        # A packed bill is said to have the sum of its text; the pages are silent on that.
        raise UnknownOutcome('The bill was altered on its way.', code='BAD_SUM')


def _split_url(connection: Connection, url: str) -> tuple[str, str]:
    """Return origin and target of the address, which is used as it was given."""
    parts = urlsplit(url)
    origin = f'{parts.scheme}://{parts.netloc}'
    if not parts.netloc or (parts.scheme != 'https' and origin != connection.base_url):
        raise Malformed('The bill lies at an address that is not safe.')
    return origin, url.removeprefix(origin)
