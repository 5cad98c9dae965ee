"""Turning Reloadly's answers into normalized results. Source: spec/topup_suppliers.md §1, §5.3."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .normalized import ErrorClass, Pin, Result, State, unknown
from .outcome import best_of, not_found, refused
from .reloadly_codes import STATES, classify, classify_failed
from .transport import Answer, printable, to_decimal, to_text


def error_code(answer: Answer) -> str:
    """Return the supplier's error code, '' when the body has none."""
    document = answer.document
    return to_text(document.get('errorCode')) if isinstance(document, Mapping) else ''


def error_text(answer: Answer) -> str:
    """Return the supplier's message, or the HTTP status."""
    document = answer.document
    text = to_text(document.get('message')) if isinstance(document, Mapping) else ''
    return text or f'HTTP {answer.status}'


def refusal(answer: Answer, request: str) -> Result:
    """Return the result of a submit that was not accepted."""
    code = error_code(answer)
    return refused(classify(answer.status, code), answer, code, error_text(answer), request)


def accepted(answer: Answer, request: str) -> Result:
    """Return the result of a 2xx submit: accepted is not delivered (§6 trap 4)."""
    document = answer.document
    if not isinstance(document, Mapping) or not to_text(document.get('transactionId')):
        return unknown(
            'accepted without a transaction id',
            code=error_code(answer),
            request=request,
            raw=printable(answer),
        )
    if 'status' in document:
        return transaction_result(document, request=request, raw=printable(answer))
    return Result(
        state=State.ACCEPTED,
        supplier_ref=to_text(document['transactionId']),
        request=request,
        raw=printable(answer),
    )


def status_result(answer: Answer, our_ref: str, supplier_ref: str, request: str) -> Result:
    """Read `/topups/{id}/status`; `transaction` is absent while it is being processed."""
    document = answer.document
    raw = printable(answer)
    if not isinstance(document, Mapping):
        return unknown('the status answer is no object', request=request, raw=raw)
    transaction = document.get('transaction')
    if not isinstance(transaction, Mapping):
        transaction = {}
    stranger = to_text(transaction.get('customIdentifier'))
    if stranger and stranger.lower() != our_ref.lower():
        return unknown(
            'the answer is about another order',
            code='REFERENCE_MISMATCH',
            request=request,
            raw=raw,
        )
    merged: dict[str, Any] = {'transactionId': supplier_ref, **transaction}
    merged['status'] = document.get('status') or transaction.get('status')
    code = to_text(document.get('code'))
    text = to_text(document.get('message'))
    return transaction_result(merged, code=code, text=text, request=request, raw=raw)


def report_result(answer: Answer, our_ref: str, request: str) -> Result:
    """Read a report filtered by our reference; an empty one is "not found"."""
    raw = printable(answer)
    document = answer.document
    content = document.get('content') if isinstance(document, Mapping) else None
    if not isinstance(content, list):
        return unknown('the report has no content', request=request, raw=raw)
    if not content:
        return not_found(request=request, raw=raw)
    rows = [row for row in content if _names(row, our_ref)]
    if not rows:
        # Rows of other orders only: the filter was not applied, so this proves nothing.
        return unknown(
            'the report is about other orders', code='FILTER_IGNORED', request=request, raw=raw
        )
    return best_of([transaction_result(row, request=request, raw=raw) for row in rows])


def transaction_result(
    transaction: Mapping[str, Any], *, code: str = '', text: str = '', request: str, raw: str
) -> Result:
    """Return what one transaction object says; an unknown status is an unknown outcome."""
    state = STATES.get(to_text(transaction.get('status')), State.UNKNOWN)
    failure: ErrorClass | None = None
    if state is State.FAILED:
        code = code or to_text(transaction.get('errorCode')) or 'TRANSACTION_FAILED'
        failure = classify_failed(code)
    elif state is State.UNKNOWN:
        failure = ErrorClass.UNKNOWN
    cost, currency = _cost(transaction)
    return Result(
        state=state,
        supplier_ref=to_text(transaction.get('transactionId')),
        operator_ref=to_text(transaction.get('operatorTransactionId')),
        cost=cost,
        cost_currency=currency,
        delivered=to_decimal(transaction.get('deliveredAmount')),
        delivered_currency=to_text(transaction.get('deliveredAmountCurrencyCode')),
        error_class=failure,
        error_code=code if failure else '',
        error_text=(text or f'status {transaction.get("status")}') if failure else '',
        occurred_at=to_text(transaction.get('transactionDate')),
        request=request,
        raw=raw,
        pin=_pin(transaction.get('pinDetail')),
    )


def _pin(detail: object) -> Pin | None:
    """Return the code that was bought; `info1` to `info3` tell the customer how to use it."""
    if not isinstance(detail, Mapping):
        return None
    code = to_text(detail.get('code'))
    if not code:
        return None
    texts = [to_text(detail.get(name)) for name in ('info1', 'info2', 'info3', 'ivr', 'validity')]
    return Pin(
        code=code,
        serial=to_text(detail.get('serial')),
        instructions='\n'.join(text for text in texts if text),
    )


def _names(row: Any, our_ref: str) -> bool:
    if not isinstance(row, Mapping):
        return False
    return to_text(row.get('customIdentifier')).lower() == our_ref.lower()


def _cost(transaction: Mapping[str, Any]) -> tuple[Decimal | None, str]:
    """Return what the order cost us: the balance's own figure when there is one.

    Otherwise amount + fee − discount. Source: spec/topup_suppliers.md §1.
    """
    balance = transaction.get('balanceInfo')
    if isinstance(balance, Mapping):
        cost = to_decimal(balance.get('cost'))
        if cost is not None:
            return cost, to_text(balance.get('currencyCode'))
    amount = to_decimal(transaction.get('requestedAmount'))
    if amount is None:
        return None, ''
    fee = to_decimal(transaction.get('fee')) or Decimal(0)
    discount = to_decimal(transaction.get('discount')) or Decimal(0)
    return amount + fee - discount, to_text(transaction.get('requestedAmountCurrencyCode'))
