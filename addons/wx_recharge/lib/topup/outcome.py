"""What all suppliers' answers have in common: refusals, "no such order", repeats.

Source: spec/topup_suppliers.md §0, §5.4.
"""

from collections.abc import Sequence
from dataclasses import replace

from .errors import AccountProblem, Refused, Throttled, TopupError, UnknownOutcome
from .normalized import NOT_EXECUTED, ErrorClass, Result, State
from .transport import Answer, printable

# When one reference was executed more than once, the outcome that served the customer counts.
_BEST_FIRST = (
    State.SUCCEEDED,
    State.PARTIALLY_SUCCEEDED,
    State.PROCESSING,
    State.UNKNOWN,
    State.REVERSED,
    State.CANCELLED,
    State.FAILED,
)
# Records of these cost nothing: the next try under the reference is no repeat of theirs.
_NOT_CHARGED = frozenset({State.CANCELLED, State.FAILED})


def retry_after(answer: Answer) -> int | None:
    """Return the seconds of a `Retry-After` header, None when it is absent or a date."""
    text = answer.headers.get('retry-after', '').strip()
    return int(text) if text.isascii() and text.isdigit() else None


def refused(
    found: ErrorClass, answer: Answer, code: str, text: str, request: str, supplier_ref: str = ''
) -> Result:
    """Return the result of a submit that was not accepted; only a proven refusal is a failure."""
    return Result(
        state=State.FAILED if found in NOT_EXECUTED else State.UNKNOWN,
        supplier_ref=supplier_ref,
        error_class=found,
        error_code=code or f'HTTP_{answer.status}',
        error_text=text,
        retry_after_s=retry_after(answer),
        request=request,
        raw=printable(answer),
    )


def reading_error(found: ErrorClass, answer: Answer, code: str, text: str) -> TopupError:
    """Return the error of a reading call, of the class that tells what may be done next."""
    if found is ErrorClass.THROTTLED:
        return Throttled(
            text, http_status=answer.status, code=code, retry_after_s=retry_after(answer)
        )
    if found in (ErrorClass.UNKNOWN, ErrorClass.DUPLICATE_REF):
        return UnknownOutcome(text, http_status=answer.status, code=code)
    kind = AccountProblem if found is ErrorClass.ACCOUNT else Refused
    return kind(text, http_status=answer.status, code=code)


def not_found(*, request: str, raw: str) -> Result:
    """Return the result of a query that the supplier answered with "no such order"."""
    return Result(
        state=State.UNKNOWN,
        error_class=ErrorClass.UNKNOWN,
        error_text='the supplier knows no such order',
        found=False,
        request=request,
        raw=raw,
    )


def best_of(results: Sequence[Result]) -> Result:
    """Return the best of all results under one reference, with the repeats counted."""
    best = min(results, key=lambda result: _BEST_FIRST.index(result.state))
    charged = sum(result.state not in _NOT_CHARGED for result in results)
    return replace(best, duplicates=max(0, charged - 1))
