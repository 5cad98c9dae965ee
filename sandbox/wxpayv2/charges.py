"""micropay and reverse. Source: spec/wechat_pay_v2.md §3."""

from __future__ import annotations

from types import MappingProxyType

from ..state import Sandbox
from ..wxpay import book, charging
from ..wxpay.reasons import Declined, Reason
from .answers import V2Error
from .kernel import Call, Field, as_error
from .orders import ORDER_FIELDS, find, order_values, terms_of
from .shown import paid_fields

FIELDS = MappingProxyType(
    {**ORDER_FIELDS, 'auth_code': Field(128, required=True), 'scene_info': Field(256)}
)


async def micropay(sandbox: Sandbox, call: Call) -> dict[str, str]:
    """Charge the payer whose code was scanned."""
    wanted = charging.new_charge(sandbox, terms_of(call), **order_values(call))
    order = charging.charge(sandbox, wanted, call.fields['auth_code'])
    if order.trade_state == 'USERPAYING':
        raise V2Error('USERPAYING', '需要用户输入支付密码')
    return paid_fields(order)


async def reverse(sandbox: Sandbox, call: Call) -> dict[str, str]:
    """Undo a charge; `recall` tells whether to call again."""
    try:
        book.reverse(sandbox, find(sandbox, call), 'wxpayv2.reverse')
    except Declined as declined:
        error = as_error(declined.reason)
        again = 'Y' if declined.reason is Reason.REVERSE_AGAIN else 'N'
        raise V2Error(error.code, error.message, recall=again) from declined
    return {'recall': 'N'}
