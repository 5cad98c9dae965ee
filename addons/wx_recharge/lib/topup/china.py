"""China style suppliers (话费充值) behind the normalized interface: one adapter, many dialects.

Source: spec/topup_suppliers.md §4.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import china_answers, china_catalogue, china_orders, china_sign, china_texts
from .china_dialect import Call, Dialect
from .china_orders import Account, Question
from .errors import Refused, SignatureError, UnknownOutcome
from .normalized import (
    Balance,
    CallbackReply,
    Capabilities,
    Event,
    Idempotency,
    OrderRequest,
    Quote,
    Result,
    State,
    unknown,
)
from .outcome import not_found
from .products import Candidate, Product
from .transport import Answer, Send, exchange, to_text

READ_TIMEOUT_S = 10.0
SUBMIT_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Config:
    """Where the supplier is, who we are, and how it speaks.

    `data_base` is the server of data packs where that is another one.
    """

    user: str
    key: str = field(repr=False)
    base: str
    dialect: Dialect
    data_base: str = ''


class China:
    """One account at a China style supplier."""

    def __init__(
        self,
        send: Send,
        config: Config,
        *,
        clock: Callable[[], int],
        timeout: float = READ_TIMEOUT_S,
    ) -> None:
        """Keep what is needed; `clock` tells the Unix time that some calls are signed with."""
        self._send = send
        self._config = config
        self._dialect = config.dialect
        self._account = Account(config.user, config.key)
        self._clock = clock
        self._timeout = timeout

    @property
    def capabilities(self) -> Capabilities:
        """Return what this dialect can do; nobody's duplicate check is known."""
        dialect = self._dialect
        return Capabilities(
            asynchronous=True,
            callback=dialect.callback is not None,
            callback_signed=dialect.callback is not None and dialect.callback.sign is not None,
            idempotency=Idempotency.UNKNOWN,
            query_by_our_ref=True,
            query_window_days=dialect.query_window_days,
            cancel=False,
            ranged_amounts=False,
            local_amount=True,
            per_number_gap_s=dialect.per_number_gap_s,
            max_process_s=dialect.max_process_s,
            quote=dialect.quote is not None,
            throttle_wait_s=dialect.throttle_wait_s,
        )

    @property
    def callback_reply(self) -> CallbackReply:
        """Return the word the supplier repeats its callback without (§6 trap 12)."""
        callback = self._dialect.callback
        return CallbackReply(200, callback.reply if callback else '')

    # === READING === #

    def fetch_balance(self) -> Balance:
        """Return the prepaid money left. :raise Refused: the dialect has no such call"""
        call = _known(self._dialect.balance, 'balance')
        data = self._read(call)
        amount = china_answers.money(self._dialect, china_answers.field(call, data, 'balance'))
        if amount is None:
            raise UnknownOutcome('the balance answer has no balance')
        return Balance(amount=amount, currency=self._dialect.currency)

    def fetch_catalogue(self) -> Iterator[Product]:
        """Yield the products: the supplier's list, or the dialect's own where there is none."""
        call = self._dialect.catalogue
        if call is None:
            yield from china_catalogue.listed(self._dialect)
            return
        yield from china_catalogue.parse(self._dialect, call, self._read(call))

    def lookup_number(self, e164: str, country: str) -> tuple[Candidate, ...]:
        """Return the carrier of a number; none where the dialect cannot ask for it."""
        call = self._dialect.lookup
        if call is None:
            return ()
        try:
            number = china_orders.phone(self._dialect, e164)
            data = self._read(call, phone=number)
        except Refused as error:
            if type(error) is Refused:
                return ()
            raise
        return china_catalogue.candidates(self._dialect, call, data)

    def quote(self, order: OrderRequest) -> Quote:
        """Return the price of an order now. :raise Refused: the dialect has no such call"""
        route, code = china_orders.split(order.sku)
        call = _known(None if route else self._dialect.quote, 'quote')
        data = self._read(call, **china_orders.order_values(self._dialect, order, code))
        cost = china_answers.money(self._dialect, china_answers.field(call, data, 'cost'))
        if cost is None:
            raise UnknownOutcome('the answer has no price')
        product = china_orders.product_of(self._dialect, order.sku)
        return Quote(
            cost=cost,
            cost_currency=self._dialect.currency,
            receive=product.face if product else order.amount,
            receive_currency=self._dialect.currency,
        )

    # === ORDERING === #

    def submit(self, order: OrderRequest) -> Result:
        """Ask for a top-up; accepted is not delivered (§6 trap 4).

        :raise Refused: sku, number or amount cannot be used, nothing has left
        """
        call, code = china_orders.route_of(self._dialect, order.sku)
        question = self._write(call, **china_orders.order_values(self._dialect, order, code))
        try:
            answer = self._ask(call, question, SUBMIT_TIMEOUT_S)
        except UnknownOutcome as error:
            return unknown(str(error), code='NO_ANSWER', request=question.log)
        return china_answers.submit_result(self._dialect, call, answer, order.our_ref, question.log)

    def query(self, our_ref: str, supplier_ref: str = '') -> Result:
        """Ask what became of an order; each kind of order may have a place of its own to ask.

        The order is not found only when no place knows it.
        """
        doubt: Result | None = None
        missing: Result | None = None
        for call in self._dialect.query:
            result = self._query_one(call, our_ref, supplier_ref)
            if not result.found:
                missing = result
            elif result.state is State.UNKNOWN:
                doubt = doubt or result
            else:
                return result
        return doubt or missing or not_found(request='', raw='')

    def _query_one(self, call: Call, our_ref: str, supplier_ref: str) -> Result:
        question = self._write(call, ref=our_ref, supplier_ref=supplier_ref)
        try:
            answer = self._ask(call, question, self._timeout)
        except UnknownOutcome as error:
            return unknown(str(error), code='NO_ANSWER', request=question.log)
        return china_answers.query_result(self._dialect, call, answer, our_ref, question.log)

    def parse_callback(self, headers: Mapping[str, str], body: bytes, secret: str) -> Event:
        """Verify and read a callback; the account's own key is the secret.

        Where the signature does not cover the state, no state is believed (§6 trap 12).

        :raise SignatureError: it cannot be trusted, or it names no order
        """
        callback = self._dialect.callback
        if callback is None:
            raise SignatureError('this supplier has no callbacks')
        params = china_texts.fields_of(body, form=callback.body, charset=self._dialect.charset)
        if callback.sign:
            china_sign.verify(
                callback.sign,
                params,
                user=self._config.user,
                key=self._config.key,
                charset=self._dialect.charset,
            )
        found = {
            name: to_text(china_answers.pick(params, path))
            for name, path in callback.fields.items()
        }
        our_ref, supplier_ref = found['our_ref'], found.get('supplier_ref', '')
        if not our_ref and not supplier_ref:
            raise SignatureError('the callback names no order')
        told = self._dialect.states.get(found['state'], State.UNKNOWN)
        return Event(
            our_ref=our_ref,
            supplier_ref=supplier_ref,
            state_hint=told if callback.covers_state else State.UNKNOWN,
            authenticated=callback.sign is not None,
            secrets=tuple(found[name] for name in ('pin', 'serial') if found.get(name)),
        )

    # === PLUMBING === #

    def _write(self, call: Call, **values: str) -> Question:
        return china_orders.write(
            call, self._account, self._dialect.charset, timestamp=str(self._clock()), **values
        )

    def _ask(self, call: Call, question: Question, timeout: float) -> Answer:
        base = self._config.base
        if call.server == 'data':
            base = self._config.data_base or base
        answer = exchange(
            self._send,
            question.method,
            base + question.target,
            headers=question.headers,
            body=question.body,
            timeout=timeout,
        )
        document = china_texts.parse(
            answer.body, form=self._dialect.form, charset=self._dialect.charset
        )
        return replace(answer, document=document)

    def _read(self, call: Call, **values: str) -> Any:
        answer = self._ask(call, self._write(call, **values), self._timeout)
        return china_answers.data_of(self._dialect, answer)


def _known(call: Call | None, name: str) -> Call:
    if call is None:
        raise Refused(f'this supplier has no {name}', code='NOT_SUPPORTED')
    return call
