"""Turning DT One's answers into normalized results. Source: spec/topup_suppliers.md §2, §5.3."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .dtone_codes import CLASSES, NOT_FOUND_CODES, STATES, classify, classify_failed
from .normalized import UNCHARGED_STATES, ErrorClass, Pin, Result, State, unknown
from .outcome import best_of, not_found, refused
from .transport import Answer, mapping, printable, to_decimal, to_text


def error_codes(answer: Answer) -> tuple[str, ...]:
    """Return the supplier's error codes, none when the body is no error of theirs."""
    rows = mapping(answer.document).get('errors')
    if not isinstance(rows, list):
        return ()
    return tuple(to_text(mapping(row).get('code')) for row in rows)


def error_text(answer: Answer) -> str:
    """Return the supplier's messages, or the HTTP status."""
    rows = mapping(answer.document).get('errors')
    texts = [to_text(mapping(row).get('message')) for row in rows] if isinstance(rows, list) else []
    return '; '.join(text for text in texts if text) or f'HTTP {answer.status}'


def refusal(answer: Answer, request: str) -> Result:
    """Return the result of a submit that was not accepted."""
    codes = error_codes(answer)
    found = classify(answer.status, codes)
    return refused(found, answer, ','.join(codes), error_text(answer), request)


def no_such_order(answer: Answer) -> bool:
    """Tell whether the answer is DT One's own "not found", not that of something between."""
    return answer.status == 404 and bool(NOT_FOUND_CODES & set(error_codes(answer)))


def one_result(answer: Answer, our_ref: str, request: str) -> Result:
    """Read a submit's or a query's single transaction."""
    transaction, raw = answer.document, printable(answer)
    if not isinstance(transaction, Mapping) or not to_text(transaction.get('id')):
        return unknown('the answer names no transaction', request=request, raw=raw)
    if transaction.get('external_id') != our_ref:
        return unknown(
            'the answer is about another order',
            code='REFERENCE_MISMATCH',
            request=request,
            raw=raw,
        )
    return transaction_result(transaction, request=request, raw=raw)


def list_result(answer: Answer, our_ref: str, request: str) -> Result:
    """Read a list filtered by our reference; an empty one is "not found"."""
    rows, raw = answer.document, printable(answer)
    if not isinstance(rows, list):
        return unknown('the answer is no list', request=request, raw=raw)
    if not rows:
        return not_found(request=request, raw=raw)
    own = [row for row in map(mapping, rows) if row.get('external_id') == our_ref]
    if not own:
        # Rows of other orders only: the filter was not applied, so this proves nothing.
        return unknown(
            'the list is about other orders', code='FILTER_IGNORED', request=request, raw=raw
        )
    return best_of([transaction_result(row, request=request, raw=raw) for row in own])


def status_class(status: object) -> str:
    """Return the name of a status' class, '' when id and name disagree or are new."""
    found = mapping(mapping(status).get('class'))
    number, name = found.get('id'), to_text(found.get('message'))
    if isinstance(number, bool) or not isinstance(number, int):
        return ''
    known = CLASSES.get(number, '')
    return known if not name or name == known else ''


def transaction_result(transaction: Mapping[str, Any], *, request: str, raw: str) -> Result:
    """Return what one transaction says; a class that is new is an unknown outcome."""
    status = mapping(transaction.get('status'))
    state = STATES.get(status_class(status), State.UNKNOWN)
    message = to_text(status.get('message'))
    cost, currency = (None, '') if state in UNCHARGED_STATES else _cost(transaction)
    delivered, delivered_currency = _delivered(transaction, state)
    settled = state in (State.PROCESSING, State.SUCCEEDED)
    return Result(
        state=state,
        supplier_ref=to_text(transaction.get('id')),
        operator_ref=to_text(transaction.get('operator_reference')),
        cost=cost,
        cost_currency=currency,
        delivered=delivered,
        delivered_currency=delivered_currency,
        error_class=_failure(state, message),
        error_code='' if settled else message or 'UNKNOWN_STATUS',
        error_text='' if settled else f'status {message or status!r}',
        occurred_at=to_text(transaction.get('confirmation_date'))
        or to_text(transaction.get('creation_date')),
        request=request,
        raw=raw,
        pin=_pin(transaction),
    )


def _failure(state: State, message: str) -> ErrorClass | None:
    """Return the class of what went wrong; a reversal was delivered before, so it has none."""
    if state is State.FAILED:
        return classify_failed(message)
    if state is State.CANCELLED:
        return ErrorClass.FINAL_OPERATOR
    return ErrorClass.UNKNOWN if state is State.UNKNOWN else None


def _cost(transaction: Mapping[str, Any]) -> tuple[Decimal | None, str]:
    """Return the wholesale price with its fee: that is what leaves the balance."""
    wholesale = mapping(mapping(transaction.get('prices')).get('wholesale'))
    amount = to_decimal(wholesale.get('amount'))
    if amount is None:
        return None, ''
    return amount + (to_decimal(wholesale.get('fee')) or Decimal(0)), to_text(wholesale.get('unit'))


def _delivered(transaction: Mapping[str, Any], state: State) -> tuple[Decimal | None, str]:
    if state is not State.SUCCEEDED:
        return None, ''
    for name in ('adjusted_values', 'requested_values'):
        destination = mapping(mapping(transaction.get(name)).get('destination'))
        amount = to_decimal(destination.get('amount'))
        if amount is not None:
            return amount, to_text(destination.get('unit'))
    return None, ''


def _pin(transaction: Mapping[str, Any]) -> Pin | None:
    """Return the code that was bought, with the product's notes on how to use it."""
    pin = mapping(transaction.get('pin'))
    code = to_text(pin.get('code'))
    if not code:
        return None
    notes = mapping(mapping(transaction.get('product')).get('pin')).get('usage_info')
    lines = [to_text(note) for note in notes] if isinstance(notes, list) else []
    return Pin(
        code=code,
        serial=to_text(pin.get('serial')),
        instructions='\n'.join(line for line in lines if line),
    )
