"""Building of request parameters: the texts made here are signed and sent as they are.

Source: spec/alipay.md §1.1, §5.
"""

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidArgument

# Alipay's times are those of Beijing and carry no offset.
BEIJING = datetime.timezone(datetime.timedelta(hours=8))
URL_LIMIT = 256

_NUMBER = re.compile(r'[0-9A-Za-z_]{1,64}', re.ASCII)
_REFUND_NUMBER = re.compile(r'[0-9A-Za-z_\-|*@]{1,64}', re.ASCII)
_AUTH_CODE = re.compile(r'(2[5-9]|30)[0-9]{14,22}', re.ASCII)
_GREATEST_FEN = 100_000_000 * 100
# The first three are asked to be avoided; the others would tear a line of a bill.
_UNWANTED = frozenset('/=&,"')


def dump(payload: Mapping[str, Any]) -> str:
    """Return the compact JSON of the payload without null and empty values."""
    kept = {name: value for name, value in payload.items() if value not in (None, '')}
    return json.dumps(kept, ensure_ascii=False, separators=(',', ':'))


def clean_text(value: str, limit: int) -> str:
    """Return a text of a person as Alipay can take it.

    Characters beyond the basic plane (emoji), lone surrogates and control characters are dropped;
    special characters and runs of white space become one blank.

    :param value: name of a product, for example
    :param limit: greatest number of characters
    """
    kept = ''.join(
        ' ' if char.isspace() or char in _UNWANTED else char
        for char in value
        if (char.isprintable() or char.isspace()) and ord(char) <= 0xFFFF
    )
    return ' '.join(kept.split())[:limit].strip()


def beijing(moment: datetime.datetime) -> str:
    """Return the time as ``yyyy-MM-dd HH:mm:ss`` of Beijing.

    :raise InvalidArgument: the time has no offset
    """
    if moment.tzinfo is None:
        raise InvalidArgument('The time has no offset.')
    return moment.astimezone(BEIJING).strftime('%Y-%m-%d %H:%M:%S')


def yuan(amount_fen: int) -> str:
    """Return the amount in yuan with two decimals.

    :raise InvalidArgument: not a whole number of fen from 1 to 100 million yuan
    """
    if isinstance(amount_fen, bool) or not isinstance(amount_fen, int):
        raise InvalidArgument('An amount is a whole number of fen.')
    if not 1 <= amount_fen <= _GREATEST_FEN:
        raise InvalidArgument('An amount is at least 1 fen and at most 100 million yuan.')
    return f'{amount_fen // 100}.{amount_fen % 100:02d}'


def check_out_trade_no(value: str) -> str:
    """Return our order number.

    :raise InvalidArgument: not 1 to 64 letters, digits or underscores
    """
    if not _NUMBER.fullmatch(value):
        raise InvalidArgument('out_trade_no must be 1 to 64 of digits, letters and _.')
    return value


def check_out_refund_no(value: str) -> str:
    """Return our refund number.

    :raise InvalidArgument: not 1 to 64 of the allowed characters
    """
    if not _REFUND_NUMBER.fullmatch(value):
        raise InvalidArgument('out_refund_no must be 1 to 64 of digits, letters and _-|*@.')
    return value


def check_auth_code(value: str) -> str:
    """Return the code that the customer showed.

    :raise InvalidArgument: no payment code of Alipay
    """
    if not _AUTH_CODE.fullmatch(value):
        raise InvalidArgument('auth_code must be 16 to 24 digits that begin with 25 to 30.')
    return value


def check_url(value: str) -> str:
    """Return an address that Alipay is to call or to send the customer to.

    Plain http is let through for the simulator; the channel decides what it accepts.

    :raise InvalidArgument: no absolute address, or too long
    """
    if not value.startswith(('https://', 'http://')) or len(value) > URL_LIMIT:
        raise InvalidArgument('An address must be absolute and of at most 256 characters.')
    return value
