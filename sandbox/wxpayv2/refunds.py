"""refund and refundquery. Source: spec/wechat_pay_v2.md §3."""

from __future__ import annotations

from types import MappingProxyType

from ..state import Sandbox
from ..wxpay import refunding
from ..wxpay.answers import WxpayError
from ..wxpay.fields import check_notify_url
from ..wxpay.reasons import Declined, Reason
from ..wxpay.refunding import Wanted
from ..wxpay.refunds import OUT_REFUND_NO
from ..wxpay.state import Refund
from .answers import V2Error
from .kernel import Call, Field
from .orders import FEN, NUMBER_FIELDS, find, terms_of
from .shown import refund_fields, refund_list

MAX_SHOWN = 10
REFUND_FIELDS = MappingProxyType(
    {
        **NUMBER_FIELDS,
        'out_refund_no': Field(64, required=True, pattern=OUT_REFUND_NO),
        'total_fee': Field(10, required=True, pattern=FEN),
        'refund_fee': Field(10, required=True, pattern=FEN),
        'refund_fee_type': Field(8, pattern='CNY'),
        'refund_desc': Field(80 * 3),
        'refund_account': Field(
            30, pattern='REFUND_SOURCE_UNSETTLED_FUNDS|REFUND_SOURCE_RECHARGE_FUNDS'
        ),
        'notify_url': Field(256),
    }
)
QUERY_FIELDS = MappingProxyType(
    {
        **NUMBER_FIELDS,
        'out_refund_no': Field(64),
        'refund_id': Field(32),
        'offset': Field(15, pattern=r'\d+'),
    }
)


async def refund(sandbox: Sandbox, call: Call) -> dict[str, str]:
    """Accept a refund, or show the one that has this number."""
    fields = call.fields
    if ('transaction_id' in fields) == ('out_trade_no' in fields):
        raise V2Error('LACK_PARAMS', 'transaction_id和out_trade_no二选一')
    if 'notify_url' in fields:
        try:
            check_notify_url(fields['notify_url'], sandbox.options.local_hosts)
        except WxpayError as error:
            raise V2Error('PARAM_ERROR', 'notify_url参数错误') from error
    wanted = Wanted(
        out_refund_no=fields['out_refund_no'],
        amount=call.number('refund_fee'),
        total=call.number('total_fee'),
        terms=terms_of(call),
        transaction_id=fields.get('transaction_id', ''),
        out_trade_no=fields.get('out_trade_no', ''),
        notify_url=fields.get('notify_url', ''),
        api='v2',
    )
    return refund_fields(refunding.request(sandbox, call.merchant.mchid, wanted, 'wxpayv2.refund'))


async def refund_query(sandbox: Sandbox, call: Call) -> dict[str, str]:
    """Return one refund, or the refunds of an order from `offset` on."""
    single = _single(sandbox, call)
    if single:
        return refund_list(single.order, [single])
    try:
        order = find(sandbox, call)
    except Declined as declined:
        raise Declined(Reason.REFUND_UNKNOWN) from declined
    begin = int(call.fields.get('offset', 0))
    shown = order.refunds[begin : begin + MAX_SHOWN]
    if not shown:
        raise Declined(Reason.REFUND_UNKNOWN)
    return refund_list(order, shown)


def _single(sandbox: Sandbox, call: Call) -> Refund | None:
    """Return the refund that a number of its own names, if there is such a number."""
    mchid, fields = call.merchant.mchid, call.fields
    if 'refund_id' in fields:
        found = [
            refund
            for key, refund in sandbox.wxpay.refunds.items()
            if key[0] == mchid and refund.refund_id == fields['refund_id']
        ]
        if not found:
            raise Declined(Reason.REFUND_UNKNOWN)
        return found[0]
    if 'out_refund_no' in fields:
        refund = sandbox.wxpay.refunds.get((mchid, fields['out_refund_no']))
        if refund is None:
            raise Declined(Reason.REFUND_UNKNOWN)
        return refund
    return None
