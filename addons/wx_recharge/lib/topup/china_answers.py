"""Reading the answers of a China style supplier by its dialect.

Source: spec/topup_suppliers.md §4, §5.3.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .china_dialect import Call, Dialect
from .errors import UnknownOutcome
from .normalized import UNCHARGED_STATES, ErrorClass, Pin, Result, State, unknown
from .outcome import best_of, not_found, reading_error, refused
from .transport import Answer, mapping, printable, to_decimal, to_text

_FEN = Decimal('0.01')


def pick(document: object, path: str) -> Any:
    """Return what is at a path: dots go down, `|` parts alternatives, '' is the whole."""
    for way in path.split('|'):
        found = document
        for name in filter(None, way.split('.')):
            found = mapping(found).get(name)
        if found is not None:
            return found
    return None


def code_of(dialect: Dialect, answer: Answer) -> str:
    """Return the supplier's own code, '' when the body has none."""
    return to_text(pick(answer.document, dialect.answers.code)) if answer.ok else ''


def text_of(dialect: Dialect, answer: Answer) -> str:
    """Return the supplier's words, or the HTTP status."""
    found = to_text(pick(answer.document, dialect.answers.text)) if dialect.answers.text else ''
    return found or f'HTTP {answer.status}'


def succeeded(dialect: Dialect, answer: Answer) -> bool:
    """Tell whether the call itself was well; for an order that is "accepted", not "delivered"."""
    return code_of(dialect, answer) in dialect.answers.ok


def classify(dialect: Dialect, answer: Answer) -> ErrorClass:
    """Return what a refusing answer allows.

    Nothing but what the supplier's manual promises proves that nothing was executed: what is
    not listed is unknown, also "system busy" and every HTTP error. Source: §4.4.
    """
    if answer.status == 429:
        return ErrorClass.THROTTLED
    code = code_of(dialect, answer)
    if not code or code in dialect.answers.ok:
        return ErrorClass.UNKNOWN
    if code in dialect.answers.classes:
        return dialect.answers.classes[code]
    text = text_of(dialect, answer)
    found = {error for words, error in dialect.answers.texts.items() if words in text}
    return found.pop() if len(found) == 1 else ErrorClass.UNKNOWN


def data_of(dialect: Dialect, answer: Answer) -> Any:
    """Return the data of a good answer. :raise TopupError: of the fitting class"""
    if not succeeded(dialect, answer):
        code, text = code_of(dialect, answer), text_of(dialect, answer)
        raise reading_error(classify(dialect, answer), answer, code, text)
    found = pick(answer.document, dialect.answers.data)
    if found is None:
        raise UnknownOutcome('the answer has no data', http_status=answer.status)
    return found


def money(dialect: Dialect, value: object) -> Decimal | None:
    """Return an amount in yuan."""
    amount = to_decimal(value)
    return amount * _FEN if amount is not None and dialect.unit == 'fen' else amount


def field(call: Call, row: object, name: str) -> Any:
    """Return a field of a row by our name, None when the call does not tell it."""
    path = call.fields.get(name)
    return pick(row, path) if path else None


def submit_result(
    dialect: Dialect, call: Call, answer: Answer, our_ref: str, request: str
) -> Result:
    """Read the answer to an order: accepted is not delivered (§6 trap 4)."""
    if not succeeded(dialect, answer):
        code, text = code_of(dialect, answer), text_of(dialect, answer)
        return refused(classify(dialect, answer), answer, code, text, request)
    raw = printable(answer)
    row = mapping(pick(answer.document, dialect.answers.data))
    stranger = to_text(field(call, row, 'our_ref'))
    if stranger and stranger != our_ref:
        return _mismatch(request, raw)
    if field(call, row, 'state') is None:
        cost = money(dialect, field(call, row, 'cost'))
        return Result(
            state=State.ACCEPTED,
            supplier_ref=to_text(field(call, row, 'supplier_ref')),
            cost=cost,
            cost_currency=dialect.currency if cost is not None else '',
            request=request,
            raw=raw,
        )
    return row_result(dialect, call, row, request=request, raw=raw)


