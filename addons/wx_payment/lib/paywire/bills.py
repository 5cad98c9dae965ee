"""What a provider's bill says, in one vocabulary, and what reading one takes.

A bill may have a million lines: everything here works on one line after the other.
"""

import codecs
import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from .errors import MalformedLine

# Kinds of bills.
TRADE = 'trade'
FUND = 'fund'

# Kinds of lines.
PAYMENT = 'payment'
REFUND = 'refund'
FEE = 'fee'
OTHER = 'other'

MAX_LINE_BYTES = 64 * 1024

_YUAN = re.compile(r'-?[0-9]{1,13}(?:\.[0-9]{1,6})?', re.ASCII)


@dataclass(frozen=True, slots=True)
class BillLine:
    """One payment or refund of a trade bill.

    :ivar str kind: one of this module's kinds of lines
    :ivar str state: the provider's word for the state of the payment or the refund
    :ivar int amount_fen: amount of the order or of the refund, never negative
    :ivar int fee_fen: what the provider kept; negative where it gave a fee back
    :ivar str raw: the line as it stood in the bill
    """

    kind: str
    trade_time: datetime.datetime
    appid: str
    mchid: str
    out_trade_no: str
    transaction_id: str
    out_refund_no: str
    refund_id: str
    state: str
    amount_fen: int
    fee_fen: int
    currency: str
    raw: str


@dataclass(frozen=True, slots=True)
class FundLine:
    """One movement of the merchant's account with the provider.

    :ivar str kind: one of this module's kinds of lines
    :ivar str business: the provider's words for the kind
    :ivar str number: the provider's number of the movement
    :ivar str business_no: the provider's number of the payment or refund behind it
    :ivar str voucher: the number on the voucher, which is ours where there is one
    :ivar str raw: the line as it stood in the bill
    """

    kind: str
    time: datetime.datetime
    business: str
    number: str
    business_no: str
    voucher: str
    in_fen: int
    out_fen: int
    balance_fen: int
    raw: str


def split_lines(chunks: Iterable[bytes], *, encoding: str = 'utf-8') -> Iterator[str]:
    """Yield the lines of a file, without their ends and without a byte order mark.

    :param chunks: the file, cut anywhere
    :param encoding: of a text in which the byte of a line feed means nothing else
    :raise MalformedLine: a line is endless or in another encoding
    """
    line_no = 0
    pending = b''
    for chunk in chunks:
        *whole, pending = (pending + chunk).split(b'\n')
        for line in whole:
            line_no += 1
            yield _decode(line, line_no, encoding)
        if len(pending) > MAX_LINE_BYTES:
            raise MalformedLine(line_no + 1, 'It does not end.')
    if pending:
        yield _decode(pending, line_no + 1, encoding)


def _decode(line: bytes, line_no: int, encoding: str) -> str:
    if line_no == 1:
        line = line.removeprefix(codecs.BOM_UTF8)
    if len(line) > MAX_LINE_BYTES:
        raise MalformedLine(line_no, 'It is too long.')
    try:
        return line.removesuffix(b'\r').decode(encoding)
    except UnicodeDecodeError as error:
        raise MalformedLine(line_no, f'It is no {encoding} text.') from error


def read_yuan(text: str, line_no: int) -> Decimal:
    """Return an amount in yuan, exactly as it is written.

    :raise MalformedLine: anything but digits, a point and a sign
    """
    if not _YUAN.fullmatch(text):
        raise MalformedLine(line_no, f'{text[:40]!r} is no amount.')
    return Decimal(text)


def read_fen(text: str, line_no: int) -> int:
    """Return an amount in fen that is written in yuan.

    :raise MalformedLine: no amount, or one with parts of a fen
    """
    fen = read_yuan(text, line_no) * 100
    if fen != fen.to_integral_value():
        raise MalformedLine(line_no, f'{text[:40]!r} has parts of a fen.')
    return int(fen)
