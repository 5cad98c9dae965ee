"""What the Chinese suppliers tell: signed forms. Source: spec/topup_suppliers.md §4.1, §4.2."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from types import MappingProxyType
from urllib.parse import urlencode

from ..delivery import ALTERED, GOOD, Letter, Notice
from ..state import Sandbox
from ..topup.course import Dialect
from ..topup.state import CANCELLED, FAILED, PARTIAL, PROCESSING, REVERSED, SUCCEEDED, Order
from .signing import sign_juhe, sign_yrapi
from .state import JUHE_KEY, YRAPI_KEY, YRAPI_USERID

# A success that is taken back becomes a failure.
YRAPI_STATE = MappingProxyType(
    {PROCESSING: 0, SUCCEEDED: 1, PARTIAL: 3, FAILED: 2, REVERSED: 2, CANCELLED: -1}
)
JUHE_STATE = MappingProxyType(
    {PROCESSING: 0, SUCCEEDED: 1, PARTIAL: 1, FAILED: 9, REVERSED: 9, CANCELLED: 9}
)
# Each minute, five times; three tries, three seconds apart.
YRAPI_GAPS = (60,) * 5
JUHE_GAPS = (3, 3)
_FORM = {'Content-Type': 'application/x-www-form-urlencoded'}


def _accepts(status: int, text: str) -> bool:
    """Tell whether the shop said the one word that counts."""
    return status == 200 and text.strip() == 'success'


def _yrapi(_sandbox: Sandbox, order: Order, state: str, forged: bool) -> Notice | None:
    """Write the callback to the order's own address; fields are added from time to time."""
    if not order.callback_url:
        return None
    value = order.delivered if state in (SUCCEEDED, PARTIAL) else 0
    fields = {
        'userid': YRAPI_USERID,
        'order_number': order.id,
        'out_trade_num': order.reference,
        'otime': str(int(time.time())),
        'state': str(YRAPI_STATE[state]),
        'mobile': order.detail['mobile'],
        'remark': '充值成功' if state == SUCCEEDED else '',
        'charge_amount': f'{value:.2f}',
        'voucher': f'V{order.id}' if state == SUCCEEDED else '',
        'charge_kami': '',
        'channel_note': '新增字段 & more',
    }
    key = secrets.token_hex(8) if forged else YRAPI_KEY

    def write(flavour: str) -> Letter:
        signed = {**fields, 'sign': sign_yrapi(fields, key if flavour == GOOD else 'wrong')}
        if flavour == ALTERED:
            signed = {**fields, 'sign': sign_yrapi(fields, key), 'state': '2'}
        return _FORM, urlencode(signed).encode()

    return _notice('yrapi', order, str(YRAPI_STATE[state]), order.callback_url, write, forged)


def _juhe(sandbox: Sandbox, order: Order, state: str, forged: bool) -> Notice | None:
    """Write the callback to the address set at the site.

    The signature does not cover `sta`: what comes out of order is an earlier callback, sent again
    by somebody who has turned the state round.
    """
    if not sandbox.juhe.callback_url:
        return None
    sta = '9' if state == PROCESSING else str(JUHE_STATE[state])
    fields = {'sporder_id': order.id, 'orderid': order.reference, 'sta': sta}
    key = secrets.token_hex(8) if forged else JUHE_KEY

    def write(flavour: str) -> Letter:
        chosen = key if flavour in (GOOD, ALTERED) else 'wrong'
        signed = {**fields, 'sign': sign_juhe(chosen, order.id, order.reference)}
        if flavour == ALTERED:
            signed['sta'] = '9'
        return _FORM, urlencode(signed).encode()

    return _notice('juhe', order, sta, sandbox.juhe.callback_url, write, forged)


def _notice(
    source: str, order: Order, word: str, url: str, write: Callable[[str], Letter], forged: bool
) -> Notice:
    gaps = YRAPI_GAPS if source == 'yrapi' else JUHE_GAPS
    return Notice(
        source=source,
        event=f'state {word}',
        url=url,
        subjects=(order.id, order.reference, order.number),
        gaps=() if forged else gaps,
        accepts=_accepts,
        write=write,
        id=str(uuid.uuid4()),
    )


YRAPI = Dialect('yrapi', lambda sandbox: sandbox.yrapi, _yrapi, partial='told')
JUHE = Dialect('juhe', lambda sandbox: sandbox.juhe, _juhe)
