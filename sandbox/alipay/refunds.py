"""Refunds, by trade and number. Source: spec/alipay.md §5.6, §5.7, §9 (6)."""

from __future__ import annotations

import time
from typing import Any

from ..faults import Fault
from ..state import Sandbox
from . import fields
from .answers import failed, wire_time, yuan
from .auth import Call
from .notices import announce
from .state import CLOSED, FINISHED, SUCCESS, Refund, Trade
from .trades import find

OUTCOME_SECONDS = 10.0


async def refund(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Give money back; the same number gives nothing a second time."""
    trade = find(sandbox, call)
    amount = fields.fen(call.content, 'refund_amount')
    number = fields.request_number(call.text('out_request_no') or trade.out_trade_no)
    if not call.text('out_request_no') and amount != trade.total:
        raise failed('REFUND_AMT_NOT_EQUAL_TOTAL', '退款金额不等于交易总额')
    known = next((item for item in trade.refunds if item.out_request_no == number), None)
    if known is not None:
        if known.amount != amount:
            raise failed('DISCORDANT_REPEAT_REQUEST', '不一致的请求')
        return _shown(trade, known, moved=False)
    subjects = (number, trade.out_trade_no, 'alipay.refund', trade.app.app_id)
    if sandbox.faults.take({'refund_not_found'}, *subjects):
        # The same request works when it is repeated.
        raise failed('TRADE_NOT_EXIST', '交易不存在')
    _check(sandbox, trade, amount)
    outcome = sandbox.faults.take({'refund_outcome'}, *subjects)
    if outcome:
        return _shown(trade, _delay(sandbox, trade, number, amount, outcome), moved=False)
    done = give_back(sandbox, trade, number, amount, tell=True)
    return _shown(trade, done, moved=True)


def _check(sandbox: Sandbox, trade: Trade, amount: int) -> None:
    if trade.status == FINISHED:
        raise failed('TRADE_HAS_FINISHED', '交易已完结')
    if trade.status == CLOSED:
        raise failed('TRADE_HAS_CLOSE', '交易已关闭')
    if trade.status != SUCCESS:
        raise failed('TRADE_STATUS_ERROR', '交易状态不合法')
    if sum(item.amount for item in trade.refunds) + amount > trade.total:
        raise failed('REASON_TRADE_REFUND_FEE_ERR', '退款金额无效')
    funds = sandbox.alipay.funds.get(trade.app.seller_id)
    if funds is not None and funds < amount:
        raise failed('SELLER_BALANCE_NOT_ENOUGH', '卖家余额不足')


def give_back(sandbox: Sandbox, trade: Trade, number: str, amount: int, *, tell: bool) -> Refund:
    """Move the money back at once.

    :param tell: have the shop told; a cancelled trade is not spoken of
    """
    item = Refund(number, amount)
    trade.refunds.append(item)
    _settle(sandbox, trade, item, tell=tell)
    return item


def _delay(sandbox: Sandbox, trade: Trade, number: str, amount: int, outcome: Fault) -> Refund:
    """Accept a refund whose money moves later, or, with the status CLOSED, never."""
    item = Refund(number, amount)
    trade.refunds.append(item)

    async def settle() -> None:
        if str(outcome.params.get('status', 'SUCCESS')) == 'SUCCESS':
            _settle(sandbox, trade, item, tell=True)
        else:
            # Nothing is left of it: the same number may be asked for again.
            trade.refunds.remove(item)

    seconds = outcome.seconds(OUTCOME_SECONDS)
    sandbox.scheduler.call_later(seconds, settle, f'refund {number}')
    return item


def _settle(sandbox: Sandbox, trade: Trade, item: Refund, *, tell: bool) -> None:
    item.done, item.wall = True, time.time()
    funds = sandbox.alipay.funds.get(trade.app.seller_id)
    if funds is not None:
        sandbox.alipay.funds[trade.app.seller_id] = funds - item.amount
    if trade.refunded == trade.total:
        trade.status, trade.closed_wall = CLOSED, item.wall
    if tell:
        announce(sandbox, trade, 'refund', item)


def _shown(trade: Trade, item: Refund, *, moved: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        'trade_no': trade.trade_no,
        'out_trade_no': trade.out_trade_no,
        'buyer_logon_id': '159****5620',
        'buyer_user_id': trade.buyer,
        'fund_change': 'Y' if moved else 'N',
        'refund_fee': yuan(trade.refunded),
        'send_back_fee': yuan(item.amount if moved else 0),
    }
    if item.done:
        shown['gmt_refund_pay'] = wire_time(item.wall)
    return shown


async def refund_query(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return a refund whose money moved; nothing but the code for any other."""
    trade = find(sandbox, call)
    number = fields.request_number(call.text('out_request_no'))
    item = next((item for item in trade.refunds if item.out_request_no == number), None)
    if item is None or not item.done:
        return {}
    shown: dict[str, Any] = {
        'trade_no': trade.trade_no,
        'out_trade_no': trade.out_trade_no,
        'out_request_no': number,
        'refund_status': 'REFUND_SUCCESS',
        'total_amount': yuan(trade.total),
        'refund_amount': yuan(item.amount),
    }
    if 'gmt_refund_pay' in call.content.get('query_options', []):
        shown['gmt_refund_pay'] = wire_time(item.wall)
    return shown
