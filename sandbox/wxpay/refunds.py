"""Refunds and their query. Source: spec/wechat_pay_v3.md §8."""

from __future__ import annotations

from typing import Any

from ..faults import OUTCOME_FAULTS
from ..state import Sandbox, digits
from .answers import WxpayError, wire_time
from .auth import Call
from .fields import Group, Many, Text, Whole, check, check_notify_url, param_error
from .notices import announce_refund
from .state import Order, Refund

MAX_REFUNDS = 50
GAP_SECONDS = 60.0
MAX_AGE_SECONDS = 365 * 86400.0
OUT_REFUND_NO = r'[0-9A-Za-z_\-|*@]+'

BODY = Group(
    {
        'transaction_id': Text(32),
        'out_trade_no': Text(32),
        'out_refund_no': Text(64, required=True, pattern=OUT_REFUND_NO, unit='bytes'),
        'reason': Text(80),
        'notify_url': Text(256),
        'funds_account': Text(32, choices=frozenset({'AVAILABLE', 'UNSETTLED'})),
        'amount': Group(
            {
                'refund': Whole(1, required=True),
                'total': Whole(1, required=True),
                'currency': Text(16, required=True, choices=frozenset({'CNY'})),
                'from': Many(
                    Group(
                        {
                            'account': Text(
                                32, required=True, choices=frozenset({'AVAILABLE', 'UNAVAILABLE'})
                            ),
                            'amount': Whole(1, required=True),
                        }
                    )
                ),
            },
            required=True,
        ),
        'goods_detail': Many(
            Group(
                {
                    'merchant_goods_id': Text(32, required=True),
                    'wechatpay_goods_id': Text(32),
                    'goods_name': Text(256),
                    'unit_price': Whole(0, required=True),
                    'refund_amount': Whole(0, required=True),
                    'refund_quantity': Whole(1, required=True),
                }
            )
        ),
    }
)


async def refund(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Accept a refund, or show the one that has this number."""
    body = call.body
    check(body, BODY)
    if ('transaction_id' in body) == ('out_trade_no' in body):
        raise param_error('/transaction_id', None, '微信支付订单号和商户订单号二选一')
    if 'notify_url' in body:
        check_notify_url(body['notify_url'], sandbox.options.local_hosts)
    key = (call.merchant.mchid, body['out_refund_no'])
    known = sandbox.wxpay.refunds.get(key)
    if known is not None:
        if known.parameters != body:
            raise WxpayError(400, 'INVALID_REQUEST', '请求重入时，参数与首次请求时不一致')
        return as_refund(known)
    order = _find_order(sandbox, call)
    _check_amounts(order, body)
    _check_limits(sandbox, order, body)
    return as_refund(_accept(sandbox, order, call))


def _find_order(sandbox: Sandbox, call: Call) -> Order:
    if 'transaction_id' in call.body:
        order = sandbox.wxpay.by_transaction(call.body['transaction_id'])
    else:
        order = sandbox.wxpay.orders.get((call.merchant.mchid, call.body['out_trade_no']))
    if order is None or not order.transaction_id:
        raise WxpayError(404, 'RESOURCE_NOT_EXISTS', '订单不存在，请检查订单号是否正确')
    return order


def _check_amounts(order: Order, body: dict[str, Any]) -> None:
    amount = body['amount']
    if amount['total'] != order.total:
        raise WxpayError(400, 'INVALID_REQUEST', '订单金额或退款金额与之前请求不一致，请核实后再试')
    done = sum(refund.amount for refund in order.refunds if refund.status != 'CLOSED')
    if done + amount['refund'] > order.total:
        raise WxpayError(400, 'INVALID_REQUEST', '申请退款金额大于订单可退金额')
    sources = amount.get('from')
    if sources and sum(source['amount'] for source in sources) != amount['refund']:
        raise WxpayError(400, 'INVALID_REQUEST', '出资账户金额之和与退款金额不一致')


def _check_limits(sandbox: Sandbox, order: Order, body: dict[str, Any]) -> None:
    now = sandbox.clock.now()
    if now - order.paid_at > MAX_AGE_SECONDS:
        raise WxpayError(400, 'INVALID_REQUEST', '订单已经超过可退款的最大期限')
    if len(order.refunds) >= MAX_REFUNDS:
        raise WxpayError(400, 'INVALID_REQUEST', '部分退款次数超过50次')
    if order.refunds and now - order.refunds[-1].created < GAP_SECONDS:
        raise WxpayError(429, 'FREQUENCY_LIMITED', '同一订单多次部分退款需间隔1分钟')
    funds = sandbox.wxpay.funds
    if funds is not None and funds < body['amount']['refund']:
        raise WxpayError(403, 'NOT_ENOUGH', '基本账户余额不足，请充值后重新发起')


def _accept(sandbox: Sandbox, order: Order, call: Call) -> Refund:
    body, state = call.body, sandbox.wxpay
    refund = Refund(
        refund_id=f'503{digits(25)}',
        out_refund_no=body['out_refund_no'],
        order=order,
        parameters=body,
        amount=body['amount']['refund'],
        create_time=wire_time(),
        created=sandbox.clock.now(),
        user_account='支付用户零钱',
        signer_serial=call.signer.serial,
        notify_url=body.get('notify_url', ''),
    )
    state.refunds[(order.mchid, refund.out_refund_no)] = refund
    order.refunds.append(refund)
    order.trade_state = 'REFUND'
    if state.funds is not None:
        state.funds -= refund.amount
    subjects = (refund.out_refund_no, order.out_trade_no, 'wxpay.refund')
    fault = sandbox.faults.take(OUTCOME_FAULTS - {'topup_outcome'}, *subjects)
    status = str(fault.params.get('status', 'ABNORMAL')) if fault else 'SUCCESS'
    seconds = fault.seconds(state.refund_seconds) if fault else state.refund_seconds

    async def settle() -> None:
        finish(sandbox, refund, status)

    sandbox.scheduler.call_later(seconds, settle, f'refund {refund.out_refund_no}')
    return refund


def finish(sandbox: Sandbox, refund: Refund, status: str) -> bool:
    """Bring a refund to an end and tell the shop; ABNORMAL may still become SUCCESS.

    :return: False when the refund had already ended
    """
    if refund.status not in ('PROCESSING', 'ABNORMAL') or refund.status == status:
        return False
    if status == 'PROCESSING':
        return False
    refund.status = status
    if status == 'SUCCESS':
        refund.success_time = wire_time()
    if status == 'CLOSED' and sandbox.wxpay.funds is not None:
        sandbox.wxpay.funds += refund.amount
    announce_refund(sandbox, refund)
    return True


async def refund_query(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return a refund by the merchant's number."""
    refund = sandbox.wxpay.refunds.get((call.merchant.mchid, call.path['out_refund_no']))
    if refund is None:
        raise WxpayError(404, 'RESOURCE_NOT_EXISTS', '退款单不存在')
    return as_refund(refund)


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
        'funds_account': refund.parameters.get('funds_account', 'AVAILABLE'),
        'amount': {
            'total': refund.order.total,
            'refund': refund.amount,
            'payer_total': refund.order.total,
            'payer_refund': refund.amount,
            'settlement_refund': refund.amount,
            'settlement_total': refund.order.total,
            'discount_refund': 0,
            'currency': 'CNY',
            'from': refund.parameters['amount'].get('from', []),
        },
        'promotion_detail': [],
    }
    if refund.success_time:
        shown['success_time'] = refund.success_time
    return shown
