"""What both dialects do with an order. Source: spec/topup_suppliers.md §4."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request

from ..state import Sandbox
from ..topup.course import Dialect, enter
from ..topup.goods import DATA, Good
from ..topup.places import CHINA, Network, detect
from ..topup.scenario import Scenario
from ..topup.state import Order
from ..topup.wire import new_id
from .state import SLOW_SECONDS

BEIJING = ZoneInfo('Asia/Shanghai')


@dataclass(frozen=True)
class Wish:
    """What is ordered, checked."""

    good: Good
    mobile: str
    reference: str
    notify_url: str = ''


async def parameters(request: Request) -> dict[str, str]:
    """Return the parameters of address and form."""
    body = (await request.body()).decode('utf-8', 'replace')
    return {**request.query_params, **dict(parse_qsl(body, keep_blank_values=True))}


def carrier_of(mobile: str) -> Network | None:
    """Return whose number of the mainland it is."""
    return detect(CHINA, mobile) if mobile.isascii() and mobile.isdecimal() else None


def now_text() -> str:
    """Return the present time in Beijing."""
    return datetime.now(BEIJING).strftime('%Y-%m-%d %H:%M:%S')


def take_on(sandbox: Sandbox, dialect: Dialect, wish: Wish, course: Scenario) -> Order:
    """Book an order; slow goods take their time."""
    account = dialect.account(sandbox)
    order = Order(
        id=f'{datetime.now(BEIJING):%Y%m%d}{new_id(account)}',
        reference=wish.reference,
        number=f'{CHINA.calling_code}{wish.mobile}',
        sku=str(wish.good.number),
        cost=wish.good.cost,
        delivered=wish.good.receive,
        created=sandbox.clock.now(),
        date=now_text(),
        callback_url=wish.notify_url,
        detail={'good': wish.good, 'mobile': wish.mobile},
    )
    if wish.good.slow and course.seconds is None:
        course = replace(course, seconds=SLOW_SECONDS)
    enter(sandbox, dialect, order, course)
    return order


def find_bill(goods: list[Good], carrier: Network, face: str) -> Good | None:
    """Return the fast phone bill of a carrier with this face value."""
    for good in goods:
        fits = good.network == carrier and good.kind != DATA and not good.slow
        if fits and f'{good.receive:f}' == face:
            return good
    return None
