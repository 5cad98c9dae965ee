"""downloadbill: the text, or a small XML with the reason. Source: spec/wechat_pay_v2.md §3."""

from __future__ import annotations

import gzip
from types import MappingProxyType

from starlette.responses import Response

from ..state import Sandbox
from ..wxpay.billlines import TRADE
from ..wxpay.bills import BILL_TYPES, BillError, NoBill, corrupted, make, parse_day
from .answers import TransportError
from .kernel import Call, Field

FIELDS = MappingProxyType(
    {'bill_date': Field(8), 'bill_type': Field(32), 'tar_type': Field(8), 'device_info': Field(32)}
)
_REASONS = MappingProxyType(
    {
        NoBill.NONE: 'No Bill Exist',
        NoBill.CREATING: 'Bill Creating',
        NoBill.DATE: 'data format error',
    }
)


async def download_bill(sandbox: Sandbox, call: Call) -> Response:
    """Return the trade bill of a day."""
    text, kind = call.fields.get('bill_date'), call.fields.get('bill_type', 'ALL')
    if text is None:
        raise TransportError('missing parameter')
    if kind not in (*BILL_TYPES, 'RECHARGE_REFUND'):
        raise TransportError('invalid bill_type')
    day = parse_day(text, '%Y%m%d')
    if day is None or call.fields.get('tar_type', 'GZIP') != 'GZIP':
        raise TransportError('data format error')
    if kind == 'RECHARGE_REFUND':
        raise TransportError(_REASONS[NoBill.NONE])
    try:
        content = make(sandbox, call.merchant.mchid, TRADE, day, kind)
    except BillError as error:
        raise TransportError(_REASONS[error.reason]) from error
    if 'tar_type' in call.fields:
        content = gzip.compress(content)
    content = corrupted(sandbox, content, call.merchant.mchid, 'wxpayv2.downloadbill')
    return Response(content, media_type='text/plain')
