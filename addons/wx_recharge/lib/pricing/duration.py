"""How long a top-up can be used."""

import re

_DURATION = re.compile(
    r'P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?'
    r'(?:T(?:(?P<hours>\d+)H)?)?'
)
_DAYS = {'years': 365, 'months': 30, 'weeks': 7, 'days': 1}


def to_days(duration: str | None) -> int:
    """Return an ISO 8601 duration in days, hours as begun days; 0 when it says nothing.

    A month is told as 30 days and a year as 365, which is what operators mean by them.
    """
    match = _DURATION.fullmatch(duration or '')
    if not match:
        return 0
    days = sum(int(match[name] or 0) * count for name, count in _DAYS.items())
    return days - (-int(match['hours'] or 0) // 24)
