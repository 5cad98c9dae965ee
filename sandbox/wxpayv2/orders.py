"""unifiedorder, orderquery, closeorder. Source: spec/wechat_pay_v2.md §3."""

from __future__ import annotations

import json
import time
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ..state import Sandbox
from ..wxpay import book
from ..wxpay.answers import BEIJING, WxpayError
from ..wxpay.fields import check_notify_url
from ..wxpay.prepay import LEAST_SECONDS
from ..wxpay.reasons import Declined, Reason
from ..wxpay.state import AUTO_CLOSE_SECONDS, Order
from .answers import V2Error
from .kernel import Call, Field
from .shown import COMPACT_STAMP, order_fields

FEN = r'[1-9]\d{0,9}'
_NUMBER = r'[0-9A-Za-z_\-|*@]+'
_MOMENT = r'\d{14}'
# What unifiedorder and micropay have in common.
ORDER_FIELDS = MappingProxyType(
    {
        'device_info': Field(32),
        'body': Field(128 * 3, required=True),
        'detail': Field(6000),
        'attach': Field(127 * 3),
        'out_trade_no': Field(32, required=True, pattern=_NUMBER),
        'fee_type': Field(16, pattern='CNY'),
        'total_fee': Field(10, required=True, pattern=FEN),
        'spbill_create_ip': Field(64, required=True, pattern=r'[0-9A-Fa-f.:]+'),
        'time_start': Field(14, pattern=_MOMENT),
        'time_expire': Field(14, pattern=_MOMENT),
        'goods_tag': Field(32),
        'limit_pay': Field(32, pattern='no_credit'),
        'receipt': Field(8, pattern='Y'),
        'profit_sharing': Field(16, pattern='[YN]'),
    }
)
UNIFIED_FIELDS = MappingProxyType(
    {
        **ORDER_FIELDS,
        'notify_url': Field(256, required=True),
        'trade_type': Field(16, required=True, pattern='JSAPI|NATIVE|APP|MWEB'),
        'product_id': Field(32),
        'openid': Field(128),
        'scene_info': Field(256),
    }
)
NUMBER_FIELDS = MappingProxyType(
    {'out_trade_no': Field(32, pattern=_NUMBER), 'transaction_id': Field(32)}
)
CLOSE_FIELDS = MappingProxyType({'out_trade_no': Field(32, required=True, pattern=_NUMBER)})


async def unified_order(sandbox: Sandbox, call: Call) -> dict[str, str]:
    """Make the order, or a new payment session for the same order."""
    fields = call.fields
    _check_scene(sandbox, fields)
    try:
        check_notify_url(fields['notify_url'], sandbox.options.local_hosts)
    except WxpayError as error:
        raise V2Error('PARAM_ERROR', 'notify_url参数错误') from error
    wanted = book.new_order(
        sandbox,
        terms_of(call),
        _seconds_to_pay(fields.get('time_expire')),
        trade_type=fields['trade_type'],
        notify_url=fields['notify_url'],
        openid=fields['openid'] if fields['trade_type'] == 'JSAPI' else '',
        **order_values(call),
    )
    session = book.open_session(sandbox, book.place(sandbox, wanted))
    result = {'trade_type': fields['trade_type'], 'prepay_id': session.prepay_id}
    if session.code_url:
        result['code_url'] = session.code_url
    if session.package:
        result['mweb_url'] = book.web_address(sandbox, session, call.called_at)
    return result


def terms_of(call: Call) -> dict[str, Any]:
    """Return what has to be the same when the call is repeated."""
    chance = ('nonce_str', 'sign', 'sign_type')
    return {name: value for name, value in call.fields.items() if name not in chance}


def order_values(call: Call) -> dict[str, Any]:
    """Return what an order takes from the fields of every way to pay."""
    fields = call.fields
    return {
        'mchid': call.merchant.mchid,
        'appid': fields['appid'],
        'out_trade_no': fields['out_trade_no'],
        'total': call.number('total_fee'),
        'description': fields['body'],
        'attach': fields.get('attach', ''),
        'device_id': fields.get('device_info', ''),
        'client_ip': fields['spbill_create_ip'],
        'api': 'v2',
        'sign_type': call.sign_type,
    }


def _check_scene(sandbox: Sandbox, fields: Any) -> None:
    """Check what one trade type wants and the others do not."""
    kind = fields['trade_type']
    if kind == 'JSAPI':
        if 'openid' not in fields:
            raise V2Error('LACK_PARAMS', 'JSAPI支付必须传openid')
        if sandbox.wechat.known(fields['appid'], fields['openid']) is None:
            raise V2Error('PARAM_ERROR', 'appid和openid不匹配')
    if kind == 'NATIVE' and 'product_id' not in fields:
        raise V2Error('LACK_PARAMS', 'NATIVE支付必须传product_id')
    if kind == 'MWEB' and not _is_scene(fields.get('scene_info', '')):
        raise V2Error('LACK_PARAMS', 'H5支付必须传scene_info')


def _is_scene(text: str) -> bool:
    try:
        scene = json.loads(text)
    except ValueError:
        return False
    return isinstance(scene, dict) and isinstance(scene.get('h5_info'), dict)


def _seconds_to_pay(time_expire: str | None) -> float:
    """Return how long the order can be paid; the time is Beijing's."""
    if time_expire is None:
        return AUTO_CLOSE_SECONDS
    try:
        moment = datetime.strptime(time_expire, COMPACT_STAMP).replace(tzinfo=BEIJING)
    except ValueError as error:
        raise V2Error('PARAM_ERROR', 'time_expire时间格式错误') from error
    seconds = moment.timestamp() - time.time()
    if seconds < LEAST_SECONDS - 1:
        raise V2Error('PARAM_ERROR', 'time_expire时间过短，刷卡至少1分钟，其他5分钟')
    return min(seconds, AUTO_CLOSE_SECONDS)


def find(sandbox: Sandbox, call: Call) -> Order:
    """Return the order that either number names."""
    mchid = call.merchant.mchid
    if 'transaction_id' in call.fields:
        order = sandbox.wxpay.by_transaction(mchid, call.fields['transaction_id'])
        if order is None:
            raise Declined(Reason.ORDER_UNKNOWN)
        return order
    if 'out_trade_no' not in call.fields:
        raise V2Error('LACK_PARAMS', '缺少参数out_trade_no')
    return book.find(sandbox, mchid, call.fields['out_trade_no'])


async def order_query(sandbox: Sandbox, call: Call) -> dict[str, str]:
    """Return an order in any state."""
    return order_fields(find(sandbox, call))


async def close_order(sandbox: Sandbox, call: Call) -> dict[str, str]:
    """Close an unpaid order that is old enough."""
    order = find(sandbox, call)
    if order.trade_state == 'CLOSED':
        # Unlike v3, where a repeat is no error.
        raise Declined(Reason.ORDER_CLOSED)
    age = sandbox.clock.now() - order.created
    young = age < sandbox.wxpay.merchant(order.mchid).close_after
    if order.trade_state == 'NOTPAY' and not order.by_code and young:
        raise V2Error('SYSTEMERROR', '订单生成后5分钟内不能关单，请稍后再试')
    book.close(sandbox, order, 'wxpayv2.closeorder')
    return {}
