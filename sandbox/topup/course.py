"""The course an order takes after it was taken on, and the callbacks on its way.

Source: spec/topup_suppliers.md §0 (6), §5.3, §5.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from starlette.responses import Response

from ..delivery import Notice
from ..faults import Fault
from ..operation import REFUSE
from ..replies import Apply, play
from ..state import Sandbox, digits
from .scenario import Scenario, scenario_of
from .state import FAILED, PARTIAL, PROCESSING, REVERSED, STATES, SUCCEEDED, Account, Order, Pin

# No real schedule is known; a few repeats are certain.
GAPS = (60, 300, 1800)
LATE_SECONDS = 3600.0
# Reloadly's words for states, which testers may use everywhere.
_WORDS = {'SUCCESSFUL': SUCCEEDED, 'FAILED': FAILED, 'REFUNDED': REVERSED}
_NOTHING_CHARGED = frozenset({FAILED, REVERSED, 'cancelled'})


@dataclass(frozen=True)
class Dialect:
    """How one supplier takes part.

    `notice` writes the callback of a state (forged or not), None where nothing is told.
    `partial`: '' delivers in full, 'silent' half of it as a success, 'told' half of it by a state.
    """

    name: str
    account: Callable[[Sandbox], Account]
    notice: Callable[[Sandbox, Order, str, bool], Notice | None]
    partial: str = ''
    reverses: bool = True
    own_endings: tuple[tuple[str, Scenario], ...] = ()


def to_state(word: str) -> str:
    """Return the state a tester means."""
    return _WORDS.get(word, word)


def choose(sandbox: Sandbox, dialect: Dialect, number: str, reference: str) -> Scenario:
    """Return what is to become of an order: as a fault wants it, or as the number ends."""
    account = dialect.account(sandbox)
    fault = sandbox.faults.take({'topup_outcome'}, number, reference, f'{dialect.name}.topup')
    if fault is None:
        return scenario_of(number, dict(dialect.own_endings))
    return Scenario(
        end=to_state(str(fault.params.get('status', FAILED))),
        reason=str(fault.params.get('error_code', 'refused')),
        seconds=fault.seconds(account.processing_seconds),
    )


async def carry(
    sandbox: Sandbox,
    dialect: Dialect,
    number: str,
    scenario: Scenario,
    apply: Apply,
    throttled: Exception,
) -> Response:
    """Answer an order over the line the scenario wants: cut, silent, broken, throttled."""
    account = dialect.account(sandbox)
    if scenario.throttle_once and number not in account.throttled:
        account.throttled.add(number)
        raise throttled
    transport = scenario.transport
    if transport is None:
        return await apply()
    params = {'seconds': account.hold_seconds, **transport.params}
    return await play(Fault(transport.fault, params=params), apply, REFUSE[dialect.name])


def enter(sandbox: Sandbox, dialect: Dialect, order: Order, scenario: Scenario) -> None:
    """Book an order and have it reach its end."""
    book(sandbox, dialect, order, scenario)
    follow(sandbox, dialect, order, scenario)


def book(sandbox: Sandbox, dialect: Dialect, order: Order, scenario: Scenario) -> None:
    """Take an order on: the money, the list, what it is to deliver."""
    account = dialect.account(sandbox)
    order.found_from = order.created + scenario.hidden_seconds
    if scenario.partial and dialect.partial:
        order.delivered /= 2
    charge(account, order, order.cost)
    account.orders[order.id] = order


async def await_end(sandbox: Sandbox, order: Order, seconds: float, step: float) -> None:
    """Wait for the end of an order, at most so many virtual seconds."""
    waited = 0.0
    while order.state == PROCESSING and waited < seconds:
        await sandbox.scheduler.sleep(step)
        waited += step


def charge(account: Account, order: Order, amount: Decimal) -> None:
    """Let the account pay so much for an order, giving back what it paid before."""
    account.balance += order.charged - amount
    order.charged = amount


def follow(sandbox: Sandbox, dialect: Dialect, order: Order, scenario: Scenario) -> None:
    """Have the order reach its end when its time comes."""
    account = dialect.account(sandbox)

    async def end() -> None:
        if order.state != PROCESSING:
            return
        if scenario.callbacks == 'forged':
            tell(sandbox, dialect, order, FAILED, forged=True)
        if scenario.pin and order.pin is None:
            order.pin = new_pin()
        state = scenario.end
        if scenario.partial and dialect.partial == 'told':
            state = PARTIAL
        finish(sandbox, dialect, order, state, scenario.reason, scenario.callbacks)
        if scenario.then and (scenario.then != REVERSED or dialect.reverses):
            sandbox.scheduler.call_later(scenario.after, change, f'change of {order.id}')

    async def change() -> None:
        finish(sandbox, dialect, order, scenario.then, '', scenario.callbacks, late=True)

    seconds = account.processing_seconds if scenario.seconds is None else scenario.seconds
    sandbox.scheduler.call_later(seconds, end, f'top-up {order.id}')


def finish(
    sandbox: Sandbox,
    dialect: Dialect,
    order: Order,
    state: str,
    reason: str = '',
    callbacks: str = 'normal',
    *,
    late: bool = False,
) -> bool:
    """Set a final state, move the money that goes with it, and send the callback.

    :param late: a failure may still turn into a success
    :return: False when nothing changed: that state already, or final and this is no reversal
    """
    if state not in STATES:
        raise ValueError(f'unknown state {state}')
    reversal = order.state in (SUCCEEDED, PARTIAL) and state == REVERSED
    comes_late = late and order.state == FAILED and state == SUCCEEDED
    if order.state == state or not (order.state == PROCESSING or reversal or comes_late):
        return False
    order.state, order.reason = state, reason if state == FAILED else ''
    order.history.append(state)
    part = order.cost / 2 if state == PARTIAL else order.cost
    charge(dialect.account(sandbox), order, Decimal(0) if state in _NOTHING_CHARGED else part)
    _announce(sandbox, dialect, order, state, callbacks)
    return True


def _announce(sandbox: Sandbox, dialect: Dialect, order: Order, state: str, callbacks: str) -> None:
    if callbacks == 'never':
        return
    delay = LATE_SECONDS if callbacks == 'late' else 0.0
    tell(sandbox, dialect, order, state, delay=delay)
    if callbacks == 'duplicate':
        tell(sandbox, dialect, order, state)
    if callbacks == 'out_of_order':
        tell(sandbox, dialect, order, PROCESSING, delay=5.0)


def tell(
    sandbox: Sandbox,
    dialect: Dialect,
    order: Order,
    state: str,
    *,
    forged: bool = False,
    delay: float = 0.0,
) -> None:
    """Announce a state; nothing is sent while there is no address to send it to."""
    notice = dialect.notice(sandbox, order, state, forged)
    if notice is not None:
        sandbox.courier.announce(notice, delay)


def new_pin() -> Pin:
    """Return a voucher nobody has seen."""
    return Pin(code=digits(16), serial=digits(12))
