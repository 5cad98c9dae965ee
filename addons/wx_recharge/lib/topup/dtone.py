"""DT One (Digital Value Services) behind the normalized interface.

Source: spec/topup_suppliers.md §2.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from . import dtone_catalogue, dtone_results
from .dtone_codes import (
    CAPABILITIES,
    INVALID_NUMBER_CODE,
    MOBILE_SERVICE,
    MODES,
    NOT_FOUND_CODES,
    PARTIES,
    STATES,
    classify,
)
from .dtone_results import error_codes, error_text
from .errors import Refused, SignatureError, UnknownOutcome
from .normalized import (
    Balance,
    CallbackReply,
    Capabilities,
    Event,
    OrderRequest,
    Quote,
    Result,
    State,
    unknown,
)
from .outcome import not_found, reading_error
from .products import Candidate, Denomination, Product, Side
from .transport import (
    Answer,
    Send,
    exchange,
    mapping,
    parse_json,
    printable,
    to_decimal,
    to_json,
    to_text,
)

PAGE_SIZE = 100
READ_TIMEOUT_S = 10.0
# The asynchronous call answers at once; running over this leads to a query, never to a failure.
SUBMIT_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Config:
    """Where DT One is and who we are; `currency` chooses the balance when there are several."""

    key: str
    secret: str = field(repr=False)
    base: str
    currency: str = ''


class DtOne:
    """One DT One account."""

    capabilities: Capabilities = CAPABILITIES
    callback_reply: CallbackReply = CallbackReply()

    def __init__(self, send: Send, config: Config, *, timeout: float = READ_TIMEOUT_S) -> None:
        self._send = send
        self._config = config
        self._timeout = timeout

    # === READING === #

    def fetch_balance(self) -> Balance:
        """Return what is available; money held for running orders is not (§6 trap 14)."""
        rows = _require_list(self._call('GET', '/balances'))
        money = [row for row in map(mapping, rows) if row.get('unit_type') == 'CURRENCY']
        if self._config.currency:
            money = [row for row in money if row.get('unit') == self._config.currency]
        if len(money) != 1:
            raise UnknownOutcome(f'{len(money)} balances fit, one is expected')
        amount = to_decimal(money[0].get('available'))
        if amount is None:
            raise UnknownOutcome('the balance answer has no available amount')
        return Balance(amount=amount, currency=to_text(money[0].get('unit')))

    def fetch_catalogue(self) -> Iterator[Product]:
        """Yield all mobile products, one page in memory at a time."""
        page = 1
        while True:
            query = urlencode({'service_id': MOBILE_SERVICE, 'page': page, 'per_page': PAGE_SIZE})
            answer = self._call('GET', f'/products?{query}')
            rows = _require_list(answer)
            for row in rows:
                product = dtone_catalogue.parse_product(row)
                if product:
                    yield product
            if not rows or not _has_next(answer, page, len(rows)):
                return
            page += 1

    def lookup_number(self, e164: str, country: str) -> tuple[Candidate, ...]:
        """Return the operators of a number, those identified for this very number first."""
        body = to_json({'mobile_number': e164}).encode()
        answer = self._call('POST', '/lookup/mobile-number', body=body)
        codes = set(error_codes(answer))
        if not answer.ok and codes & (NOT_FOUND_CODES | {INVALID_NUMBER_CODE}):
            return ()
        found = [dtone_catalogue.parse_candidate(row) for row in _require_list(answer)]
        candidates = [candidate for candidate in found if candidate]
        return tuple(sorted(candidates, key=lambda candidate: not candidate.identified))

    def quote(self, order: OrderRequest) -> Quote:
        """Return the price of a product now; of a ranged one by its wholesale rate.

        :raise Refused: no such product, or the amount cannot be priced
        """
        dtone_catalogue.check_sku(order.sku)
        answer = self._call('GET', f'/products/{order.sku}')
        document = _require(answer)
        product = dtone_catalogue.parse_product(document)
        if product is None:
            raise UnknownOutcome('the answer is no product')
        if product.denomination is Denomination.FIXED:
            cost, receive = product.cost_amount, product.receive_amount
        else:
            rate = to_decimal(mapping(document.get('rates')).get('wholesale'))
            if not rate or rate < 0 or order.side is Side.SEND or order.amount is None:
                raise Refused('only amounts that arrive are priced', code='INVALID_AMOUNT')
            cost, receive = order.amount / rate, order.amount
        if cost is None:
            raise UnknownOutcome('the product has no price')
        return Quote(
            cost=cost + product.fees.amount,
            cost_currency=product.cost_currency,
            receive=receive,
            receive_currency=product.receive_currency,
        )

    # === ORDERING === #

    def submit(self, order: OrderRequest) -> Result:
        """Ask for a top-up by `/async/transactions`; created is not delivered.

        :raise Refused: sku, amount or extra fields cannot be used, nothing has left
        """
        body = to_json(order_body(order)).encode()
        request = f'POST /async/transactions {body.decode()}'
        try:
            answer = self._call('POST', '/async/transactions', body=body, timeout=SUBMIT_TIMEOUT_S)
        except UnknownOutcome as error:
            return unknown(str(error), code='NO_ANSWER', request=request)
        if answer.ok:
            return dtone_results.one_result(answer, order.our_ref, request)
        return dtone_results.refusal(answer, request)

    def query(self, our_ref: str, supplier_ref: str = '') -> Result:
        """Ask what became of an order, by their id when we have it, else by our reference."""
        if supplier_ref:
            result = self._ask(
                f'/transactions/{quote(supplier_ref, safe="")}',
                lambda answer, request: dtone_results.one_result(answer, our_ref, request),
            )
            if result.found:
                return result
        # A list without our reference would show the orders of one day only.
        return self._ask(
            f'/transactions?{urlencode({"external_id": our_ref})}',
            lambda answer, request: dtone_results.list_result(answer, our_ref, request),
        )

    def _ask(self, path: str, read: Callable[[Answer, str], Result]) -> Result:
        """Return what `read` makes of a good answer; a refused question says nothing."""
        request = f'GET {path}'
        try:
            answer = self._call('GET', path)
        except UnknownOutcome as error:
            return unknown(str(error), code='NO_ANSWER', request=request)
        if answer.ok:
            return read(answer, request)
        if dtone_results.no_such_order(answer):
            return not_found(request=request, raw=printable(answer))
        return unknown(
            error_text(answer),
            code=','.join(error_codes(answer)) or f'HTTP_{answer.status}',
            request=request,
            raw=printable(answer),
        )

    def parse_callback(self, headers: Mapping[str, str], body: bytes, secret: str) -> Event:
        """Read a callback, which nobody signs: a hint to ask, and only that.

        :raise SignatureError: it names no transaction
        """
        transaction = mapping(parse_json(body))
        our_ref = to_text(transaction.get('external_id'))
        supplier_ref = to_text(transaction.get('id'))
        if not our_ref and not supplier_ref:
            raise SignatureError('the callback names no transaction')
        found = dtone_results.status_class(transaction.get('status'))
        return Event(
            our_ref=our_ref,
            supplier_ref=supplier_ref,
            state_hint=STATES.get(found, State.UNKNOWN),
            authenticated=False,
        )

    # === PLUMBING === #

    def _call(
        self, method: str, path: str, *, body: bytes = b'', timeout: float | None = None
    ) -> Answer:
        pair = f'{self._config.key}:{self._config.secret}'.encode()
        headers = {
            'Authorization': f'Basic {base64.b64encode(pair).decode()}',
            'Accept': 'application/json',
        }
        if body:
            headers['Content-Type'] = 'application/json'
        return exchange(
            self._send,
            method,
            self._config.base + path,
            headers=headers,
            body=body,
            timeout=timeout or self._timeout,
        )


def order_body(order: OrderRequest) -> dict[str, Any]:
    """Return the document of an order.

    `auto_confirm` is false by default, and an order that is not confirmed expires (§6 trap 10).

    :raise Refused: sku, amount or extra fields cannot be used
    """
    dtone_catalogue.check_sku(order.sku)
    body: dict[str, Any] = {
        'external_id': order.our_ref,
        'product_id': int(order.sku),
        'auto_confirm': True,
        'credit_party_identifier': {'mobile_number': order.e164},
    }
    if order.amount is not None:
        body |= _amount(order, order.amount)
    if order.callback_url:
        body['callback_url'] = order.callback_url
    for name, value in order.extra.items():
        party, _dot, key = name.partition('.')
        if party not in PARTIES or not key:
            raise Refused(f'not a field of an order: {name!r}', code='INVALID_EXTRA')
        body.setdefault(party, {})[key] = value
    return body


def _amount(order: OrderRequest, amount: Decimal) -> dict[str, Any]:
    if not amount.is_finite() or amount <= 0 or not order.amount_currency:
        raise Refused('the amount needs a currency and to be positive', code='INVALID_AMOUNT')
    mode = next(mode for mode, side in MODES.items() if side is order.side)
    named = {'unit_type': 'CURRENCY', 'unit': order.amount_currency, 'amount': amount}
    return {'calculation_mode': mode, mode.partition('_')[0].lower(): named}


def _has_next(answer: Answer, page: int, count: int) -> bool:
    """Tell whether there is another page; without headers a full page means so."""
    pages = answer.headers.get('x-total-pages', '').strip()
    if pages.isascii() and pages.isdigit():
        return page < int(pages)
    return count >= PAGE_SIZE


def _require(answer: Answer) -> Mapping[str, Any]:
    """Return the object of a good answer. :raise TopupError: of the fitting class"""
    _check(answer)
    if isinstance(answer.document, Mapping):
        return answer.document
    raise UnknownOutcome('the answer is no JSON object', http_status=answer.status)


def _require_list(answer: Answer) -> list[Any]:
    """Return the list of a good answer. :raise TopupError: of the fitting class"""
    _check(answer)
    if isinstance(answer.document, list):
        return answer.document
    raise UnknownOutcome('the answer is no JSON list', http_status=answer.status)


def _check(answer: Answer) -> None:
    if not answer.ok:
        codes = error_codes(answer)
        found = classify(answer.status, codes)
        raise reading_error(found, answer, ','.join(codes), error_text(answer))
