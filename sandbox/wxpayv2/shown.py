"""Orders and refunds as v2 shows them. Source: spec/wechat_pay_v2.md §3."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType

from ..wxpay.shown import STATE_TEXTS
from ..wxpay.state import Order, Refund

REFUND_STATES = MappingProxyType(
    {
        'SUCCESS': 'SUCCESS',
        'PROCESSING': 'PROCESSING',
        'ABNORMAL': 'CHANGE',
        'CLOSED': 'REFUNDCLOSE',
    }
)
COMPACT_STAMP = '%Y%m%d%H%M%S'
BEIJING_STAMP = '%Y-%m-%d %H:%M:%S'


def stamp(moment: str, form: str) -> str:
    """Return a time of v3, which is Beijing time already, in the form of v2."""
    return datetime.fromisoformat(moment).strftime(form)


def paid_fields(order: Order) -> dict[str, str]:
    """Return what a paid order shows in answers and notices."""
    return {
        'openid': order.openid,
        'is_subscribe': 'N',
        'trade_type': order.trade_type,
        'bank_type': 'OTHERS',
        'total_fee': str(order.total),
        'fee_type': 'CNY',
        'cash_fee': str(order.total),
        'cash_fee_type': 'CNY',
        'transaction_id': order.transaction_id,
        'out_trade_no': order.out_trade_no,
        'attach': order.attach,
        'time_end': stamp(order.success_time, COMPACT_STAMP),
    }


def order_fields(order: Order) -> dict[str, str]:
    """Return an order as a query shows it."""
    shown = {
        'trade_state': order.trade_state,
        'trade_state_desc': STATE_TEXTS[order.trade_state],
        'device_info': order.device_id,
    }
    if order.transaction_id:
        return shown | paid_fields(order)
    return shown | {
        'out_trade_no': order.out_trade_no,
        'attach': order.attach,
        'total_fee': str(order.total),
    }


def refund_fields(refund: Refund) -> dict[str, str]:
    """Return a refund as the call that made it shows it."""
    return {
        'transaction_id': refund.order.transaction_id,
        'out_trade_no': refund.order.out_trade_no,
        'out_refund_no': refund.out_refund_no,
        'refund_id': refund.refund_id,
        'refund_fee': str(refund.amount),
        'total_fee': str(refund.order.total),
        'cash_fee': str(refund.order.total),
        'cash_refund_fee': str(refund.amount),
        'coupon_refund_fee': '0',
        'coupon_refund_count': '0',
    }


def refund_list(order: Order, refunds: list[Refund]) -> dict[str, str]:
    """Return refunds of one order in the flattened lists of the query."""
    shown = {
        'transaction_id': order.transaction_id,
        'out_trade_no': order.out_trade_no,
        'total_fee': str(order.total),
        'cash_fee': str(order.total),
        'fee_type': 'CNY',
        'refund_count': str(len(refunds)),
        'total_refund_count': str(len(order.refunds)),
    }
    for number, refund in enumerate(refunds):
        fields = {
            'out_refund_no': refund.out_refund_no,
            'refund_id': refund.refund_id,
            'refund_channel': 'ORIGINAL',
            'refund_fee': str(refund.amount),
            'refund_status': REFUND_STATES[refund.status],
            'refund_recv_accout': refund.user_account,
        }
        if refund.success_time:
            fields['refund_success_time'] = stamp(refund.success_time, BEIJING_STAMP)
        shown |= {f'{name}_{number}': value for name, value in fields.items()}
    return shown
