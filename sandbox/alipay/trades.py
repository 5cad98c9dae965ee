"""The life of a trade: placed, opened, paid, closed. Source: spec/alipay.md §5.2, §9 (3, 5)."""

from __future__ import annotations

import secrets
import time
from datetime import datetime

from ..faults import Fault
from ..state import Sandbox, digits
from . import fields
from .answers import BEIJING, failed
from .auth import Call
from .notices import announce
from .state import CLOSED, FINISHED, PRECREATED, SUCCESS, WAITING, Trade

# Seconds until a payment that raced with a close comes through.
RACE_SECONDS = 5.0


class CashierError(Exception):
    """The payer cannot do this; `args[0]` is what the cashier shows."""


def place(sandbox: Sandbox, call: Call, kind: str) -> Trade:
    """Enter a new order, or return the one this number has when the terms are the same.

    :param kind: page | wap | app | qr | code
    :raise AlipayError: paid, closed, or other terms under the same number
    """
    number, total = fields.number(call), fields.fen(call.content, 'total_amount')
    fields.subject(call)
    opens, lives = fields.lifetimes(call.content)
    if kind == 'qr':
        opens = min(opens, fields.QR_SECONDS)
    key = (call.app.app_id, number)
    known = sandbox.alipay.trades.get(key)
    if known is not None:
        return _again(known, call, total)
    trade = Trade(
        app=call.app,
        out_trade_no=number,
        kind=kind,
        content=call.content,
        total=total,
        token=f'bax{secrets.token_hex(10)}',
        notify_url=call.parameters.get('notify_url', ''),
        return_url=call.parameters.get('return_url', ''),
        deadline=sandbox.clock.now() + opens,
        lifetime=lives,
    )
    sandbox.alipay.trades[key] = trade
    return trade


def _again(known: Trade, call: Call, total: int) -> Trade:
    if known.paid:
        raise failed('TRADE_HAS_SUCCESS', '交易已被支付')
    if known.status == CLOSED:
        raise failed('TRADE_HAS_CLOSE', '交易已经关闭')
    if (known.total, known.content['subject']) != (total, call.content['subject']):
        raise failed('CONTEXT_INCONSISTENT', '交易信息被篡改')
    return known


def find(sandbox: Sandbox, call: Call) -> Trade:
    """Return the trade that a call names; Alipay's number wins.

    :raise AlipayError: no such trade, or none yet
    """
    trade_no, number = call.text('trade_no'), call.text('out_trade_no')
    if not trade_no and not number:
        raise fields.invalid('out_trade_no和trade_no不能同时为空')
    if trade_no:
        trade = sandbox.alipay.by_trade_no(call.app.app_id, trade_no)
    else:
        trade = sandbox.alipay.trades.get((call.app.app_id, number))
    if trade is None or not trade.exists:
        raise failed('TRADE_NOT_EXIST', '交易不存在')
    return trade


def open_trade(sandbox: Sandbox, trade: Trade) -> None:
    """Let the trade begin: somebody scanned the code or entered the cashier.

    :raise CashierError: closed, paid or too late
    """
    check_payable(sandbox, trade)
    if trade.exists:
        return
    now = sandbox.clock.now()
    trade.status, trade.created, trade.created_wall = WAITING, now, time.time()
    trade.trade_no = f'{datetime.now(BEIJING):%Y%m%d}22001{digits(15)}'
    # A relative time begins now; an absolute one is the same as before.
    trade.deadline = now + trade.lifetime if _is_relative(trade) else trade.deadline

    async def run_out() -> None:
        expire(sandbox, trade)

    sandbox.scheduler.call_at(trade.deadline, run_out, f'expiry of {trade.out_trade_no}')
    if sandbox.alipay.notify_waiting:
        announce(sandbox, trade, WAITING)


def _is_relative(trade: Trade) -> bool:
    return 'time_expire' not in trade.content


def check_payable(sandbox: Sandbox, trade: Trade) -> None:
    """Refuse what cannot be paid any more.

    :raise CashierError: paid, closed or too late
    """
    if trade.paid:
        raise CashierError('订单已支付，请勿重复支付')
    if trade.status == CLOSED:
        raise CashierError('交易已经关闭')
    if sandbox.clock.now() > trade.deadline and not trade.paying:
        raise CashierError('订单已过期，请重新下单')


