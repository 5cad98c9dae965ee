"""The verbs of one Alipay channel. Source: spec/alipay.md §4–§8."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..errors import InvalidArgument, Malformed, NotFound, Refused
from ..messages import Refund, Transaction
from ..orders import APP, CODE, NATIVE, PrepayOrder, RefundOrder
from . import certificates, downloads, invoke, keys, orders, parsing, replies, writing
from .exchange import Connection, Merchant
from .messages import parse_refund, parse_refund_query, parse_transaction, trade_state
from .parsing import JsonObject

__all__ = ['BASE_URL', 'SANDBOX_URL', 'Client', 'Merchant']

BASE_URL = 'https://openapi.alipay.com/gateway.do'
SANDBOX_URL = 'https://openapi-sandbox.dl.alipaydev.com/gateway.do'


@dataclass(frozen=True)
class Client(Connection):
    """One app's connection and what can be asked over it."""

    # === PAYMENT === #

    def prepare(self, order: PrepayOrder) -> bytes:
        """Return the parameters of a payment, to be kept and repeated as they are.

        :raise InvalidArgument: another app's order, or a field that is unusable
        """
        self._check_appid(order.appid)
        return orders.prepare(order)

    def prepay(self, scene: str, body: bytes) -> str:
        """Return the code to show for the scene native, '' for those that need no call.

        A code is no trade yet: that begins when somebody scans it.

        :param scene: that of the order
        :param body: from `prepare`
        :raise WireError: see the package's errors
        """
        prepared = orders.restore(scene, body)
        if scene == CODE:
            raise InvalidArgument('The scene code is paid by charge().')
        if scene != NATIVE:
            return ''
        answer = self.call(prepared.method, prepared.biz_content, notify_url=prepared.notify_url)
        return parsing.text(answer, 'qr_code')

    def invoke(self, scene: str, body: bytes, handle: str, *, appid: str) -> dict[str, str]:
        """Return what the customer's side needs: url and form, an order string or a code.

        :param scene: that of the order
        :param body: from `prepare`
        :param handle: from `prepay`
        :param appid: the app under which it is paid
        :raise InvalidArgument: another app, or a scene that invokes nothing
        """
        self._check_appid(appid)
        prepared = orders.restore(scene, body)
        if scene == CODE:
            raise InvalidArgument('The scene code is paid by charge().')
        if scene == NATIVE:
            return {'code_url': handle}
        parameters = self.sign(
            prepared.method,
            prepared.biz_content,
            notify_url=prepared.notify_url,
            return_url=prepared.return_url,
        )
        if scene == APP:
            return {'order_string': invoke.order_string(parameters)}
        return {
            'url': invoke.page_url(self.base_url, parameters),
            'form': invoke.page_form(self.base_url, parameters),
        }

    def charge(self, body: bytes) -> Transaction:
        """Take the payment of a customer whose code was scanned.

        USERPAYING: ask `query` until it is paid, and `reverse` after a minute. PAYERROR: the
        customer may try again under a new number, after `reverse` of this one. After any
        `UnknownOutcome`: `query`, then `reverse`. No attempt may be left open.

        :param body: from `prepare`
        :raise WireError: see the package's errors
        """
        prepared = orders.restore(CODE, body)
        try:
            answer = self.call(
                prepared.method, prepared.biz_content, notify_url=prepared.notify_url
            )
        except Refused as error:
            if error.code not in replies.PAYER_CODES:
                raise
            refused = {'out_trade_no': prepared.out_trade_no}
            return replace(self._transaction(refused, 'PAYERROR'), trade_state_desc=error.message)
        is_waiting = answer['code'] == replies.USER_PAYING
        _check_number(answer, prepared.out_trade_no)
        return self._transaction(answer, 'USERPAYING' if is_waiting else 'SUCCESS')

    def query(self, out_trade_no: str) -> Transaction:
        """Return the payment by our number, in any state.

        :raise NotFound: no trade yet. Until the order's last moment this does not mean that it
            cannot be paid: an unopened cashier or an unscanned code is no trade
        """
        content = {'out_trade_no': writing.check_out_trade_no(out_trade_no)}
        answer = self.call('alipay.trade.query', writing.dump(content))
        _check_number(answer, out_trade_no)
        return self._transaction(answer, trade_state(answer))

    def close(self, out_trade_no: str) -> None:
        """Close an unpaid trade.

        :raise NotFound: no trade yet, see `query`
        :raise Refused: paid, being paid or closed already: query, then decide
        """
        content = {'out_trade_no': writing.check_out_trade_no(out_trade_no)}
        self.call('alipay.trade.close', writing.dump(content))

    def reverse(self, out_trade_no: str) -> bool:
        """End an attempt of the scenes code and native, whatever became of it.

        A paid one is paid back. Only within 24 hours, and only after an unknown result; a wanted
        refund is `refund`.

        :return: False when Alipay wants to be asked again
        :raise WireError: see the package's errors; after `UnknownOutcome` ask again
        """
        content = {'out_trade_no': writing.check_out_trade_no(out_trade_no)}
        answer = self.call('alipay.trade.cancel', writing.dump(content))
        return parsing.text(answer, 'retry_flag', default='N') != 'Y'

    # === REFUND === #

    def refund(self, order: RefundOrder) -> Refund:
        """Ask for a refund. PROCESSING: nothing moved in this call, ask `query_refund`.

        After an unknown outcome the same number and amount may be repeated.

        :raise WireError: see the package's errors
        """
        content = {
            'out_trade_no': writing.check_out_trade_no(order.out_trade_no),
            # Alipay prefers its own number, which names one trade whatever became of ours.
            'trade_no': order.transaction_id,
            'refund_amount': writing.yuan(order.refund_fen),
            'out_request_no': writing.check_out_refund_no(order.out_refund_no),
            'refund_reason': writing.clean_text(order.reason, orders.SUBJECT_LIMIT),
        }
        answer = self.call('alipay.trade.refund', writing.dump(content))
        _check_number(answer, order.out_trade_no)
        return parse_refund(answer, order, mchid=self.merchant.seller_id)

    def query_refund(self, out_trade_no: str, out_refund_no: str) -> Refund:
        """Return a refund by our numbers; not before 10 s after it was asked for.

        :raise NotFound: not received or not done; it may be asked for with the same number
        """
        content = {
            'out_trade_no': writing.check_out_trade_no(out_trade_no),
            'out_request_no': writing.check_out_refund_no(out_refund_no),
            'query_options': ['gmt_refund_pay'],
        }
        answer = self.call('alipay.trade.fastpay.refund.query', writing.dump(content))
        if not answer.get('refund_status'):
            raise NotFound('Alipay knows no such refund.', http_status=200, code='NOT_REFUNDED')
        _check_number(answer, out_trade_no)
        _check_number(answer, out_refund_no, name='out_request_no')
        return parse_refund_query(answer, mchid=self.merchant.seller_id)

    # === BILLS AND CERTIFICATES === #

    def fetch_bill(self, kind: str, day: datetime.date, write: Callable[[bytes], None]) -> None:
        """Pass a day's bill on, unpacked; see `downloads.fetch_bill`."""
        downloads.fetch_bill(self, kind, day, write)

    def certificate(self, serial_no: str, *, issuer: str, root_pem: str) -> keys.Certificate:
        """Return a new certificate of Alipay's; see `certificates.download`."""
        return certificates.download(self, serial_no, issuer=issuer, root_pem=root_pem)

    # === MESSAGES === #

    def _transaction(self, answer: JsonObject, state: str) -> Transaction:
        return parse_transaction(
            answer,
            trade_state=state,
            appid=self.merchant.app_id,
            mchid=self.merchant.seller_id,
        )

    def _check_appid(self, appid: str) -> None:
        if appid != self.merchant.app_id:
            raise InvalidArgument('The app is not the one that signs.')


def _check_number(answer: JsonObject, number: str, *, name: str = 'out_trade_no') -> None:
    """Refuse the answer to another question."""
    if parsing.text(answer, name) != number:
        raise Malformed(f'{name} is not the one asked about.')
