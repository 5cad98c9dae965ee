"""Where a bill can be fetched. Source: spec/alipay.md §5.8, §9 (8)."""

from __future__ import annotations

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any

from ..state import Sandbox
from .answers import BEIJING, AlipayError, failed
from .auth import Call
from .billlines import entries
from .billtext import TITLES, build
from .state import BillFile

URL_SECONDS = 30.0
READY_AT = time(9, 0)


async def download_url(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return the address of a bill, good for half a minute."""
    kind, day = call.text('bill_type'), _day(call.text('bill_date'))
    if kind not in TITLES or day is None:
        raise failed('INVAILID_ARGUMENTS', '入参不合法')
    now = datetime.fromtimestamp(sandbox.clock.now(), BEIJING)
    if day >= now.date():
        raise failed('INVAILID_ARGUMENTS', '账单日期不能为当日及以后')
    is_ready = now >= datetime.combine(day + timedelta(days=1), READY_AT, BEIJING)
    found = entries(sandbox, call.app, kind, day) if is_ready else []
    if not found:
        raise AlipayError('40004', 'isp.bill_not_exist', '账单不存在')
    subjects = ('alipay.bill', 'alipay.bill_download', call.app.app_id, call.app.seller_id)
    fault = sandbox.faults.take({'bill_corrupt'}, *subjects)
    spoil = str(fault.params.get('mode', 'cut')) if fault else ''
    token = secrets.token_hex(16)
    sandbox.alipay.bill_files[token] = BillFile(
        build(call.app, kind, day, found, spoil), sandbox.clock.now() + URL_SECONDS
    )
    return {'bill_download_url': f'{call.base_url}/alipay/bill?bizType={kind}&token={token}'}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