def pay(sandbox: Sandbox, trade: Trade, *, force: bool = False, wall: float | None = None) -> None:
    """Let the money come in and have the shop told.

    :param force: pay even a closed or expired trade: money that arrives late
    :param wall: the machine's time of the payment; now when absent
    :raise CashierError: cannot be paid
    """
    if not force:
        check_payable(sandbox, trade)
    elif trade.paid:
        raise CashierError('订单已支付，请勿重复支付')
    if not trade.exists:
        trade.deadline = max(trade.deadline, sandbox.clock.now())
        open_trade(sandbox, trade)
    trade.status, trade.paying = SUCCESS, False
    trade.paid_wall = time.time() if wall is None else wall
    trade.created_wall = min(trade.created_wall, trade.paid_wall)
    _fund(sandbox, trade, trade.total)
    announce(sandbox, trade, SUCCESS)
    _pay_twin(sandbox, trade)


def _fund(sandbox: Sandbox, trade: Trade, amount: int) -> None:
    funds = sandbox.alipay.funds.get(trade.app.seller_id)
    if funds is not None:
        sandbox.alipay.funds[trade.app.seller_id] = funds + amount


def _pay_twin(sandbox: Sandbox, trade: Trade) -> None:
    """Pay another number of the same purchase as well when a fault wants it."""
    fault = sandbox.faults.take({'double_success'}, trade.out_trade_no, trade.app.app_id)
    if fault is None:
        return
    named = fault.params.get('other')
    for twin in reversed(list(sandbox.alipay.trades.values())):
        alike = (twin.app, twin.total, twin.content['subject']) == (
            trade.app,
            trade.total,
            trade.content['subject'],
        )
        if (twin.out_trade_no == named if named else alike) and not twin.paid:
            pay_later(sandbox, twin, fault.seconds(0.0))
            return


def pay_later(sandbox: Sandbox, trade: Trade, seconds: float) -> None:
    """Have a trade paid after so many seconds, closed or not."""

    async def come_through() -> None:
        if not trade.paid:
            pay(sandbox, trade, force=True)

    sandbox.scheduler.call_later(seconds, come_through, f'late payment {trade.out_trade_no}')


def close(sandbox: Sandbox, trade: Trade) -> None:
    """Close an unpaid trade, unless the payer or a fault comes in between.

    :raise AlipayError: the state does not allow it
    """
    if trade.status != WAITING:
        raise failed('TRADE_STATUS_ERROR', '交易状态不合法')
    race = _take(sandbox, trade, 'close_race', 'alipay.close')
    if race:
        pay_later(sandbox, trade, race.seconds(RACE_SECONDS))
    if race or trade.paying:
        raise failed('REASON_TRADE_STATUS_INVALID', '交易状态异常，用户正在支付')
    end(sandbox, trade, 'alipay.close')


def end(sandbox: Sandbox, trade: Trade, operation: str) -> None:
    """Make an unpaid trade closed; a fault may bring its money later."""
    trade.status, trade.paying, trade.closed_wall = CLOSED, False, time.time()
    late = _take(sandbox, trade, 'late_success', operation)
    if late:
        pay_later(sandbox, trade, late.seconds(RACE_SECONDS))


def _take(sandbox: Sandbox, trade: Trade, fault: str, operation: str) -> Fault | None:
    return sandbox.faults.take({fault}, operation, trade.out_trade_no, trade.app.app_id)


def expire(sandbox: Sandbox, trade: Trade) -> None:
    """Close a trade whose time has run out; the shop is told."""
    if trade.status == PRECREATED:
        trade.deadline = sandbox.clock.now() - 1
    elif trade.status == WAITING and not trade.paying:
        end(sandbox, trade, 'alipay.expire')
        announce(sandbox, trade, CLOSED)


def finish(sandbox: Sandbox, trade: Trade) -> None:
    """End the time for refunds.

    :raise CashierError: not paid
    """
    if trade.status != SUCCESS:
        raise CashierError('交易未支付')
    trade.status = FINISHED
    announce(sandbox, trade, FINISHED)
