"""A day's bill: where it is, how it comes, what is in it. Source: spec/alipay.md §5.8."""

import datetime
import tempfile
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from ..bills import FUND, TRADE
from ..errors import InvalidArgument, Malformed, NotFound, Unfinished, UnknownOutcome
from . import archive, parsing, writing
from .exchange import USER_AGENT, Connection

METHOD = 'alipay.data.dataservice.bill.downloadurl.query'
BILL_TYPES = MappingProxyType({TRADE: 'trade', FUND: 'signcustomer'})
# A day's bill is ready at about nine in the morning of the next day.
READY = datetime.timedelta(days=1, hours=10)
TIMEOUT = 60.0

_MEMORY = 1024**2


def fetch_bill(
    connection: Connection, kind: str, day: datetime.date, write: Callable[[bytes], None]
) -> None:
    """Pass the lines of a day's bill on, unpacked, in the encoding `bills.ENCODING`.

    :param connection: with a transport for bills
    :param kind: ``trade`` or ``fund``
    :param day: of Beijing
    :param write: takes the bytes piece by piece; after an error they are worth nothing
    :raise Unfinished: not ready yet
    :raise NotFound: nothing happened that day
    """
    if kind not in BILL_TYPES:
        raise InvalidArgument(f'Alipay has no bill of the kind {kind}.')
    midnight = datetime.datetime.combine(day, datetime.time(), writing.BEIJING)
    if connection.now() < midnight + datetime.timedelta(days=1):
        raise Unfinished('The day is not over.')
    content = {'bill_type': BILL_TYPES[kind], 'bill_date': day.isoformat()}
    try:
        answer = connection.call(METHOD, writing.dump(content))
    except NotFound as error:
        if connection.now() < midnight + READY:
            raise Unfinished('The bill is not ready.', code=error.code) from error
        raise
    # A zip file is read from its end, so it has to be there as a whole.
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY) as file:
        _download(connection, parsing.text(answer, 'bill_download_url'), file.write)
        file.seek(0)
        archive.unpack(file, write)


def _download(connection: Connection, url: str, write: Callable[[bytes], Any]) -> None:
    """Fetch a zip file; its address is good for 30 s and wants no signature."""
    if connection.stream is None:
        raise InvalidArgument('There is no transport for bills.')
    if not url.startswith('https://') and not connection.base_url.startswith('http://'):
        raise Malformed('The address of the bill is not safe.')
    size = 0

    def count(piece: bytes) -> None:
        nonlocal size
        size += len(piece)
        if size > archive.MAX_ZIP_BYTES:
            raise Malformed('The bill is too large.')
        write(piece)

    headers = {'User-Agent': USER_AGENT}
    try:
        reply = connection.stream('GET', url, headers=headers, timeout=TIMEOUT, write=count)
    except OSError as error:
        raise UnknownOutcome('The bill did not arrive.') from error
    if reply.status != 200:
        raise UnknownOutcome('The bill cannot be fetched.', http_status=reply.status)
