"""Ordering a top-up. Source: spec/topup_suppliers.md §1 (Order, Idempotency)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..replies import Apply
from ..state import Sandbox, digits
from ..topup.course import await_end, carry, choose, enter
from ..topup.places import national_number
from ..topup.scenario import Scenario
from ..topup.state import PROCESSING, SUCCEEDED
from ..topup.wire import new_id
from .account import check_token
from .answers import ReloadlyError, answer, json_body, now_text, to_code
from .catalogue import Operator
from .course import RELOADLY
from .operators import find_operator, to_amount
from .reports import as_transaction
from .state import Topup


@dataclass(frozen=True)
class _Wish:
    operator: Operator
    amount: Decimal
    phone: dict[str, str]
    custom_identifier: str

    @property
    def number(self) -> str:
        """Return country code and number as digits."""
        return self.phone['countryCode'] + self.phone['number']

    @property
    def cost(self) -> Decimal:
        """Return amount + fee − discount in the account's currency."""
        return self.amount + self.operator.fee - self.discount

    @property
    def discount(self) -> Decimal:
        """Return what the commission takes off."""
        return (self.amount * self.operator.commission / 100).quantize(Decimal('0.00001'))


async def topup_async(sandbox: Sandbox, request: Request) -> Response:
    """Take an order on and answer with its number at once."""

    async def apply() -> Response:
        topup = await _order(sandbox, wish, scenario)
        return answer({'transactionId': topup.transaction_id})

    wish, scenario = await _prepare(sandbox, request)
    return await _with_transport(sandbox, scenario, wish, apply)


async def topup(sandbox: Sandbox, request: Request) -> Response:
    """Take an order on and answer when it is done; the connection stays open meanwhile."""

    async def apply() -> Response:
        made = await _order(sandbox, wish, scenario)
        step = sandbox.reloadly.processing_seconds
        await await_end(sandbox, made, 6 * step, step)
        if made.status == 'FAILED':
            raise ReloadlyError(to_code(made.reason))
        return answer(as_transaction(made))

    wish, scenario = await _prepare(sandbox, request)
    return await _with_transport(sandbox, scenario, wish, apply)


async def _with_transport(
    sandbox: Sandbox, scenario: Scenario, wish: _Wish, apply: Apply
) -> Response:
    throttled = ReloadlyError('RATE_LIMIT_REACHED')
    return await carry(sandbox, RELOADLY, wish.number, scenario, apply, throttled)


async def _prepare(sandbox: Sandbox, request: Request) -> tuple[_Wish, Scenario]:
    check_token(sandbox, request)
    wish = _read(sandbox, await json_body(request))
    return wish, choose(sandbox, RELOADLY, wish.number, wish.custom_identifier)


def _read(sandbox: Sandbox, body: dict[str, Any]) -> _Wish:
    """Check the order itself, before the account is looked at."""
    operator = find_operator(sandbox, body.get('operatorId'))
    amount = to_amount(body.get('amount'))
    local = body.get('useLocalAmount', False)
    if not isinstance(local, bool):
        raise ReloadlyError('INVALID_REQUEST', 'useLocalAmount must be a boolean')
    if local and not operator.supports_local:
        raise ReloadlyError('INVALID_AMOUNT_FOR_OPERATOR')
    if not operator.accepts(amount, local):
        raise ReloadlyError('INVALID_AMOUNT_FOR_OPERATOR')
    if local:
        amount = (amount / operator.country.rate).quantize(Decimal('0.00001'))
    identifier = body.get('customIdentifier') or ''
    if not isinstance(identifier, str) or len(identifier) > 150:
        raise ReloadlyError('INVALID_REQUEST', 'customIdentifier must be a text')
    phone = _read_phone(operator, body.get('recipientPhone'))
    return _Wish(operator, amount, phone, identifier)


def _read_phone(operator: Operator, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or value.get('countryCode') != operator.country.iso:
        raise ReloadlyError('INVALID_RECIPIENT_PHONE')
    number = str(value.get('number', '')).lstrip('+')
    place = operator.country
    national = national_number(place, number)
    usable = number.isascii() and number.isdecimal() and not national.startswith('0')
    if not usable or len(national) not in place.lengths:
        raise ReloadlyError('INVALID_RECIPIENT_PHONE')
    return {'countryCode': place.calling_code, 'number': national, 'iso': place.iso}


async def _order(sandbox: Sandbox, wish: _Wish, scenario: Scenario) -> Topup:
    """Check the account, wait a moment, book.

    The checks and the booking are apart on purpose: two requests with one customIdentifier that
    arrive together are both executed, as observed at the real supplier. Afterwards the identifier
    counts as used.
    """
    state = sandbox.reloadly
    _check_identifier(sandbox, wish.custom_identifier)
    if scenario.reject:
        raise ReloadlyError(to_code(scenario.reject))
    _check_gap(sandbox, wish)
    if state.balance < wish.cost:
        raise ReloadlyError('INSUFFICIENT_BALANCE')
    await asyncio.sleep(state.latency)
    topup = Topup(
        id=new_id(state),
        reference=wish.custom_identifier,
        number=wish.number,
        sku=f'{wish.operator.id}:{wish.amount:.2f}',
        cost=wish.cost,
        delivered=wish.operator.local(wish.amount),
        created=sandbox.clock.now(),
        date=now_text(),
        operator=wish.operator,
        requested=wish.amount,
        discount=wish.discount,
        fee=wish.operator.fee,
        old_balance=state.balance,
        new_balance=state.balance - wish.cost,
        operator_transaction_id=f'OP{digits(14)}',
    )
    enter(sandbox, RELOADLY, topup, scenario)
    return topup


def _check_identifier(sandbox: Sandbox, identifier: str) -> None:
    used = {topup.reference.casefold() for topup in sandbox.reloadly.topups}
    if identifier and identifier.casefold() in used:
        raise ReloadlyError('CUSTOM_IDENTIFIER_ALREADY_USED')


def _check_gap(sandbox: Sandbox, wish: _Wish) -> None:
    """Keep two minutes between two top-ups of one number; failed ones do not count."""
    since = sandbox.clock.now() - sandbox.reloadly.gap_seconds
    for topup in sandbox.reloadly.topups:
        if topup.number == wish.number and topup.state in (PROCESSING, SUCCEEDED):
            if topup.created > since:
                raise ReloadlyError('PHONE_RECENTLY_RECHARGED')
