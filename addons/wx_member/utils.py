"""Stateless helpers: days of the shop, whose memberships end at midnight in Shanghai."""

import calendar
import secrets
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo.addons.wx_base.exceptions import InvalidInput

from .const import REASON_CHARS

SHOP_ZONE = ZoneInfo('Asia/Shanghai')
ONE_DAY = timedelta(days=1)


def day_of(moment):
    """Return the day in the shop at a moment.

    :param datetime moment: naive, UTC
    """
    return moment.replace(tzinfo=UTC).astimezone(SHOP_ZONE).date()


def midnight(day):
    """Return when a day begins in the shop, naive in UTC."""
    local = datetime.combine(day, time.min, SHOP_ZONE)
    return local.astimezone(UTC).replace(tzinfo=None)


def add_months(day, months, anchor=None):
    """Return the same day of a later month, the month's last one where it is shorter.

    :param int anchor: the day of the month that is meant; without it the one of `day`. The
        31st of January, the 28th of February and the 31st of March follow each other by it.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor or day.day, last))


def anchor_of(day, anchor=None):
    """Return the day of the month that `day` stands for.

    :param int anchor: what was meant before; it counts as long as `day` still is that day
    """
    last = calendar.monthrange(day.year, day.month)[1]
    return anchor if anchor and day.day == min(anchor, last) else day.day


def last_day(day, duration, unit, anchor=None):
    """Return the last day of a membership whose first counted day follows `day`.

    :param int duration: at least 1
    :param str unit: key of `const.DURATION_UNITS`
    :param int anchor: day of the month that is meant, see `add_months`
    """
    if unit == 'day':
        return day + duration * ONE_DAY
    return add_months(day, duration, anchor)


def make_order_no(now=None):
    """Return an order number people can read out: M, the time in Shanghai, eight digits."""
    now = now or datetime.now(SHOP_ZONE)
    return f'M{now:%Y%m%d%H%M%S}{secrets.randbelow(10**8):08d}'


def check_reason(env, reason):
    """Refuse a reason that tells nothing.

    :raise InvalidInput: too short
    """
    if not isinstance(reason, str) or len(reason.strip()) < REASON_CHARS:
        raise InvalidInput(env._('Tell why.'), {'reason': env._('Too short')})
