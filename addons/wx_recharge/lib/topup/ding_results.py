"""Turning Ding's answers into normalized results. Source: spec/topup_suppliers.md §3, §5.3."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .ding_codes import RESULT_OK, RESULT_PARTIAL, STATES, classify, classify_failed
from .normalized import NOT_EXECUTED, UNCHARGED_STATES, ErrorClass, Pin, Result, State, unknown
from .outcome import best_of, not_found, refused
from .transport import Answer, mapping, printable, to_decimal, to_text

Errors = tuple[tuple[str, str], ...]


def errors_of(document: object) -> Errors:
    """Return the (code, context) pairs of an envelope."""
    rows = mapping(document).get('ErrorCodes')
    if not isinstance(rows, list):
        return ()
    return tuple(
        (to_text(mapping(row).get('Code')), to_text(mapping(row).get('Context'))) for row in rows
    )


def describe(errors: Errors) -> str:
    """Return the errors as text: Code/Context, Code/Context."""
    return ', '.join('/'.join(part for part in error if part) for error in errors)


def succeeded(answer: Answer) -> bool:
    """Tell whether the call itself was well; HTTP 200 alone does not say so (§6 trap 4)."""
    code = mapping(answer.document).get('ResultCode')
    return answer.ok and code in (RESULT_OK, RESULT_PARTIAL) and not isinstance(code, bool)


def submit_result(answer: Answer, our_ref: str, request: str) -> Result:
    """Read the answer of SendTransfer: its record, or why there is none."""
    errors, raw = errors_of(answer.document), printable(answer)
    record = mapping(mapping(answer.document).get('TransferRecord'))
    stranger = _our_ref(record)
    if stranger and stranger != our_ref:
        return unknown(
            'the answer is about another order',
            code='REFERENCE_MISMATCH',
            request=request,
            raw=raw,
        )
    supplier_ref = to_text(mapping(record.get('TransferId')).get('TransferRef'))
    if succeeded(answer) and not errors:
        if not record:
            return unknown('the answer has no transfer record', request=request, raw=raw)
        return record_result(record, (), request=request, raw=raw)
    found = classify(answer.status, errors)
    state = STATES.get(to_text(record.get('ProcessingState')))
    if found in NOT_EXECUTED and state not in (None, State.FAILED, State.CANCELLED):
        # An error beside a transfer that is not over: they cannot both be right.
        found = ErrorClass.UNKNOWN
    text = describe(errors) or f'HTTP {answer.status}'
    return refused(found, answer, describe(errors), text, request, supplier_ref)


def records_result(answer: Answer, our_ref: str, request: str) -> Result:
    """Read ListTransferRecords asked by our reference; an empty list is "not found".

    More than one record of a reference means that it was executed more than once, which
    Ding's own duplicate check does not prevent.
    """
    raw, errors = printable(answer), errors_of(answer.document)
    items = mapping(answer.document).get('Items')
    if not succeeded(answer) or not isinstance(items, list):
        code = describe(errors) or f'HTTP_{answer.status}'
        return unknown('the records were not told', code=code, request=request, raw=raw)
    if not items:
        return not_found(request=request, raw=raw)
    own = []
    for item in map(mapping, items):
        record = mapping(item.get('TransferRecord', item))
        if _our_ref(record) == our_ref:
            own.append(record_result(record, errors_of(item), request=request, raw=raw))
    if not own:
        # Records of other orders only: the filter was not applied, so this proves nothing.
        return unknown(
            'the records are of other orders', code='FILTER_IGNORED', request=request, raw=raw
        )
    return best_of(own)


def record_result(record: Mapping[str, Any], errors: Errors, *, request: str, raw: str) -> Result:
    """Return what one transfer record says; a state that is new is an unknown outcome."""
    told = to_text(record.get('ProcessingState'))
    state = STATES.get(told, State.UNKNOWN)
    failure = _failure(state, errors)
    price = mapping(record.get('Price'))
    cost = None if state in UNCHARGED_STATES else _cost(price, record)
    delivered = to_decimal(price.get('ReceiveValue')) if state is State.SUCCEEDED else None
    receipt = _lowered(record.get('ReceiptParams'))
    return Result(
        state=state,
        supplier_ref=to_text(mapping(record.get('TransferId')).get('TransferRef')),
        operator_ref=to_text(receipt.get('providerref')),
        cost=cost,
        cost_currency=to_text(price.get('SendCurrencyIso')) if cost is not None else '',
        delivered=delivered,
        delivered_currency=(
            to_text(price.get('ReceiveCurrencyIso')) if delivered is not None else ''
        ),
        error_class=failure,
        error_code=(describe(errors) or told or 'UNKNOWN_STATE') if failure else '',
        error_text=f'state {told}' if failure else '',
        occurred_at=to_text(record.get('CompletedUtc')) or to_text(record.get('StartedUtc')),
        request=request,
        raw=raw,
        pin=_pin(record, receipt),
    )


def _failure(state: State, errors: Errors) -> ErrorClass | None:
    if state is State.FAILED:
        return classify_failed(errors)
    if state is State.CANCELLED:
        return ErrorClass.FINAL_OPERATOR
    return ErrorClass.UNKNOWN if state is State.UNKNOWN else None


def _our_ref(record: Mapping[str, Any]) -> str:
    return to_text(mapping(record.get('TransferId')).get('DistributorRef'))


def _cost(price: Mapping[str, Any], record: Mapping[str, Any]) -> Decimal | None:
    """Return what is debited: SendValue + DistributorFee, less commission."""
    amount = to_decimal(price.get('SendValue'))
    if amount is None:
        return None
    fee = to_decimal(price.get('DistributorFee')) or Decimal(0)
    return amount + fee - (to_decimal(record.get('CommissionApplied')) or Decimal(0))


def _lowered(params: object) -> Mapping[str, Any]:
    """Return receipt parameters by lower-case name, because their spelling varies."""
    return {str(name).lower(): value for name, value in mapping(params).items()}


def _pin(record: Mapping[str, Any], receipt: Mapping[str, Any]) -> Pin | None:
    code = to_text(receipt.get('pin'))
    if not code:
        return None
    return Pin(
        code=code,
        serial=to_text(receipt.get('serial')),
        instructions=to_text(record.get('ReceiptText')),
    )
