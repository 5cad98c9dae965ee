"""Bills of both versions, and the calls of v3. Source: spec/wechat_pay_v3.md §12."""

from __future__ import annotations

import gzip
import hashlib
import secrets
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from starlette.responses import Response

from ..state import Sandbox
from . import billtext
from .answers import BEIJING, WxpayError, request_id
from .auth import Call
from .billlines import FUND, TRADE, all_lines, lines
from .fields import param_error

READY_AT = time(10, 0)
KEPT_DAYS = 92
LINK_SECONDS = 300.0
# What every merchant had before the sandbox began, for the balance in fund flow bills.
OPENING_FEN = 100_000_00
BILL_TYPES = ('ALL', 'SUCCESS', 'REFUND')
_ACCOUNTS = ('BASIC', 'OPERATION', 'FEES')


class NoBill(Enum):
    """Why there is no bill; the value is the code of v3."""

    NONE = ('NO_STATEMENT_EXIST', '请求的账单文件不存在，当天无交易')
    CREATING = ('STATEMENT_CREATING', '账单正在生成中，请稍后再试')
    DATE = ('INVALID_REQUEST', '账单日期错误，仅支持三个月内、当天以前的账单')


class BillError(Exception):
    """There is no bill; `reason` tells why."""

    def __init__(self, reason: NoBill) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_day(text: str, form: str) -> date | None:
    """Return the day, or nothing when the text does not have the form."""
    try:
        moment = datetime.strptime(text, form).replace(tzinfo=BEIJING)
    except ValueError:
        return None
    # Python takes days and months of one digit as well; WeChat Pay does not.
    return moment.date() if moment.strftime(form) == text else None


def make(sandbox: Sandbox, mchid: str, kind: str, day: date, bill_type: str = 'ALL') -> bytes:
    """Return the bill of a day as plain text.

    :raise BillError: nothing happened that day, not ready yet, or not a day that has bills
    """
    now = datetime.fromtimestamp(sandbox.clock.now(), BEIJING)
    if not now.date() - timedelta(days=KEPT_DAYS) <= day < now.date():
        raise BillError(NoBill.DATE)
    if now < datetime.combine(day + timedelta(days=1), READY_AT, BEIJING):
        raise BillError(NoBill.CREATING)
    found = lines(sandbox, mchid, kind, day)
    if not found:
        raise BillError(NoBill.NONE)
    if kind == TRADE:
        return billtext.trade_bill(found, bill_type)
    return billtext.fund_bill(found, _opening(sandbox, mchid, day))


def _opening(sandbox: Sandbox, mchid: str, day: date) -> int:
    moved = (
        amount if incoming else -amount
        for line, shown_on in all_lines(sandbox, mchid, FUND, day)
        if shown_on < day
        for _kind, incoming, amount in billtext.movements(line)
    )
    return OPENING_FEN + sum(moved)


async def trade_bill(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Offer the trade bill of a day for download."""
    bill_type = _choice(call, 'bill_type', BILL_TYPES)
    return _offer(sandbox, call, TRADE, bill_type)


async def fund_bill(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Offer the fund flow bill of a day for download; only the basic account moves here."""
    if _choice(call, 'account_type', _ACCOUNTS) != 'BASIC':
        raise WxpayError(400, *NoBill.NONE.value)
    return _offer(sandbox, call, FUND, 'ALL')


def _choice(call: Call, name: str, allowed: tuple[str, ...]) -> str:
    value = call.query.get(name, allowed[0])
    if value not in allowed:
        raise param_error(name, value, '取值不在范围内', 'query')
    return value


def _offer(sandbox: Sandbox, call: Call, kind: str, bill_type: str) -> dict[str, Any]:
    text = call.query.get('bill_date', '')
    day = parse_day(text, '%Y-%m-%d')
    if day is None:
        raise param_error('bill_date', text, '格式应为yyyy-MM-DD', 'query')
    packed = 'tar_type' in call.query and _choice(call, 'tar_type', ('GZIP',))
    try:
        plain = make(sandbox, call.merchant.mchid, kind, day, bill_type)
    except BillError as error:
        raise WxpayError(400, *error.reason.value) from error
    token = secrets.token_urlsafe(32)
    content = gzip.compress(plain) if packed else plain
    expires = sandbox.clock.now() + LINK_SECONDS
    sandbox.wxpay.downloads[token] = (call.merchant.mchid, content, expires)
    suffix = '&tartype=gzip' if packed else ''
    return {
        'hash_type': 'SHA1',
        # Over the plain text, packed or not.
        'hash_value': hashlib.sha1(plain, usedforsecurity=False).hexdigest(),
        'download_url': f'{call.called_at.rstrip("/")}/v3/billdownload/file?token={token}{suffix}',
    }


async def download(sandbox: Sandbox, call: Call) -> Response:
    """Hand over the file: the only success that carries no signature."""
    mchid, content, expires = sandbox.wxpay.downloads.get(
        call.query.get('token', ''), ('', b'', 0.0)
    )
    if sandbox.clock.now() > expires:
        raise WxpayError(400, 'INVALID_REQUEST', '账单下载链接无效或已过期')
    if mchid != call.merchant.mchid:
        raise WxpayError(403, 'NO_AUTH', '商户号无权限')
    content = corrupted(sandbox, content, mchid, 'wxpay.bill_download')
    return Response(content, 200, {'Request-ID': request_id()}, 'text/plain')


def corrupted(sandbox: Sandbox, content: bytes, *subjects: str) -> bytes:
    """Return the file without its end when a fault wants it."""
    if sandbox.faults.take({'bill_corrupt'}, *subjects):
        return content[: len(content) * 2 // 3]
    return content
