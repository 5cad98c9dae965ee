"""Prepay in the four scenes in which the payer acts. Source: spec/wechat_pay_v3.md §5."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ..credentials import APPS
from ..state import Sandbox
from . import book
from .auth import Call
from .fields import Flag, Group, Many, Spec, Text, Whole, check, check_notify_url, param_error
from .state import AUTO_CLOSE_SECONDS, Prepay

OUT_TRADE_NO = r'[0-9A-Za-z_\-*|]+'
LEAST_SECONDS = 60.0
_RFC3339 = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)'

_GOODS = Group(
    {
        'merchant_goods_id': Text(32, required=True),
        'wechatpay_goods_id': Text(32),
        'goods_name': Text(256),
        'quantity': Whole(1, required=True),
        'unit_price': Whole(0, required=True),
    }
)
_STORE = Group(
    {
        'id': Text(32, required=True),
        'name': Text(256),
        'area_code': Text(32),
        'address': Text(512),
    }
)
DETAIL = Group(
    MappingProxyType(
        {'cost_price': Whole(0), 'invoice_id': Text(32), 'goods_detail': Many(_GOODS)}
    ),
    biggest=6144,
)
# What every way to pay has in common, code payment included.
COMMON: Mapping[str, Spec] = MappingProxyType(
    {
        'appid': Text(32, required=True),
        'mchid': Text(32, required=True),
        'description': Text(127, required=True),
        'out_trade_no': Text(32, required=True, shortest=6, pattern=OUT_TRADE_NO),
        'attach': Text(128),
        'goods_tag': Text(32),
        'support_fapiao': Flag(),
        'amount': Group(
            {'total': Whole(1, required=True), 'currency': Text(16, choices=frozenset({'CNY'}))},
            required=True,
        ),
        'detail': DETAIL,
        'settle_info': Group({'profit_sharing': Flag()}),
    }
)
_PREPAY: Mapping[str, Spec] = {
    **COMMON,
    'time_expire': Text(64, pattern=_RFC3339),
    'notify_url': Text(255, required=True),
    'limit_pay': Many(
        Text(32, choices=frozenset({'no_balance', 'no_credit', 'no_debit', 'balance_only'}))
    ),
}
_SCENE: Mapping[str, Spec] = {
    'payer_client_ip': Text(45, required=True),
    'device_id': Text(32),
    'store_info': _STORE,
}
_H5_INFO = Group(
    {
        'type': Text(32, required=True, choices=frozenset({'Wap', 'iOS', 'Android'})),
        'app_name': Text(64),
        'app_url': Text(128),
        'bundle_id': Text(128),
        'package_name': Text(128),
    },
    required=True,
)


@dataclass(frozen=True)
class Scene:
    """One prepay endpoint: its trade type, its body, and what its answer calls the result."""

    trade_type: str
    body: Group
    result: str = 'prepay_id'


_ANY = Group({**_PREPAY, 'scene_info': Group(_SCENE)})
SCENES = MappingProxyType(
    {
        'jsapi': Scene(
            'JSAPI',
            Group(
                {
                    **_ANY.fields,
                    'payer': Group({'openid': Text(128, required=True)}, required=True),
                }
            ),
        ),
        'app': Scene('APP', _ANY),
        'native': Scene('NATIVE', _ANY, 'code_url'),
        'h5': Scene(
            'MWEB',
            Group({**_PREPAY, 'scene_info': Group({**_SCENE, 'h5_info': _H5_INFO}, required=True)}),
            'h5_url',
        ),
    }
)


async def prepay(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Make the order, or a new payment session for the same order."""
    scene, body = SCENES[call.path['scene']], call.body
    check_merchant(call)
    check(body, scene.body)
    check_notify_url(body['notify_url'], sandbox.options.local_hosts)
    _check_address(body)
    check_app(call)
    openid = body.get('payer', {}).get('openid', '')
    if openid and sandbox.wechat.known(body['appid'], openid) is None:
        raise param_error('/payer/openid', openid, '无效的openid')
    wanted = book.new_order(
        sandbox,
        body,
        _seconds_to_pay(body.get('time_expire')),
        trade_type=scene.trade_type,
        notify_url=body['notify_url'],
        openid=openid,
        **order_values(call),
    )
    session = book.open_session(sandbox, book.place(sandbox, wanted))
    return {scene.result: _result(sandbox, session, call.called_at)}


def check_merchant(call: Call) -> None:
    """Refuse a body of another merchant than the one who signs."""
    mchid = call.body.get('mchid', call.merchant.mchid)
    if mchid != call.merchant.mchid:
        raise param_error('/mchid', mchid, '商户号与Authorization中的mchid不一致')


def check_app(call: Call) -> None:
    """Refuse an app that does not exist or is not the merchant's."""
    if call.body['appid'] not in APPS:
        raise param_error('/appid', call.body['appid'], 'appid不存在')
    book.check_app(call.merchant, call.body['appid'])


def order_values(call: Call) -> dict[str, Any]:
    """Return what an order takes from a v3 body in every scene."""
    body = call.body
    return {
        'mchid': body['mchid'],
        'appid': body['appid'],
        'out_trade_no': body['out_trade_no'],
        'total': body['amount']['total'],
        'description': body['description'],
        'attach': body.get('attach', ''),
        'device_id': body.get('scene_info', {}).get('device_id', ''),
        'client_ip': body.get('scene_info', {}).get('payer_client_ip', ''),
        'signer_serial': call.signer.serial,
    }


def _check_address(body: dict[str, Any]) -> None:
    address = body.get('scene_info', {}).get('payer_client_ip')
    if address is None:
        return
    try:
        ipaddress.ip_address(address)
    except ValueError as error:
        raise param_error('/scene_info/payer_client_ip', address, 'IP地址格式错误') from error


def _result(sandbox: Sandbox, session: Prepay, called_at: str) -> str:
    if session.order.trade_type == 'NATIVE':
        return session.code_url
    if session.order.trade_type == 'MWEB':
        return book.web_address(sandbox, session, called_at)
    return session.prepay_id


def _seconds_to_pay(time_expire: str | None) -> float:
    """Return how long the order can be paid, clamped silently to 1 minute … 7 days."""
    if time_expire is None:
        return AUTO_CLOSE_SECONDS
    try:
        moment = datetime.fromisoformat(re.sub(r'(\.\d{6})\d+', r'\1', time_expire))
    except ValueError as error:
        raise param_error('/time_expire', time_expire, '时间格式错误') from error
    return min(max(moment.timestamp() - time.time(), LEAST_SECONDS), AUTO_CLOSE_SECONDS)
