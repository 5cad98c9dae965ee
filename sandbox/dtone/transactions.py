"""Ordering at DT One: in one step or in two. Source: spec/topup_suppliers.md §2 (Order)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..replies import json_answer
from ..state import Sandbox, digits
from ..topup import goods, scenario
from ..topup.course import await_end, book, carry, choose, finish, follow, new_pin, tell
from ..topup.goods import Good
from ..topup.scenario import Scenario
from ..topup.state import CANCELLED, FAILED, PROCESSING, Order
from ..topup.wire import iso_time, new_id, to_decimal
from . import answers
from .answers import DtOneError, page_of, read_object
from .callbacks import CONFIRMED, CREATED, DTONE, REJECTED, SUBMITTED, as_transaction
from .catalogue import UNIT, find_product

HOLD_SECONDS = 180.0
CONFIRM_SECONDS = 900.0
DAY_SECONDS = 86400.0
SUBMIT_SECONDS = 1.0
_EXTERNAL_ID = re.compile(r'.{1,40}')
_E164 = re.compile(r'\+[1-9][0-9]{6,14}')
# Refused by an error; other refusals make a rejected transaction.
_AT_ONCE = {
    scenario.INVALID: answers.INVALID_NUMBER,
    scenario.INTERNAL: answers.UNEXPECTED,
    scenario.BALANCE: answers.NOT_ENOUGH,
}


@dataclass(frozen=True)
class _Wish:
    good: Good
    external_id: str
    number: str
    cost: Decimal
    receive: Decimal
    auto_confirm: bool
    callback_url: str


async def create_async(sandbox: Sandbox, request: Request) -> Response:
    """Take a transaction on and answer at once."""
    return await _create(sandbox, request, hold=False)


async def create_sync(sandbox: Sandbox, request: Request) -> Response:
    """Take a transaction on and hold the connection until its end, at most 180 s."""
    return await _create(sandbox, request, hold=True)


async def _create(sandbox: Sandbox, request: Request, *, hold: bool) -> Response:
    wish = _read(sandbox, await read_object(request))
    course = choose(sandbox, DTONE, wish.number, wish.external_id)

    async def apply() -> Response:
        order = _enter(sandbox, wish, course)
        if hold and wish.auto_confirm:
            await await_end(sandbox, order, HOLD_SECONDS, sandbox.dtone.processing_seconds)
        return json_answer(as_transaction(order), 201)

    throttled = DtOneError(answers.THROTTLED)
    return await carry(sandbox, DTONE, wish.number, course, apply, throttled)


def _read(sandbox: Sandbox, body: dict[str, Any]) -> _Wish:
    """Check the order itself, before the account is looked at."""
    external_id, confirm = body.get('external_id'), body.get('auto_confirm', False)
    if not isinstance(external_id, str) or not _EXTERNAL_ID.fullmatch(external_id):
        raise DtOneError(answers.BAD_REQUEST, 'external_id must be a text of 1 to 40 characters')
    if not isinstance(confirm, bool):
        raise DtOneError(answers.BAD_REQUEST, 'auto_confirm must be a boolean')
    if type(body.get('product_id')) is not int:
        raise DtOneError(answers.BAD_REQUEST, 'product_id must be a number')
    url = body.get('callback_url') or ''
    if not isinstance(url, str) or not (url == '' or url.startswith(('http://', 'https://'))):
        raise DtOneError(answers.BAD_REQUEST, 'callback_url must be an address')
    good = find_product(sandbox, body['product_id'])
    receive, cost = _amounts(good, body)
    number = _number(good, body.get('credit_party_identifier'))
    return _Wish(good, external_id, number, cost, receive, confirm, url)


def _number(good: Good, identifier: object) -> str:
    """Return the digits of the recipient's number, which must be of the product's country."""
    text = identifier.get('mobile_number') if isinstance(identifier, dict) else None
    if text is None:
        raise DtOneError(answers.BAD_REQUEST, 'credit_party_identifier.mobile_number is required')
    if not isinstance(text, str) or not _E164.fullmatch(text):
        raise DtOneError(answers.INVALID_NUMBER)
    place, number = good.country, text[1:]
    national = number.removeprefix(place.calling_code)
    if national == number or len(national) not in place.lengths:
        raise DtOneError(answers.INVALID_NUMBER)
    return number


def _amounts(good: Good, body: dict[str, Any]) -> tuple[Decimal, Decimal]:
    """Return what arrives and what it costs; a ranged product must say one of both."""
    if good.most is None:
        return good.receive, good.cost
    sides = {'SOURCE_AMOUNT': ('source', UNIT)}
    sides['DESTINATION_AMOUNT'] = ('destination', good.country.currency)
    mode = body.get('calculation_mode')
    if mode not in sides:
        raise DtOneError(answers.BAD_REQUEST, 'calculation_mode is required for this product')
    name, unit = sides[mode]
    side = body.get(name)
    amount = to_decimal(side.get('amount')) if isinstance(side, dict) else None
    if not isinstance(side, dict) or amount is None:
        raise DtOneError(answers.BAD_REQUEST, f'{name}.amount is required')
    if side.get('unit') != unit or side.get('unit_type') != 'CURRENCY':
        raise DtOneError(answers.WRONG_UNIT)
    if name == 'source':
        receive, cost = good.receive_of(amount), amount
        if not good.receive <= receive <= good.most:
            raise DtOneError(answers.OUT_OF_RANGE)
        return receive, cost
    if not good.accepts(amount):
        raise DtOneError(answers.OUT_OF_RANGE)
    return amount, good.cost_of(amount)


def _enter(sandbox: Sandbox, wish: _Wish, course: Scenario) -> Order:
    """Check the account and book: the external id is looked at first of all, and kept."""
    account = sandbox.dtone
    if account.with_reference(wish.external_id):
        raise DtOneError(answers.EXTERNAL_ID_USED)
    if course.reject in _AT_ONCE:
        raise DtOneError(_AT_ONCE[course.reject])
    if account.balance < wish.cost:
        raise DtOneError(answers.NOT_ENOUGH)
    order = Order(
        id=new_id(account, 3_000_000_000, 900_000_000),
        reference=wish.external_id,
        number=wish.number,
        sku=str(wish.good.number),
        cost=wish.cost,
        delivered=wish.receive,
        created=sandbox.clock.now(),
        date=iso_time(),
        callback_url=wish.callback_url,
        pin=new_pin() if wish.good.kind == goods.PIN else None,
        detail={
            'good': wish.good,
            'stage': CREATED,
            'expires': iso_time(CONFIRM_SECONDS),
            'operator_reference': f'OP{digits(12)}',
            'course': course,
        },
    )
    book(sandbox, DTONE, order, course)
    if wish.auto_confirm:
        _start(sandbox, order)
    else:
        _expire_later(sandbox, order)
    return order


def _start(sandbox: Sandbox, order: Order) -> None:
    """Confirm a transaction; a moment later it is with the operator."""
    course: Scenario = order.detail['course']
    order.detail |= {'stage': CONFIRMED, 'confirmed': iso_time()}
    if course.reject:
        order.detail['class'] = REJECTED
        finish(sandbox, DTONE, order, FAILED, course.reject, course.callbacks)
        return

    async def submit() -> None:
        if order.state == PROCESSING:
            order.detail['stage'] = SUBMITTED
            if course.callbacks != 'never':
                tell(sandbox, DTONE, order, PROCESSING)

    sandbox.scheduler.call_later(SUBMIT_SECONDS, submit, f'submission of {order.id}')
    follow(sandbox, DTONE, order, course)


def _expire_later(sandbox: Sandbox, order: Order) -> None:
    async def expire() -> None:
        if order.detail['stage'] == CREATED:
            finish(sandbox, DTONE, order, CANCELLED)

    sandbox.scheduler.call_later(CONFIRM_SECONDS, expire, f'expiry of {order.id}')


async def confirm_async(sandbox: Sandbox, request: Request) -> Response:
    """Confirm what was created, and answer at once."""
    return json_answer(as_transaction(_confirm(sandbox, request)), 202)


async def confirm_sync(sandbox: Sandbox, request: Request) -> Response:
    """Confirm what was created, and hold the connection until its end."""
    order = _confirm(sandbox, request)
    await await_end(sandbox, order, HOLD_SECONDS, sandbox.dtone.processing_seconds)
    return json_answer(as_transaction(order), 202)


def _confirm(sandbox: Sandbox, request: Request) -> Order:
    order = _find(sandbox, request)
    if order.state == CANCELLED:
        raise DtOneError(answers.CONFIRMED_TOO_LATE)
    if order.detail['stage'] != CREATED:
        raise DtOneError(answers.ALREADY_CONFIRMED)
    _start(sandbox, order)
    return order


async def cancel(sandbox: Sandbox, request: Request) -> Response:
    """Give up what was created and not confirmed."""
    order = _find(sandbox, request)
    if order.state == CANCELLED:
        raise DtOneError(answers.ALREADY_CANCELLED)
    if order.detail['stage'] != CREATED:
        raise DtOneError(answers.CANCELLED_TOO_LATE)
    finish(sandbox, DTONE, order, CANCELLED)
    return json_answer(as_transaction(order), 202)


async def transaction(sandbox: Sandbox, request: Request) -> Response:
    """Show one transaction."""
    return json_answer(as_transaction(_find(sandbox, request)))


async def transactions(sandbox: Sandbox, request: Request) -> Response:
    """List transactions, newest first: by external id, otherwise of the last 24 hours."""
    now, external_id = sandbox.clock.now(), request.query_params.get('external_id')
    found = [
        order
        for order in reversed(sandbox.dtone.orders.values())
        if order.found_from <= now
        and (
            order.created > now - DAY_SECONDS
            if external_id is None
            else order.reference == external_id
        )
    ]
    return page_of(found, request, as_transaction)


def _find(sandbox: Sandbox, request: Request) -> Order:
    found = sandbox.dtone.orders.get(request.path_params['id'])
    if found is None:
        raise DtOneError(answers.TRANSACTION_NOT_FOUND)
    return found
