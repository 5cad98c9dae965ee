"""Requests per client and route, counted by the `limits` library.

In memory by default (each process counts for itself), in Redis when `WX_REDIS_URL` is set
(all processes and nodes together). `WX_RATE_LIMITS=off` switches it off for benchmarks.
"""

import functools
import math
import time

from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from ..exceptions import TooManyRequests
from ..tools.settings import get_setting


@functools.lru_cache(maxsize=1)
def _limiter():
    return MovingWindowRateLimiter(storage_from_string(get_setting('wx_redis_url') or 'memory://'))


_parse = functools.lru_cache(maxsize=64)(parse)


def check(env, rate, *identifiers):
    """Count one request.

    :param str rate: e.g. `60/minute`
    :param identifiers: route and client; the database is added
    :raise TooManyRequests: over the rate; says when to come again
    """
    if get_setting('wx_rate_limits') == 'off':
        return
    limit = _parse(rate)
    keys = (env.cr.dbname, *map(str, identifiers))
    if _limiter().hit(limit, *keys):
        return
    reset = _limiter().get_window_stats(limit, *keys).reset_time
    raise TooManyRequests(
        env._('Too many requests: wait a moment.'), max(1, math.ceil(reset - time.time()))
    )
