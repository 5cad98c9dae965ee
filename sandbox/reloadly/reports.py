"""Status and reports of top-ups. Source: spec/topup_suppliers.md §1."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..state import Sandbox
from ..topup.wire import number
from .account import check_token
from .answers import MESSAGES, ReloadlyError, answer, to_code
from .catalogue import SENDER_CURRENCY
from .operators import page_of
from .state import Topup


def as_transaction(topup: Topup) -> dict[str, Any]:
    """Return a top-up as reports, answers and webhooks show it."""
    operator = topup.operator
    return {
        'transactionId': topup.transaction_id,
        'status': topup.status,
        'operatorTransactionId': topup.operator_transaction_id
        if topup.status == 'SUCCESSFUL'
        else None,
        'customIdentifier': topup.reference or None,
        'recipientPhone': topup.number,
        'recipientEmail': None,
        'senderPhone': None,
        'countryCode': operator.country.iso,
        'operatorId': operator.id,
        'operatorName': operator.name,
        'discount': number(topup.discount),
        'discountCurrencyCode': SENDER_CURRENCY,
        'requestedAmount': number(topup.requested),
        'requestedAmountCurrencyCode': SENDER_CURRENCY,
        'deliveredAmount': number(topup.delivered),
        'deliveredAmountCurrencyCode': operator.country.currency,
        'transactionDate': topup.date,
        'fee': number(topup.fee),
        'pinDetail': _pin_detail(topup),
        'balanceInfo': {
            'oldBalance': number(topup.old_balance),
            'newBalance': number(topup.new_balance),
            'cost': number(topup.cost),
            'currencyCode': SENDER_CURRENCY,
            'currencyName': 'US Dollar',
            'updatedAt': topup.date,
        },
    }


def _pin_detail(topup: Topup) -> dict[str, Any] | None:
    if topup.pin is None:
        return None
    return {
        'serial': topup.pin.serial,
        'info1': 'Dial *121*PIN#',
        'info2': None,
        'info3': None,
        'value': None,
        'code': topup.pin.code,
        'ivr': '121',
        'validity': '30 days',
    }


def _find(sandbox: Sandbox, text: str) -> Topup:
    found = sandbox.reloadly.orders.get(text)
    if not isinstance(found, Topup):
        raise ReloadlyError('TRANSACTION_NOT_FOUND')
    return found


async def status(sandbox: Sandbox, request: Request) -> Response:
    """Show the state of one top-up; the transaction itself only once it is final."""
    check_token(sandbox, request)
    topup = _find(sandbox, request.path_params['transaction_id'])
    code = to_code(topup.reason) if topup.reason else None
    shown: dict[str, Any] = {
        'code': code,
        'message': MESSAGES.get(code, code) if code else None,
        'status': topup.status,
    }
    if topup.status != 'PROCESSING':
        shown['transaction'] = as_transaction(topup)
    return answer(shown)


async def transaction(sandbox: Sandbox, request: Request) -> Response:
    """Show one line of the report."""
    check_token(sandbox, request)
    return answer(as_transaction(_find(sandbox, request.path_params['transaction_id'])))


async def transactions(sandbox: Sandbox, request: Request) -> Response:
    """List the top-ups that fit the filters, newest first; rejected ones left no record."""
    check_token(sandbox, request)
    query, now = request.query_params, sandbox.clock.now()
    fitting = [
        topup
        for topup in reversed(sandbox.reloadly.topups)
        if topup.found_from <= now and _fits(topup, dict(query))
    ]
    return answer(page_of([as_transaction(topup) for topup in fitting], request))


def _fits(topup: Topup, query: dict[str, str]) -> bool:
    operator = topup.operator
    identifier = query.get('customIdentifier')
    if identifier is not None and identifier.casefold() != topup.reference.casefold():
        return False
    if query.get('countryCode', operator.country.iso).upper() != operator.country.iso:
        return False
    if query.get('operatorId', str(operator.id)) != str(operator.id):
        return False
    if query.get('operatorName', '').casefold() not in operator.name.casefold():
        return False
    return query.get('startDate', '') <= topup.date <= query.get('endDate', '9999')
