"""Download of bills, which have the lines of v3. Source: spec/wechat_pay_v2.md §3."""

import datetime
from collections.abc import Callable
from types import MappingProxyType

from ..bills import TRADE
from ..download import Download
from ..errors import InvalidArgument, NotFound, Unfinished, UnknownOutcome, WireError
from ..wxpay_v3.bill_lines import read_fund_bill, read_trade_bill
from . import replies, xml
from .exchange import Connection

__all__ = ['fetch_bill', 'read_fund_bill', 'read_trade_bill']

TIMEOUT = 60.0

# A refusal has only words, of which live and printed spellings differ in case.
_REFUSALS: MappingProxyType[str, type[WireError]] = MappingProxyType(
    {
        'no bill exist': NotFound,
        'bill creating': Unfinished,
        'compressgzip error': UnknownOutcome,
        'uncompressgzip error': UnknownOutcome,
    }
)


def fetch_bill(
    connection: Connection, kind: str, day: datetime.date, write: Callable[[bytes], None]
) -> None:
    """Let the plain text of a day's bill run into `write`; after an error drop what came.

    There is no sum on this wire: the totals in the bill tell whether it is whole.

    :param kind: `bills.TRADE`; the flow of funds is a matter of v3
    :param day: a past day of Beijing; ready after 10:00 of the next
    :raise NotFound: nothing happened on that day
    :raise Unfinished: the bill is being made; ask again in half an hour
    :raise WireError: see the package's errors
    """
    if kind != TRADE:
        raise InvalidArgument(f'WeChat Pay v2 has no bill {kind}.')
    fields = {
        'bill_date': day.strftime('%Y%m%d'),
        'bill_type': 'ALL',
        'tar_type': 'GZIP' if connection.packed_bills else '',
    }
    download = Download(write)
    connection.download('/pay/downloadbill', fields, download, timeout=TIMEOUT)
    download.finish()
    if download.page:
        raise _read_refusal(download.page)


def _read_refusal(page: bytes) -> WireError:
    message = xml.read(page).get('return_msg', '')
    kind = _REFUSALS.get(message.strip().casefold())
    return kind(message, http_status=200) if kind else replies.read_return_message(message)
