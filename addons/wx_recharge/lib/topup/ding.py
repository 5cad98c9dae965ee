"""Ding Connect V1 behind the normalized interface. Source: spec/topup_suppliers.md §3."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from . import ding_catalogue, ding_orders, ding_results
from .ding_codes import CAPABILITIES, INVALID_NUMBER, NEAREST_MATCH, STATES, classify
from .ding_results import describe, errors_of, succeeded
from .errors import AccountProblem, NotSent, Refused, SignatureError, Throttled, UnknownOutcome
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
from .outcome import reading_error
from .products import Candidate, Product, Side
from .transport import Answer, Send, exchange, mapping, parse_json, to_decimal, to_json, to_text

READ_TIMEOUT_S = 10.0
# Ding takes up to 90 s; running over this leads to a query, never to a failure (§6 trap 3).
SUBMIT_TIMEOUT_S = 15.0
DESCRIPTIONS_AT_ONCE = 30
RECORDS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Config:
    """Where Ding is and who we are.

    `deferred` has transfers answered at once and finished in the background; `language` has
    the products' descriptions read too.
    """

    api_key: str = field(repr=False)
    base: str
    deferred: bool = False
    language: str = ''


class Ding:
    """One Ding account."""

    callback_reply: CallbackReply = CallbackReply()

    def __init__(self, send: Send, config: Config, *, timeout: float = READ_TIMEOUT_S) -> None:
        self._send = send
        self._config = config
        self._timeout = timeout

    @property
    def capabilities(self) -> Capabilities:
        """Return what Ding can do, which the way of ordering changes."""
        if not self._config.deferred:
            return CAPABILITIES
        return replace(CAPABILITIES, asynchronous=True, callback=True, sync_only=False)

    # === READING === #

    def fetch_balance(self) -> Balance:
        """Return the money left, without that of transfers under way."""
        document = self._read('GetBalance')
        amount = to_decimal(document.get('Balance'))
        if amount is None:
            raise UnknownOutcome('the balance answer has no balance')
        return Balance(amount=amount, currency=to_text(document.get('CurrencyIso')))

    def fetch_catalogue(self) -> Iterator[Product]:
        """Yield all products, one country in memory at a time."""
        for row in self._items('GetCountries'):
            country = to_text(mapping(row).get('CountryIso'))
            if country:
                yield from self._of_country(country)

    def _of_country(self, country: str) -> Iterator[Product]:
        rows = self._items('GetProviders', countryIsos=[country])
        providers = ding_catalogue.providers_of(country, rows)
        products = self._items('GetProducts', countryIsos=[country])
        for start in range(0, len(products), DESCRIPTIONS_AT_ONCE):
            batch = products[start : start + DESCRIPTIONS_AT_ONCE]
            texts = self._descriptions(batch)
            for row in batch:
                product = ding_catalogue.parse_product(row, providers, texts)
                if product:
                    yield product

    def _descriptions(self, products: Sequence[object]) -> Mapping[str, str]:
        """Return the descriptions by LocalizationKey, none when no language is wanted."""
        if not self._config.language:
            return {}
        rows = self._items(
            'GetProductDescriptions',
            languageCodes=[self._config.language],
            skuCodes=[to_text(mapping(row).get('SkuCode')) for row in products],
        )
        return {
            to_text(row.get('LocalizationKey')): to_text(row.get('DescriptionMarkdown'))
            for row in map(mapping, rows)
            if row.get('LanguageCode') == self._config.language
        }

    def lookup_number(self, e164: str, country: str) -> tuple[Candidate, ...]:
        """Return the operators of a number; one that nobody knows has none.

        The products are never asked for by number: without a match that is the whole
        catalogue (§6 trap 11).
        """
        number = ding_orders.digits(e164)
        answer = self._call('GET', f'GetAccountLookup?{_query(accountNumber=[number])}')
        if any(code == INVALID_NUMBER for code, _context in errors_of(answer.document)):
            return ()
        document = _require(answer)
        country = to_text(document.get('CountryIso')) or country
        items = document.get('Items')
        codes = [to_text(mapping(item).get('ProviderCode')) for item in _list(items)]
        return tuple(
            Candidate(operator_ref=code, name=code, country=country)
            for code in dict.fromkeys(codes)
            if code
        )

    def quote(self, order: OrderRequest) -> Quote:
        """Return the price of a product now, by EstimatePrices; commission is not deducted.

        :raise Refused: no such product, or the amount is not possible
        """
        if order.side is Side.RECEIVE:
            price = self._estimate(order, 'ReceiveValue', ding_orders.check_amount(order.amount))
        else:
            price = self._estimate(order, 'SendValue', self._amount(order))
        cost = to_decimal(price.get('SendValue'))
        if cost is None:
            raise UnknownOutcome('the estimate has no price')
        return Quote(
            cost=cost + (to_decimal(price.get('DistributorFee')) or Decimal(0)),
            cost_currency=to_text(price.get('SendCurrencyIso')),
            receive=to_decimal(price.get('ReceiveValue')),
            receive_currency=to_text(price.get('ReceiveCurrencyIso')),
        )

    def _estimate(self, order: OrderRequest, side: str, amount: Decimal) -> Mapping[str, Any]:
        item = {'BatchItemRef': order.our_ref, 'SkuCode': order.sku, side: amount}
        answer = self._call('POST', 'EstimatePrices', body=to_json([item]).encode())
        rows = map(mapping, _list(_require(answer).get('Items')))
        row = next((row for row in rows if row.get('BatchItemRef') == order.our_ref), {})
        errors = tuple(error for error in errors_of(row) if error[0] != NEAREST_MATCH)
        if errors:
            raise reading_error(
                classify(answer.status, errors), answer, describe(errors), describe(errors)
            )
        return mapping(row.get('Price'))

    # === ORDERING === #

    def submit(self, order: OrderRequest) -> Result:
        """Ask for a top-up by SendTransfer, never twice: a repeat is charged again (§6 trap 2).

        :raise NotSent: the price of a fixed product could not be read, nothing has left
        :raise Refused: sku, amount or extra fields cannot be used, nothing has left
        """
        ding_orders.check(order)
        body = to_json(ding_orders.document(order, self._amount_to_send(order))).encode()
        request = f'POST SendTransfer {body.decode()}'
        try:
            answer = self._call('POST', 'SendTransfer', body=body, timeout=SUBMIT_TIMEOUT_S)
        except UnknownOutcome as error:
            return unknown(str(error), code='NO_ANSWER', request=request)
        return ding_results.submit_result(answer, order.our_ref, request)

    def _amount_to_send(self, order: OrderRequest) -> Decimal:
        """Return the amount; when its price cannot be read, nothing has left yet."""
        try:
            return self._amount(order)
        except (UnknownOutcome, AccountProblem, Throttled) as error:
            raise NotSent(
                f'no price: {error}',
                http_status=error.http_status,
                code=error.code,
                account_problem=isinstance(error, AccountProblem),
            ) from error

    def _amount(self, order: OrderRequest) -> Decimal:
        """Return what to send: the amount that is named, or the price of today."""
        if order.side is Side.RECEIVE:
            amount = ding_orders.check_amount(order.amount)
            return ding_orders.value_for(amount, self._estimate(order, 'ReceiveValue', amount))
        if order.amount is not None:
            return ding_orders.check_amount(order.amount)
        rows = self._items('GetProducts', skuCodes=[order.sku])
        row = next((row for row in rows if mapping(row).get('SkuCode') == order.sku), None)
        if row is None:
            raise Refused('no such product', code='PRODUCT_GONE')
        return ding_orders.check_amount(ding_catalogue.send_value(row))

    def query(self, our_ref: str, supplier_ref: str = '') -> Result:
        """Ask what became of an order: all records of our reference, so that repeats show."""
        body = to_json({'DistributorRef': our_ref, 'Skip': 0, 'Take': RECORDS_AT_ONCE}).encode()
        request = f'POST ListTransferRecords {body.decode()}'
        try:
            answer = self._call('POST', 'ListTransferRecords', body=body)
        except UnknownOutcome as error:
            return unknown(str(error), code='NO_ANSWER', request=request)
        return ding_results.records_result(answer, our_ref, request)

    def parse_callback(self, headers: Mapping[str, str], body: bytes, secret: str) -> Event:
        """Read a callback of a deferred transfer: a hint to ask, nobody signs it.

        :raise SignatureError: it names no transfer
        """
        document = mapping(parse_json(body))
        record = mapping(document.get('TransferRecord', document))
        ids = mapping(record.get('TransferId'))
        our_ref, supplier_ref = to_text(ids.get('DistributorRef')), to_text(ids.get('TransferRef'))
        if not our_ref and not supplier_ref:
            raise SignatureError('the callback names no transfer')
        return Event(
            our_ref=our_ref,
            supplier_ref=supplier_ref,
            state_hint=STATES.get(to_text(record.get('ProcessingState')), State.UNKNOWN),
            authenticated=False,
        )

    # === PLUMBING === #

    def _call(
        self, method: str, path: str, *, body: bytes = b'', timeout: float | None = None
    ) -> Answer:
        # The header's name is `api_key`; with any other spelling nobody is known (§6 trap 11).
        headers = {'api_key': self._config.api_key, 'Accept': 'application/json'}
        if body:
            headers['Content-Type'] = 'application/json'
        if self._config.deferred and path == 'SendTransfer':
            headers['X-Option'] = 'DeferTransfer'
        return exchange(
            self._send,
            method,
            f'{self._config.base}/{path}',
            headers=headers,
            body=body,
            timeout=timeout or self._timeout,
        )

    def _read(self, name: str, **filters: Sequence[str]) -> Mapping[str, Any]:
        path = f'{name}?{_query(**filters)}' if filters else name
        return _require(self._call('GET', path))

    def _items(self, name: str, **filters: Sequence[str]) -> list[Any]:
        items = self._read(name, **filters).get('Items')
        if not isinstance(items, list):
            raise UnknownOutcome(f'the answer of {name} has no items')
        return items


def _query(**filters: Sequence[str]) -> str:
    """Return a query string in which lists are repeated keys."""
    return urlencode(filters, doseq=True)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _require(answer: Answer) -> Mapping[str, Any]:
    """Return the document of a good answer. :raise TopupError: of the fitting class"""
    if succeeded(answer):
        return mapping(answer.document)
    errors = errors_of(answer.document)
    text = describe(errors) or f'HTTP {answer.status}'
    raise reading_error(classify(answer.status, errors), answer, describe(errors), text)
