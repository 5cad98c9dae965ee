"""Building of request bodies: the bytes made here are signed and sent as they are.

Source: spec/wechat_pay_v3.md §1, §17 (5, 20, 27).
"""

import datetime
import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidArgument

# WeChat Pay's business day; its times carry this offset.
BEIJING = datetime.timezone(datetime.timedelta(hours=8))

_OUT_TRADE_NO = re.compile(r'[0-9A-Za-z_\-*|]{6,32}', re.ASCII)
_AUTH_CODE = re.compile(r'1[0-5][0-9]{16}', re.ASCII)
_OUT_REFUND_NO = re.compile(r'[0-9A-Za-z_\-|*@]{1,64}', re.ASCII)


def dump(payload: Mapping[str, Any]) -> bytes:
    """Return the compact UTF-8 JSON of the payload without null and empty values."""
    return json.dumps(_strip(payload), ensure_ascii=False, separators=(',', ':')).encode()


def _strip(value: Any) -> Any:
    if isinstance(value, Mapping):
        stripped = {name: _strip(item) for name, item in value.items()}
        return {name: item for name, item in stripped.items() if not _is_empty(item)}
    if isinstance(value, list | tuple):
        return [_strip(item) for item in value]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or value == '' or value == {} or value == []


def clean_text(value: str, limit: int) -> str:
    """Return the text as WeChat Pay can take it.

    Characters of four UTF-8 bytes (emoji), lone surrogates and control characters are dropped,
    runs of white space become one blank.

    :param value: text of a person, a product name for example
    :param limit: greatest number of characters
    """
    kept = ''.join(
        ' ' if char.isspace() else char
        for char in value
        if (char.isprintable() or char.isspace()) and ord(char) <= 0xFFFF
    )
    return ' '.join(kept.split())[:limit].strip()


def rfc3339(moment: datetime.datetime) -> str:
    """Return the time in seconds with the offset of Beijing.

    :raise InvalidArgument: the time has no offset
    """
    if moment.tzinfo is None:
        raise InvalidArgument('The time has no offset.')
    return moment.astimezone(BEIJING).isoformat(timespec='seconds')


def check_out_trade_no(value: str) -> str:
    """Return our order number.

    :raise InvalidArgument: not 6 to 32 of the allowed characters
    """
    if not _OUT_TRADE_NO.fullmatch(value):
        raise InvalidArgument('out_trade_no must be 6 to 32 of digits, letters and _-*|.')
    return value


def check_out_refund_no(value: str) -> str:
    """Return our refund number.

    :raise InvalidArgument: not 1 to 64 of the allowed characters
    """
    if not _OUT_REFUND_NO.fullmatch(value):
        raise InvalidArgument('out_refund_no must be 1 to 64 of digits, letters and _-|*@.')
    return value


def check_notify_url(value: str, limit: int) -> str:
    """Return the address for notices.

    Plain http is let through for the simulator; the channel decides what it accepts.

    :raise InvalidArgument: no absolute address, a query string, or too long
    """
    if not value.startswith(('https://', 'http://')) or '?' in value or '#' in value:
        raise InvalidArgument('notify_url must be absolute and have no query string.')
    if len(value) > limit:
        raise InvalidArgument('notify_url is too long.')
    return value


def check_amount(amount_fen: int) -> int:
    """Return the amount in fen.

    :raise InvalidArgument: not a whole number of at least 1
    """
    if isinstance(amount_fen, bool) or not isinstance(amount_fen, int) or amount_fen < 1:
        raise InvalidArgument('An amount is a whole number of fen, at least 1.')
    return amount_fen


def check_return_url(value: str) -> str:
    """Return the page to which the customer comes back, '' for none.

    :raise InvalidArgument: no absolute address
    """
    if value and not value.startswith(('https://', 'http://')):
        raise InvalidArgument('return_url must be absolute.')
    return value


def check_ip(value: str) -> str:
    """Return the customer's address, IPv4 or IPv6.

    :raise InvalidArgument: no address
    """
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise InvalidArgument('The address of the customer is needed.') from error


def check_auth_code(value: str) -> str:
    """Return the payment code that the customer shows.

    :raise InvalidArgument: not 18 digits that begin with 10 to 15
    """
    if not _AUTH_CODE.fullmatch(value):
        raise InvalidArgument('This is no payment code of WeChat Pay.')
    return value
