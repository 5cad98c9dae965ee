"""What a tester does to the world: clock, faults, books, keys, funds, top-ups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from starlette.requests import Request

from ..credentials import (
    APP,
    PUBLIC_KEY_ID,
    TOPUP_ACCOUNT,
    certificate_signers,
    merchants,
)
from ..faults import FAULTS, Fault
from ..reloadly.course import FINAL, finish
from ..reloadly.reports import as_transaction as as_topup
from ..state import Sandbox
from ..wxpay.billlines import DIFFERENCES, FAULT_OF
from ..wxpay.shown import as_refund, as_transaction
from .kernel import ControlError, need, to_number

Body = dict[str, Any]


async def health(sandbox: Sandbox, _request: Request, _body: Body) -> Body:
    """Tell that the process is up, and the public half of what it knows."""
    return {
        'status': 'ok',
        'clock': {'now': sandbox.clock.now(), 'speed': sandbox.clock.speed},
        'shop_url': sandbox.options.shop_url,
        'appid': APP.appid,
        'mchids': list(merchants()),
        'wechatpay_public_key_id': PUBLIC_KEY_ID,
        'certificate_serials': [signer.serial for signer in certificate_signers()],
        'reloadly_client_id': TOPUP_ACCOUNT.client_id,
    }


async def reset(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Begin anew."""
    sandbox.reset(everything=bool(body.get('everything', False)))
    return {'status': 'ok'}


async def clock(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Change the speed, move on, or just look; moving on waits for what falls due on the way."""
    if 'speed' in body:
        sandbox.scheduler.set_speed(to_number(body, 'speed'))
    if 'advance' in body:
        await sandbox.scheduler.advance(to_number(body, 'advance'))
    elif body.get('settle'):
        await sandbox.scheduler.settle()
    return {
        'now': sandbox.clock.now(),
        'speed': sandbox.clock.speed,
        'waiting': [{'in': due, 'job': name} for due, name in sandbox.scheduler.waiting()],
    }


async def add_fault(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Set a fault."""
    name = need(body, 'fault')
    if name not in FAULTS:
        raise ControlError(400, f'unknown fault {name}; known: {", ".join(sorted(FAULTS))}')
    # An outage is over when it is taken back, or after `lasts` seconds; not by being noticed.
    times = body.get('times', -1 if name == 'outage' or 'lasts' in body else 1)
    if type(times) is not int or times == 0 or times < -1:
        raise ControlError(400, 'times should be a positive number, or -1 for ever')
    if name in FAULT_OF.values() and body.get('difference', 'amount') not in DIFFERENCES:
        raise ControlError(400, f'difference should be one of {", ".join(DIFFERENCES)}')
    target = body.get('target')
    if target is not None and not isinstance(target, str):
        raise ControlError(400, 'target should be a text')
    own = ('fault', 'target', 'times', 'lasts')
    params = {key: value for key, value in body.items() if key not in own}
    fault = sandbox.faults.add(Fault(name, target, times, params))
    if 'lasts' in body:

        async def end() -> None:
            sandbox.faults.remove(fault.id)

        sandbox.scheduler.call_later(to_number(body, 'lasts'), end, f'end of fault {name}')
    return fault.as_record()


async def list_faults(sandbox: Sandbox, _request: Request, _body: Body) -> Body:
    """List the faults that have uses left."""
    return {'items': [fault.as_record() for fault in sandbox.faults.active()]}


async def clear_faults(sandbox: Sandbox, _request: Request, _body: Body) -> Body:
    """Forget every fault."""
    sandbox.faults.clear()
    return {'items': []}


async def remove_fault(sandbox: Sandbox, request: Request, _body: Body) -> Body:
    """Forget one fault."""
    if not sandbox.faults.remove(request.path_params['fault_id']):
        raise ControlError(404, 'unknown fault')
    return {'status': 'ok'}


async def books(sandbox: Sandbox, _request: Request, _body: Body) -> Body:
    """Show everything the companies saw and did."""
    for order in sandbox.wxpay.orders.values():
        order.refresh(sandbox.clock.now())
    return {
        'transactions': [
            {
                **as_transaction(order),
                'openid': order.openid,
                'paying': order.paying,
                'api': order.api,
            }
            for order in sandbox.wxpay.orders.values()
        ],
        'refunds': [as_refund(item) for item in sandbox.wxpay.refunds.values()],
        'topups': [
            {
                **as_topup(item),
                'errorCode': item.error_code or None,
                'history': item.history,
            }
            for item in sandbox.reloadly.topups.values()
        ],
        'balance': float(sandbox.reloadly.balance),
        'notifications': sandbox.books.notifications,
        'messages': sandbox.books.messages,
        'shipping': sandbox.books.shipping,
        'calls': sandbox.books.calls,
    }


async def finish_topup(sandbox: Sandbox, request: Request, body: Body) -> Body:
    """End a top-up now, or reverse one that succeeded."""
    topup = sandbox.reloadly.topups.get(request.path_params['transaction_id'])
    if topup is None:
        raise ControlError(404, 'unknown top-up')
    status = need(body, 'status')
    if status not in FINAL:
        raise ControlError(400, f'status should be one of {", ".join(sorted(FINAL))}')
    code = str(body.get('error_code', 'TRANSACTION_REFUSED_BY_OPERATOR'))
    if not finish(sandbox, topup, status, code):
        raise ControlError(409, f'the top-up is {topup.status}')
    return as_topup(topup)


async def set_reloadly(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Set the supplier's account: balance, webhook address, times; expire its tokens."""
    state = sandbox.reloadly
    if 'balance' in body:
        state.balance = Decimal(str(to_number(body, 'balance')))
    if 'webhook_url' in body:
        state.webhook_url = str(body['webhook_url'] or '')
    if 'gap_seconds' in body:
        state.gap_seconds = to_number(body, 'gap_seconds')
    if 'processing_seconds' in body:
        state.processing_seconds = to_number(body, 'processing_seconds')
    if body.get('expire_tokens'):
        for token in state.tokens.values():
            token.expires = 0.0
    return {
        'balance': float(state.balance),
        'webhook_url': state.webhook_url,
        'gap_seconds': state.gap_seconds,
        'processing_seconds': state.processing_seconds,
    }


async def expire_wechat_tokens(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """End every access token now: as expired (42001), or as replaced by another worker (40001)."""
    replaced = bool(body.get('replaced', False))
    for token in sandbox.wechat.tokens.values():
        token.expires, token.dead = 0.0, replaced
    return {'expired': len(sandbox.wechat.tokens)}
