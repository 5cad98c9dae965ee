"""In which order suppliers are tried, and when a paused one comes back. Without Odoo."""

from dataclasses import dataclass

from .const.routing import PROBE_SECONDS, PROBES_LAST, SHARE_UNKNOWN


@dataclass(frozen=True)
class Route:
    """One supplier product by which a package can be delivered.

    :ivar int id: of the product
    :ivar int priority: given by people, the lowest first
    :ivar int cost_fen: what it costs in fen, None when nobody has said
    :ivar int share: deliveries of a hundred attempts at its supplier, None for too few
    :ivar bool covered: False when the supplier's known balance does not pay for it
    """

    id: int
    priority: int
    cost_fen: int | None
    share: int | None
    covered: bool = True


def arrange(routes, strategy):
    """Return the ids of the routes in the order in which they are tried.

    What cannot be paid for is left out. Each strategy compares by its own measure first;
    where that is equal the others decide, at last the id, so the order is the same each time.

    ========  ==================================================================
    priority  priority, cost, share
    cost      cost in yuan, share, priority
    success   share of deliveries, cost, priority
    value     cost divided by share: what a delivery costs with its failed tries
    ========  ==================================================================

    A cost that nobody has said comes after all others, and a share that is not known yet
    counts as `SHARE_UNKNOWN`: new suppliers get their chance beside reliable ones.

    :param str strategy: of `const.routing.STRATEGIES`
    """
    key = _KEYS[strategy]
    return [route.id for route in sorted(filter(_is_covered, routes), key=key)]


def probe_delay(pauses):
    """Return after how many seconds a paused supplier is asked, None when a person has to.

    :param int pauses: how often it was paused in a row, with no delivery in between
    """
    return PROBE_SECONDS * 2 ** (pauses - 1) if pauses <= PROBES_LAST else None


def may_return(kind, balance, baseline, least, *, was_refused):
    """Tell whether a paused supplier works again, now that it has told its balance.

    Our account is in order again when it was refused before and is not now, or when money
    has come in; after failures the answer itself is enough, the next attempts are the test.

    :param str kind: of `const.routing.PAUSE_KINDS`
    :param baseline: what the balance was when the pause began, None when nobody asked
    :param least: below this nothing is ordered
    :param bool was_refused: the account was refused when it was asked during this pause
    """
    if kind == 'person' or balance < least:
        return False
    if kind == 'account':
        return was_refused or (baseline is not None and balance > baseline)
    return True


def _is_covered(route):
    return route.covered


def _cost(route):
    return (route.cost_fen is None, route.cost_fen or 0)


def _share(route):
    return SHARE_UNKNOWN if route.share is None else route.share


def _value(route):
    # Of a supplier that delivers nothing the next delivery costs without end.
    share = _share(route)
    return (route.cost_fen is None, not share, (route.cost_fen or 0) / share if share else 0)


_KEYS = {
    'priority': lambda route: (route.priority, _cost(route), -_share(route), route.id),
    'cost': lambda route: (_cost(route), -_share(route), route.priority, route.id),
    'success': lambda route: (-_share(route), _cost(route), route.priority, route.id),
    'value': lambda route: (_value(route), route.priority, route.id),
}
