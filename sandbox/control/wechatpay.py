"""What a tester does to WeChat Pay: keys, settings of a merchant, refunds, bills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from starlette.requests import Request

from ..credentials import first_merchant, merchants
from ..state import Sandbox, digits
from ..wxpay import refunding
from ..wxpay.reasons import TEXTS, Declined
from ..wxpay.refunding import Wanted
from ..wxpay.shown import as_refund
from .kernel import ControlError, need, to_number

Body = dict[str, Any]

_IN_FORCE = ('first', 'both', 'second')
_KEY_CHOICES = {
    'certificates': _IN_FORCE,
    'public_keys': _IN_FORCE,
    'notices': ('as_request', 'public_key', 'certificate', 'alternate'),
}


def _mchid(body: Body) -> str:
    """Return the merchant a call is about; that of the demo data when it names none."""
    mchid = str(body.get('mchid') or first_merchant().mchid)
    if mchid not in merchants():
        raise ControlError(404, f'unknown mchid {mchid}')
    return mchid


async def finish_refund(sandbox: Sandbox, request: Request, body: Body) -> Body:
    """End a refund now."""
    number = request.path_params['out_refund_no']
    found = [item for key, item in sandbox.wxpay.refunds.items() if key[1] == number]
    if not found:
        raise ControlError(404, 'unknown refund')
    status = need(body, 'status')
    if status not in ('SUCCESS', 'CLOSED', 'ABNORMAL'):
        raise ControlError(400, 'status should be SUCCESS, CLOSED or ABNORMAL')
    if not refunding.finish(sandbox, found[0], status):
        raise ControlError(409, f'the refund is {found[0].status}')
    return as_refund(found[0])


async def console_refund(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Refund by hand at the merchant's console, which the shop learns from a v2 notice at most."""
    mchid, number = _mchid(body), need(body, 'out_trade_no')
    order = sandbox.wxpay.orders.get((mchid, number))
    if order is None:
        raise ControlError(404, 'unknown order')
    amount = int(to_number(body, 'refund_fen', 1)) if 'refund_fen' in body else order.total
    wanted = Wanted(
        out_refund_no=str(body.get('out_refund_no') or f'CONSOLE{digits(20)}'),
        amount=amount,
        total=order.total,
        terms=dict(body),
        out_trade_no=number,
        source='VENDOR_PLATFORM',
    )
    try:
        return as_refund(refunding.request(sandbox, mchid, wanted, 'console.refund'))
    except Declined as declined:
        raise ControlError(409, TEXTS[declined.reason]) from declined


async def set_keys(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Choose keys in force, the key of notices, and public-key-only mode."""
    policy = sandbox.wxpay.merchant(_mchid(body)).keys
    for name, allowed in _KEY_CHOICES.items():
        if name in body:
            if body[name] not in allowed:
                raise ControlError(400, f'{name} should be one of {", ".join(allowed)}')
            setattr(policy, name, body[name])
    if 'public_key_only' in body:
        policy.public_key_only = bool(body['public_key_only'])
    return {
        'certificates': policy.certificates,
        'public_keys': policy.public_keys,
        'notices': policy.notices,
        'public_key_only': policy.public_key_only,
    }


async def set_merchant(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Set what a merchant has and how it is treated."""
    state = sandbox.wxpay.merchant(_mchid(body))
    if 'funds_fen' in body:
        funds = body['funds_fen']
        state.funds = None if funds is None else int(to_number(body, 'funds_fen'))
    for name in ('refund_seconds', 'close_after'):
        if name in body:
            setattr(state, name, to_number(body, name))
    for name in ('require_certificate', 'strict_client_ip'):
        if name in body:
            setattr(state, name, bool(body[name]))
    if 'fee_rate' in body:
        state.fee_rate = Decimal(str(to_number(body, 'fee_rate')))
    if 'refund_notify_url' in body:
        state.refund_notify_url = str(body['refund_notify_url'] or '')
    return {
        'funds_fen': state.funds,
        'refund_seconds': state.refund_seconds,
        'close_after': state.close_after,
        'require_certificate': state.require_certificate,
        'strict_client_ip': state.strict_client_ip,
        'fee_rate': float(state.fee_rate),
        'refund_notify_url': state.refund_notify_url,
    }


async def bills(sandbox: Sandbox, _request: Request, _body: Body) -> Body:
    """List the differences that faults brought into bills."""
    return {
        'differences': [
            {'bill': kind, 'line': line, **made}
            for (kind, line), made in sandbox.wxpay.differences.items()
        ]
    }
