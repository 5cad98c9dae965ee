"""The methods that take money, ask for it and give up.

Source: spec/alipay.md §5.2–§5.5, §7, §9 (4).
"""

from __future__ import annotations

from typing import Any

from ..state import Sandbox
from . import fields, trades
from .answers import AlipayError, failed, wire_time, yuan
from .auth import Call
from .refunds import give_back
from .state import CLOSED, PRECREATED, SUCCESS, WAITING, Trade
from .trades import find

# What becomes of a charge by the last two digits of the payer's code.
PAYS_LATER, NEVER_PAYS, BAD_CODE, POOR = '01', '02', '03', '04'
PAID_UNTOLD, NOT_CREATED, CUT_OFF, LEAVES = '05', '06', '07', '08'
LATER_SECONDS = 10.0
CANCEL_SECONDS = 86400.0


class CutOff(Exception):
    """The call took effect and the connection is to be cut."""


def _numbers(trade: Trade) -> dict[str, Any]:
    return {'out_trade_no': trade.out_trade_no, 'trade_no': trade.trade_no}


def _buyer(trade: Trade) -> dict[str, Any]:
    return {'buyer_logon_id': '159****5620', 'buyer_user_id': trade.buyer}


async def precreate(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return a code to scan; there is no trade before somebody does."""
    trade = trades.place(sandbox, call, 'qr')
    address = f'{call.base_url}/alipay/qr/{trade.token}'
    return {'out_trade_no': trade.out_trade_no, 'qr_code': address}


async def charge(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Take the payment of a code that the merchant scanned."""
    code = fields.auth_code(call)
    ending = code[-2:]
    number = fields.number(call)
    if ending == NOT_CREATED:
        raise AlipayError('20000', 'isp.unknow-error', '系统繁忙')
    if ending == BAD_CODE or sandbox.alipay.used_codes.get(code, number) != number:
        raise failed(
            'PAYMENT_AUTH_CODE_INVALID',
            '支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款',
        )
    trade = trades.place(sandbox, call, 'code')
    sandbox.alipay.used_codes[code] = number
    is_new = not trade.exists
    trades.open_trade(sandbox, trade)
    if ending == POOR:
        raise failed('BUYER_BALANCE_NOT_ENOUGH', '买家余额不足')
    if ending in (PAYS_LATER, NEVER_PAYS, LEAVES):
        if is_new:
            _leave_to_payer(sandbox, trade, ending)
        return {'code': '10003', **_numbers(trade), **_buyer(trade), **_amounts(trade)}
    trades.pay(sandbox, trade)
    if ending == PAID_UNTOLD:
        raise AlipayError('20000', 'aop.ACQ.SYSTEM_ERROR', '系统异常')
    if ending == CUT_OFF:
        raise CutOff
    paid_at = wire_time(trade.paid_wall)
    return {**_numbers(trade), **_buyer(trade), **_amounts(trade), 'gmt_payment': paid_at}


def _leave_to_payer(sandbox: Sandbox, trade: Trade, ending: str) -> None:
    async def act() -> None:
        if trade.status != WAITING:
            return
        if ending == PAYS_LATER:
            trades.pay(sandbox, trade)
        else:
            trades.expire(sandbox, trade)

    if ending != NEVER_PAYS:
        sandbox.scheduler.call_later(LATER_SECONDS, act, f'payer of {trade.out_trade_no}')


def _amounts(trade: Trade) -> dict[str, Any]:
    amount = yuan(trade.total)
    return {
        'total_amount': amount,
        'receipt_amount': amount,
        'buyer_pay_amount': amount,
        'point_amount': '0.00',
        'invoice_amount': amount,
        'fund_bill_list': [{'fund_channel': 'ALIPAYACCOUNT', 'amount': amount}],
        'store_name': '演示/{门店}"一\\',
    }


async def query(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return a trade in any state but the invisible one."""
    trade = find(sandbox, call)
    shown = {**_numbers(trade), **_buyer(trade), **_amounts(trade)}
    shown |= {'trade_status': trade.status, 'subject': trade.content['subject']}
    if trade.paid:
        shown['send_pay_date'] = wire_time(trade.paid_wall)
    else:
        del shown['fund_bill_list']
        shown |= {'receipt_amount': '0.00', 'buyer_pay_amount': '0.00', 'invoice_amount': '0.00'}
    return shown


async def close(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Close an unpaid trade."""
    trade = find(sandbox, call)
    trades.close(sandbox, trade)
    return _numbers(trade)


async def cancel(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """End an attempt face to face: unpaid is closed, paid is paid back."""
    trade = sandbox.alipay.trades.get((call.app.app_id, call.text('out_trade_no')))
    if call.text('trade_no'):
        trade = find(sandbox, call)
    if trade is None or trade.status == PRECREATED:
        if trade is not None:
            trades.expire(sandbox, trade)
        return {'out_trade_no': call.text('out_trade_no'), 'retry_flag': 'N'}
    _check_cancel(sandbox, trade)
    shown = {**_numbers(trade), 'retry_flag': 'N'}
    if sandbox.faults.take(
        {'reverse_recall'}, 'alipay.cancel', trade.out_trade_no, trade.app.app_id
    ):
        return shown | {'retry_flag': 'Y'}
    if trade.status == WAITING:
        trades.end(sandbox, trade, 'alipay.cancel')
        return shown | {'action': 'close'}
    if trade.status == SUCCESS:
        left = trade.total - trade.refunded
        give_back(sandbox, trade, f'CANCEL{trade.out_trade_no}'[:64], left, tell=False)
        return shown | {'action': 'refund'}
    return shown | {'action': 'refund' if trade.paid else 'close'}


def _check_cancel(sandbox: Sandbox, trade: Trade) -> None:
    if trade.kind not in ('code', 'qr'):
        raise failed('CANCEL_NOT_ALLOWED', '不允许撤销')
    if sandbox.clock.now() - trade.created > CANCEL_SECONDS:
        raise failed('TRADE_CANCEL_TIME_OUT', '超过撤销时间范围')
    if trade.status not in (WAITING, SUCCESS, CLOSED):
        raise failed('TRADE_HAS_FINISHED', '交易已经结束')
