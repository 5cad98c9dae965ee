"""Reloadly (Airtime) behind the normalized interface. Source: spec/topup_suppliers.md §1."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from . import reloadly_catalogue, reloadly_orders, reloadly_webhook
from .adapter import TokenSource
from .errors import AccountProblem, NotSent, Throttled, TopupError, UnknownOutcome
from .normalized import (
    Balance,
    CallbackReply,
    Capabilities,
    Event,
    OrderRequest,
    Result,
    Token,
    unknown,
)
from .outcome import reading_error
from .products import Candidate, Product, Side
from .reloadly_codes import ACCEPT, CAPABILITIES, TOKEN_CODES, classify
from .reloadly_results import (
    accepted,
    error_code,
    error_text,
    refusal,
    report_result,
    status_result,
)
from .transport import Answer, Send, exchange, printable, to_decimal, to_text

PAGE_SIZE = 200
READ_TIMEOUT_S = 10.0
# Shorter than Reloadly may take: running over it leads to a query, never to a failure.
SUBMIT_TIMEOUT_S = 15.0
_NO_OPERATOR = frozenset({'COULD_NOT_AUTO_DETECT_OPERATOR', 'COUNTRY_NOT_SUPPORTED'})


@dataclass(frozen=True, slots=True)
class Config:
    """Where Reloadly is and who we are.

    The audience of a token is the API's base address, so a token of one environment never
    works in another (§6 trap 6).
    """

    client_id: str
    client_secret: str
    auth_base: str
    api_base: str


def fetch_token(send: Send, config: Config, *, timeout: float = READ_TIMEOUT_S) -> Token:
    """Ask for an access token; cache it, never fetch one per call.

    :raise AccountProblem: the credentials are refused
    :raise TopupError: no token to be had now
    """
    payload = {
        'client_id': config.client_id,
        'client_secret': config.client_secret,
        'grant_type': 'client_credentials',
        'audience': config.api_base,
    }
    answer = exchange(
        send,
        'POST',
        f'{config.auth_base}/oauth/token',
        headers={'Accept': 'application/json', 'Content-Type': 'application/json'},
        body=json.dumps(payload).encode(),
        timeout=timeout,
    )
    document = _require(answer)
    value = to_text(document.get('access_token'))
    lifetime = document.get('expires_in')
    if not value or not isinstance(lifetime, int):
        raise UnknownOutcome('the token answer has no token', http_status=answer.status)
    return Token(value=value, expires_in_s=lifetime)


class Reloadly:
    """One Reloadly account."""

    capabilities: Capabilities = CAPABILITIES
    callback_reply: CallbackReply = CallbackReply()

    def __init__(
        self, send: Send, config: Config, tokens: TokenSource, *, timeout: float = READ_TIMEOUT_S
    ) -> None:
        self._send = send
        self._config = config
        self._tokens = tokens
        self._timeout = timeout

    # === READING === #

    def fetch_balance(self) -> Balance:
        """Return the money left on the account."""
        document = _require(self._call('GET', '/accounts/balance'))
        amount = to_decimal(document.get('balance'))
        if amount is None:
            raise UnknownOutcome('the balance answer has no balance')
        return Balance(amount=amount, currency=to_text(document.get('currencyCode')))

    def fetch_catalogue(self) -> Iterator[Product]:
        """Yield all products; data and bundles come only when asked for (§6 trap 8)."""
        page = 1
        while True:
            query = urlencode(
                {
                    'page': page,
                    'size': PAGE_SIZE,
                    'includeBundles': 'true',
                    'includeData': 'true',
                    'includePin': 'true',
                    'includeCombo': 'true',
                }
            )
            document = _require(self._call('GET', f'/operators?{query}'))
            content = document.get('content')
            if not isinstance(content, list):
                raise UnknownOutcome('the catalogue page has no content')
            for operator in content:
                yield from reloadly_catalogue.parse_operator(operator)
            if not content or document.get('last') is True or page >= _pages(document):
                return
            page += 1

    def lookup_number(self, e164: str, country: str) -> tuple[Candidate, ...]:
        """Return the operator of the prefix; a ported number has another one (§6 trap 9)."""
        number = reloadly_orders.digits(e164)
        path = f'/operators/auto-detect/phone/{number}/countries/{quote(country, safe="")}'
        answer = self._call('GET', path)
        if not answer.ok and error_code(answer) in _NO_OPERATOR:
            return ()
        candidate = reloadly_catalogue.parse_candidate(_require(answer))
        if candidate is None:
            raise UnknownOutcome('the auto-detect answer names no operator')
        return (candidate,)

    # === ORDERING === #

    def submit(self, order: OrderRequest) -> Result:
        """Ask for a top-up by `/topups-async`; accepted is not delivered.

        :raise NotSent: no access token, or the operator cannot be read; nothing has left
        :raise Refused: the sku cannot be read, nothing has left
        """
        body = reloadly_orders.body(order, self._operator_of(order))
        request = f'POST /topups-async {body.decode()}'
        try:
            answer = self._call('POST', '/topups-async', body=body, timeout=SUBMIT_TIMEOUT_S)
        except UnknownOutcome as error:
            return unknown(str(error), code='NO_ANSWER', request=request)
        if answer.ok:
            return accepted(answer, request)
        return refusal(answer, request)

    def _operator_of(self, order: OrderRequest) -> Mapping[str, Any] | None:
        """Return the operator as it is now when the order names what arrives, else nothing.

        Local amounts are taken by some operators only (§6 trap 7).
        """
        operator_id, _amount = reloadly_catalogue.order_amount(order)
        if order.side is not Side.RECEIVE:
            return None
        try:
            return _require(self._call('GET', f'/operators/{operator_id}'))
        except (UnknownOutcome, AccountProblem, Throttled) as error:
            raise NotSent(
                f'no operator: {error}',
                http_status=error.http_status,
                code=error.code,
                account_problem=isinstance(error, AccountProblem),
            ) from error

    def query(self, our_ref: str, supplier_ref: str = '') -> Result:
        """Ask what became of an order, by their id when we have it, else by our reference.

        :raise NotSent: no access token
        """
        if supplier_ref:
            result = self._query_status(our_ref, supplier_ref)
            if result.error_code != 'HTTP_404':
                return result
        # Without their id, or when it leads nowhere, our own reference is what both sides know.
        query = urlencode({'customIdentifier': our_ref, 'page': 1, 'size': PAGE_SIZE})
        path = f'/topups/reports/transactions?{query}'
        return self._ask(path, lambda answer: report_result(answer, our_ref, f'GET {path}'))

    def _query_status(self, our_ref: str, supplier_ref: str) -> Result:
        path = f'/topups/{quote(supplier_ref, safe="")}/status'
        return self._ask(
            path, lambda answer: status_result(answer, our_ref, supplier_ref, f'GET {path}')
        )

    def _ask(self, path: str, read: Callable[[Answer], Result]) -> Result:
        """Return what `read` makes of a good answer; a refused question says nothing."""
        request = f'GET {path}'
        try:
            answer = self._call('GET', path)
        except UnknownOutcome as error:
            return unknown(str(error), code='NO_ANSWER', request=request)
        if answer.ok:
            return read(answer)
        code = error_code(answer)
        if answer.status == 404:
            code = 'HTTP_404'
        return unknown(
            error_text(answer),
            code=code or f'HTTP_{answer.status}',
            request=request,
            raw=printable(answer),
        )

    def parse_callback(self, headers: Mapping[str, str], body: bytes, secret: str) -> Event:
        """Verify and read a webhook. :raise SignatureError: it cannot be trusted"""
        return reloadly_webhook.parse(headers, body, secret)

    # === PLUMBING === #

    def _call(
        self, method: str, path: str, *, body: bytes = b'', timeout: float | None = None
    ) -> Answer:
        """Send with a bearer token; a token the supplier rejects is renewed once.

        Sending again is safe only because a rejected token proves that nothing was executed.
        """
        token = self._token(None)
        answer = self._exchange(method, path, token, body, timeout)
        if answer.status == 401 and error_code(answer) in TOKEN_CODES:
            answer = self._exchange(method, path, self._token(token), body, timeout)
        return answer

    def _exchange(
        self, method: str, path: str, token: str, body: bytes, timeout: float | None
    ) -> Answer:
        headers = {'Authorization': f'Bearer {token}', 'Accept': ACCEPT}
        if body:
            headers['Content-Type'] = 'application/json'
        return exchange(
            self._send,
            method,
            self._config.api_base + path,
            headers=headers,
            body=body,
            timeout=timeout or self._timeout,
        )

    def _token(self, rejected: str | None) -> str:
        try:
            return self._tokens(rejected)
        except TopupError as error:
            raise NotSent(
                f'no access token: {error}',
                http_status=error.http_status,
                code=error.code,
                account_problem=isinstance(error, AccountProblem),
            ) from error


def _pages(document: Mapping[str, Any]) -> int:
    pages = document.get('totalPages')
    return pages if isinstance(pages, int) else 1


def _require(answer: Answer) -> Mapping[str, Any]:
    """Return the object of a successful reading call.

    :raise TopupError: of the class that tells what may be done next
    """
    if answer.ok:
        if isinstance(answer.document, Mapping):
            return answer.document
        raise UnknownOutcome('the answer is no JSON object', http_status=answer.status)
    code, text = error_code(answer), error_text(answer)
    raise reading_error(classify(answer.status, code), answer, code, text)