def query_result(
    dialect: Dialect, call: Call, answer: Answer, our_ref: str, request: str
) -> Result:
    """Read the answer about an order: one row or a list of them."""
    raw = printable(answer)
    if not succeeded(dialect, answer):
        code = code_of(dialect, answer)
        if _says_not_found(dialect, code, text_of(dialect, answer)):
            return not_found(request=request, raw=raw)
        return unknown(
            text_of(dialect, answer),
            code=code or f'HTTP_{answer.status}',
            request=request,
            raw=raw,
        )
    data = pick(answer.document, dialect.answers.data)
    if isinstance(data, list):
        return _list_result(dialect, call, data, our_ref, request, raw)
    if not isinstance(data, Mapping) or not data:
        return unknown('the answer has no order', request=request, raw=raw)
    stranger = to_text(field(call, data, 'our_ref'))
    if stranger and stranger != our_ref:
        return _mismatch(request, raw)
    return row_result(dialect, call, data, request=request, raw=raw)


def _says_not_found(dialect: Dialect, code: str, text: str) -> bool:
    """Tell whether a good HTTP answer says so by its code or, where these differ, in words."""
    words = dialect.answers.not_found
    return bool(code) and (
        code in words or any(word in text for word in words if not word.isdigit())
    )


def _list_result(
    dialect: Dialect, call: Call, rows: list[Any], our_ref: str, request: str, raw: str
) -> Result:
    if not rows:
        return not_found(request=request, raw=raw)
    own = [row for row in rows if to_text(field(call, row, 'our_ref')) == our_ref]
    if not own:
        # Rows of other orders only: the filter was not applied, so this proves nothing.
        return unknown(
            'the list is about other orders', code='FILTER_IGNORED', request=request, raw=raw
        )
    return best_of([row_result(dialect, call, row, request=request, raw=raw) for row in own])


def row_result(dialect: Dialect, call: Call, row: object, *, request: str, raw: str) -> Result:
    """Return what one order's row says; a state that is not listed is an unknown outcome."""
    told = to_text(field(call, row, 'state'))
    state = dialect.states.get(told, State.UNKNOWN)
    failure = _failure(state)
    wrong = state not in (State.ACCEPTED, State.PROCESSING, State.SUCCEEDED)
    cost = None if state in UNCHARGED_STATES else money(dialect, field(call, row, 'cost'))
    delivered = None
    if state in (State.SUCCEEDED, State.PARTIALLY_SUCCEEDED):
        delivered = money(dialect, field(call, row, 'delivered'))
    code = to_text(field(call, row, 'pin'))
    return Result(
        state=state,
        supplier_ref=to_text(field(call, row, 'supplier_ref')),
        operator_ref=to_text(field(call, row, 'operator_ref')),
        cost=cost,
        cost_currency=dialect.currency if cost is not None else '',
        delivered=delivered,
        delivered_currency=dialect.currency if delivered is not None else '',
        error_class=failure,
        error_code=f'STATE_{told}' if wrong else '',
        error_text=(to_text(field(call, row, 'note')) or f'state {told}') if wrong else '',
        occurred_at=to_text(field(call, row, 'occurred_at')),
        request=request,
        raw=raw,
        pin=Pin(code, to_text(field(call, row, 'serial'))) if code else None,
    )


def _failure(state: State) -> ErrorClass | None:
    if state in (State.FAILED, State.CANCELLED):
        return ErrorClass.FINAL_OPERATOR
    return ErrorClass.UNKNOWN if state is State.UNKNOWN else None


def _mismatch(request: str, raw: str) -> Result:
    return unknown(
        'the answer is about another order', code='REFERENCE_MISMATCH', request=request, raw=raw
    )
