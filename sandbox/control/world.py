"""What a tester does to the world: clock, faults, books, keys, funds, top-ups."""

from __future__ import annotations

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
from ..reloadly.answers import to_code
from ..reloadly.reports import as_transaction as as_topup
from ..reloadly.state import STATUS
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
        'suppliers': list(sandbox.suppliers),
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
                'errorCode': to_code(item.reason) if item.reason else None,
                'history': [STATUS[state] for state in item.history],
            }
            for item in sandbox.reloadly.topups
        ],
        'balance': float(sandbox.reloadly.balance),
        'notifications': sandbox.books.notifications,
        'messages': sandbox.books.messages,
        'shipping': sandbox.books.shipping,
        'calls': sandbox.books.calls,
    }


async def expire_wechat_tokens(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """End every access token now: as expired (42001), or as replaced by another worker (40001)."""
    replaced = bool(body.get('replaced', False))
    for token in sandbox.wechat.tokens.values():
        token.expires, token.dead = 0.0, replaced
    return {'expired': len(sandbox.wechat.tokens)}
