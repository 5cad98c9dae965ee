"""Ordering a top-up. Source: spec/topup_suppliers.md §1 (Order, Idempotency)."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..operation import REFUSE
from ..replies import Apply, play
from ..state import Sandbox, digits
from .account import check_token
from .answers import ReloadlyError, answer, json_body, now_text
from .catalogue import Operator, national_number
from .course import follow
from .operators import find_operator, to_amount
from .reports import as_transaction
from .scenario import Scenario, scenario_of
from .state import Topup


@dataclass(frozen=True)
class _Wish:
    operator: Operator
    amount: Decimal
    phone: dict[str, str]
    custom_identifier: str

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
        for _ in range(6):
            if made.status != 'PROCESSING':
                break
            await sandbox.scheduler.sleep(sandbox.reloadly.processing_seconds)
        if made.status == 'FAILED':
            raise ReloadlyError(made.error_code)
        return answer(as_transaction(made))

    wish, scenario = await _prepare(sandbox, request)
    return await _with_transport(sandbox, scenario, wish, apply)


async def _with_transport(
    sandbox: Sandbox, scenario: Scenario, wish: _Wish, apply: Apply
) -> Response:
    if scenario.throttle_once:
        number = wish.phone['countryCode'] + wish.phone['number']
        if number not in sandbox.reloadly.throttled:
            sandbox.reloadly.throttled.add(number)
            raise ReloadlyError('RATE_LIMIT_REACHED')
    if scenario.transport is None:
        return await apply()
    return await play(scenario.transport, apply, REFUSE['reloadly'])


async def _prepare(sandbox: Sandbox, request: Request) -> tuple[_Wish, Scenario]:
    check_token(sandbox, request)
    wish = _read(await json_body(request))
    scenario = scenario_of(wish.phone['number'])
    number = wish.phone['countryCode'] + wish.phone['number']
    fault = sandbox.faults.take({'topup_outcome'}, number, wish.custom_identifier, 'reloadly.topup')
    if fault:
        scenario = Scenario(
            status=str(fault.params.get('status', 'FAILED')),
            error_code=str(fault.params.get('error_code', 'TRANSACTION_REFUSED_BY_OPERATOR')),
            seconds=fault.seconds(sandbox.reloadly.processing_seconds),
        )
    return wish, scenario


def _read(body: dict[str, Any]) -> _Wish:
    """Check the order itself, before the account is looked at."""
    operator = find_operator(body.get('operatorId'))
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
        raise ReloadlyError(scenario.reject)
    _check_gap(sandbox, wish)
    if state.balance < wish.cost:
        raise ReloadlyError('INSUFFICIENT_BALANCE')
    await asyncio.sleep(state.latency)
    now = sandbox.clock.now()
    delivered = wish.operator.local(wish.amount)
    topup = Topup(
        transaction_id=_new_id(sandbox),
        operator=wish.operator,
        custom_identifier=wish.custom_identifier,
        phone=wish.phone,
        requested=wish.amount,
        delivered=delivered / 2 if scenario.partial else delivered,
        cost=wish.cost,
        discount=wish.discount,
        fee=wish.operator.fee,
        old_balance=state.balance,
        new_balance=state.balance - wish.cost,
        created=now,
        date=now_text(),
        operator_transaction_id=f'OP{digits(14)}',
        found_from=now + scenario.hidden_seconds,
    )
    state.balance = topup.new_balance
    state.topups[topup.transaction_id] = topup
    seconds = state.processing_seconds if scenario.seconds is None else scenario.seconds
    follow(sandbox, topup, replace(scenario, seconds=seconds))
    return topup


def _check_identifier(sandbox: Sandbox, identifier: str) -> None:
    used = {topup.custom_identifier.casefold() for topup in sandbox.reloadly.topups.values()}
    if identifier and identifier.casefold() in used:
        raise ReloadlyError('CUSTOM_IDENTIFIER_ALREADY_USED')


def _check_gap(sandbox: Sandbox, wish: _Wish) -> None:
    """Keep two minutes between two top-ups of one number; failed ones do not count."""
    since = sandbox.clock.now() - sandbox.reloadly.gap_seconds
    number = wish.phone['countryCode'] + wish.phone['number']
    for topup in sandbox.reloadly.topups.values():
        if topup.number == number and topup.status in ('PROCESSING', 'SUCCESSFUL'):
            if topup.created > since:
                raise ReloadlyError('PHONE_RECENTLY_RECHARGED')


def _new_id(sandbox: Sandbox) -> int:
    """Return a number the shop cannot know from an earlier run."""
    while True:
        number = 100_000_000 + secrets.randbelow(1_900_000_000)
        if number not in sandbox.reloadly.topups:
            return number
