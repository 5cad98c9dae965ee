"""Orders and refunds as v3 shows them. Source: spec/wechat_pay_v3.md §6, §8."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from .state import Order, Refund

STATE_TEXTS = MappingProxyType(
    {
        'SUCCESS': '支付成功',
        'REFUND': '订单发生过退款，退款详情请查询退款单',
        'NOTPAY': '订单未支付',
        'CLOSED': '订单已关闭',
        'REVOKED': '订单已撤销',
        'USERPAYING': '需要用户输入支付密码',
        'PAYERROR': '支付失败，请重新下单支付',
    }
)


def as_transaction(order: Order) -> dict[str, Any]:
    """Return the order as queries and notices show it."""
    shown: dict[str, Any] = {
        'appid': order.appid,
        'mchid': order.mchid,
        'out_trade_no': order.out_trade_no,
        'trade_state': order.trade_state,
        'trade_state_desc': STATE_TEXTS[order.trade_state],
        'attach': order.attach,
        'amount': {'total': order.total, 'currency': 'CNY', 'payer_currency': 'CNY'},
        'promotion_detail': [],
    }
    if order.transaction_id:
        shown |= {
            'transaction_id': order.transaction_id,
            'trade_type': order.trade_type,
            'bank_type': 'OTHERS',
            'success_time': order.success_time,
            'payer': {'openid': order.openid},
        }
        shown['amount']['payer_total'] = order.total
    if order.device_id:
        shown['scene_info'] = {'device_id': order.device_id}
    return shown


def as_refund(refund: Refund) -> dict[str, Any]:
    """Return a refund as call and query show it."""
    shown: dict[str, Any] = {
        'refund_id': refund.refund_id,
        'out_refund_no': refund.out_refund_no,
        'transaction_id': refund.order.transaction_id,
        'out_trade_no': refund.order.out_trade_no,
        'channel': 'ORIGINAL',
        'user_received_account': refund.user_account,
        'create_time': refund.create_time,
        'status': refund.status,
        'funds_account': refund.terms.get('funds_account', 'AVAILABLE'),
        'amount': {
            'total': refund.order.total,
            'refund': refund.amount,
            'payer_total': refund.order.total,
            'payer_refund': refund.amount,
            'settlement_refund': refund.amount,
            'settlement_total': refund.order.total,
            'discount_refund': 0,
            'currency': 'CNY',
            'from': refund.terms.get('amount', {}).get('from', []),
        },
        'promotion_detail': [],
    }
    if refund.success_time:
        shown['success_time'] = refund.success_time
    return shown
