"""Sending, listing and cancelling transfers. Source: spec/topup_suppliers.md §3 (SendTransfer)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..replies import json_answer
from ..state import Sandbox, digits
from ..topup import goods
from ..topup.course import await_end, book, carry, choose, finish, follow, new_pin
from ..topup.goods import Good
from ..topup.scenario import Scenario
from ..topup.state import CANCELLED, FAILED, PROCESSING, Order
from ..topup.wire import iso_time, new_id, to_decimal
from . import answers
from .answers import DingError, items, read_body, to_code, verdict
from .callbacks import DING, as_item
from .catalogue import CURRENCY, as_price, commission, find_product, is_batch

# The longest a transfer may take while the connection is held.
HOLD_SECONDS = 90.0
KEPT_SECONDS = 60 * 86400.0
# Afterwards a transfer is with the provider and cannot be cancelled.
CANCEL_SECONDS = 2.0
_CENTS = re.compile(r'[0-9]+(\.[0-9]{1,2})?')


@dataclass(frozen=True)
class _Wish:
    good: Good
    sku: str
    number: str
    reference: str
    receive: Decimal
    validate_only: bool
    deferred: bool

    @property
    def cost(self) -> Decimal:
        """Return the send value less commission."""
        send = self.good.cost_of(self.receive)
        return (send * (1 - commission(self.good))).quantize(Decimal('0.0001'))


async def send(sandbox: Sandbox, request: Request) -> Response:
    """Send a transfer: held until it is done, or deferred. Fields in another case do not count."""
    deferred = request.headers.get('x-option', '') == 'DeferTransfer'
    wish = _read(sandbox, await read_body(request, dict), deferred)
    if wish.validate_only:
        return _validated(sandbox, wish)
    course = choose(sandbox, DING, wish.number, wish.reference)

    async def apply() -> Response:
        order = _enter(sandbox, wish, course)
        if not (wish.deferred or is_batch(wish.good)):
            await await_end(sandbox, order, HOLD_SECONDS, sandbox.ding.processing_seconds)
            if order.state == PROCESSING:
                order.detail['completed'] = iso_time()
                finish(sandbox, DING, order, FAILED, answers.TIMED_OUT)
        return json_answer(as_item(order))

    throttled = DingError(answers.RATE_LIMITED, status=429)
    return await carry(sandbox, DING, wish.number, course, apply, throttled)


def _read(sandbox: Sandbox, body: dict[str, Any], deferred: bool) -> _Wish:
    for name in ('SkuCode', 'SendValue', 'AccountNumber', 'DistributorRef'):
        if body.get(name) in (None, ''):
            raise DingError(f'{answers.MISSING}/{name}')
    good = find_product(sandbox, body['SkuCode'])
    if good is None:
        raise DingError(f'{answers.WRONG}/SkuCode')
    if body.get('SendCurrencyIso', CURRENCY) not in (CURRENCY, None):
        raise DingError(f'{answers.WRONG}/SendCurrencyIso')
    if not isinstance(body['DistributorRef'], str) or len(body['DistributorRef']) > 50:
        raise DingError(f'{answers.WRONG}/DistributorRef')
    return _Wish(
        good=good,
        sku=str(body['SkuCode']),
        number=_number(good, str(body['AccountNumber'])),
        reference=body['DistributorRef'],
        receive=_receive(good, body['SendValue']),
        validate_only=body.get('ValidateOnly') is True,
        deferred=deferred,
    )


def _number(good: Good, text: str) -> str:
    """Return the number, which is digits with the calling code and without a plus."""
    place = good.country
    national = text.removeprefix(place.calling_code)
    usable = text.isascii() and text.isdecimal() and national != text
    if not usable or len(national) not in place.lengths:
        raise DingError(answers.FAILED_REGEX)
    return text


def _receive(good: Good, value: object) -> Decimal:
    """Return what arrives for a send value of at most two decimals."""
    amount = to_decimal(value)
    if amount is None or not _CENTS.fullmatch(f'{amount:f}'):
        raise DingError(f'{answers.WRONG}/SendValue')
    if good.most is None:
        if amount != good.cost:
            raise DingError(f'{answers.OUT_OF_RANGE}/SendValue')
        return good.receive
    if not good.cost <= amount <= good.cost_of(good.most):
        raise DingError(f'{answers.OUT_OF_RANGE}/SendValue')
    return good.receive_of(amount)


def _validated(sandbox: Sandbox, wish: _Wish) -> Response:
    """Answer a validation: nothing is debited, but the balance must do."""
    if sandbox.ding.balance < wish.cost:
        raise DingError(answers.INSUFFICIENT_BALANCE)
    record = _unsent(wish, 'Complete')
    return json_answer({'TransferRecord': record, **verdict()})


def _unsent(wish: _Wish, state: str) -> dict[str, Any]:
    """Return the record of what never became a transfer."""
    return {
        'TransferId': {'TransferRef': None, 'DistributorRef': wish.reference},
        'SkuCode': wish.sku,
        'Price': as_price(wish.good, wish.receive),
        'CommissionApplied': 0.0,
        'StartedUtc': iso_time(),
        'CompletedUtc': None,
        'ProcessingState': state,
        'ReceiptText': None,
        'ReceiptParams': {},
        'AccountNumber': wish.number,
    }


def _enter(sandbox: Sandbox, wish: _Wish, course: Scenario) -> Order:
    """Book a transfer. A reference used before makes another one, and is debited again."""
    account, code = sandbox.ding, to_code(course.reject)
    if account.balance < wish.cost:
        code = answers.INSUFFICIENT_BALANCE
    if code in answers.UNRECORDED:
        raise DingError(code, more={'TransferRecord': _unsent(wish, 'Failed')})
    seconds = course.seconds
    order = Order(
        id=new_id(account),
        reference=wish.reference,
        number=wish.number,
        sku=wish.sku,
        cost=wish.cost,
        delivered=wish.receive,
        created=sandbox.clock.now(),
        date=iso_time(),
        pin=new_pin() if wish.good.kind == goods.PIN else None,
        detail={
            'good': wish.good,
            'deferred': wish.deferred,
            'provider_ref': digits(12),
            'completed': iso_time(account.processing_seconds if seconds is None else seconds),
        },
    )
    book(sandbox, DING, order, course)
    if code:
        finish(sandbox, DING, order, FAILED, code, course.callbacks)
    else:
        follow(sandbox, DING, order, course)
    return order


async def list_records(sandbox: Sandbox, request: Request) -> Response:
    """List transfers of the last two months, newest first, `Take` at a time."""
    body = await read_body(request, dict)
    skip, take = body.get('Skip', 0), body.get('Take')
    if type(take) is not int or take < 1:
        raise DingError(f'{answers.MISSING}/Take')
    if type(skip) is not int or skip < 0:
        raise DingError(f'{answers.WRONG}/Skip')
    now = sandbox.clock.now()
    found = [
        order
        for order in reversed(sandbox.ding.orders.values())
        if order.found_from <= now
        and order.created > now - KEPT_SECONDS
        and body.get('TransferRef') in (None, '', order.id)
        and body.get('DistributorRef') in (None, '', order.reference)
        and body.get('AccountNumber') in (None, '', order.number)
    ]
    part = [as_item(order) for order in found[skip : skip + take]]
    return items(part, ThereAreMoreItems=len(found) > skip + take)


async def cancel(sandbox: Sandbox, request: Request) -> Response:
    """Cancel transfers that are not with the provider yet."""
    return items([_cancelled(sandbox, item) for item in await read_body(request, list)])


def _cancelled(sandbox: Sandbox, item: Any) -> dict[str, Any]:
    wanted = item.get('TransferId') if isinstance(item, dict) else None
    if not isinstance(wanted, dict):
        raise DingError(f'{answers.MISSING}/TransferId')
    order = sandbox.ding.orders.get(str(wanted.get('TransferRef')))
    shown = {'TransferId': wanted, 'BatchItemRef': item.get('BatchItemRef')}
    if order is None:
        return {**shown, 'ProcessingState': None, **verdict(f'{answers.WRONG}/TransferId')}
    early = sandbox.clock.now() < order.created + CANCEL_SECONDS
    done = early and finish(sandbox, DING, order, CANCELLED)
    code = '' if done else answers.REQUEST_INVALID
    state = as_item(order)['TransferRecord']['ProcessingState']
    return {**shown, 'ProcessingState': state, **verdict(code)}


async def estimate(sandbox: Sandbox, request: Request) -> Response:
    """Estimate prices: for each item a send value or a receive value."""
    body = await read_body(request, list)
    refs = [item.get('BatchItemRef') for item in body if isinstance(item, dict)]
    if len(refs) != len(body) or len(set(refs)) != len(refs) or None in refs:
        raise DingError(answers.NOT_UNIQUE)
    estimated = [_estimated(sandbox, item) for item in body]
    whole = {item['ResultCode'] for item in estimated}
    result = answers.OK if whole <= {answers.OK} else answers.PARTIAL
    return json_answer({**verdict(), 'ResultCode': result, 'Items': estimated})


def _estimated(sandbox: Sandbox, item: dict[str, Any]) -> dict[str, Any]:
    shown = {'SkuCode': item.get('SkuCode'), 'BatchItemRef': item['BatchItemRef']}
    good = find_product(sandbox, item.get('SkuCode'))
    given = [name for name in ('SendValue', 'ReceiveValue') if item.get(name)]
    if good is None:
        return {**shown, 'Price': None, **verdict(f'{answers.WRONG}/SkuCode')}
    amount = to_decimal(item[given[0]]) if len(given) == 1 else None
    if amount is None:
        return {**shown, 'Price': None, **verdict(answers.COMBINATION)}
    wanted = amount if given == ['ReceiveValue'] else good.receive_of(amount)
    receive = min(max(wanted, good.receive), good.most or good.receive)
    code = '' if receive == wanted else answers.NEAREST_MATCH
    return {**shown, 'Price': as_price(good, receive), **verdict(code)}
