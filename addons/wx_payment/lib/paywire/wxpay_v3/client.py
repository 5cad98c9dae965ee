"""Calls to WeChat Pay v3 for a direct merchant. Source: spec/wechat_pay_v3.md §1–§8."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import rsa

from ..errors import SignatureError, UnknownOutcome, UnknownSerial, UntrustedReply
from ..messages import CURRENCY, Refund, Transaction
from ..orders import PrepayOrder, RefundOrder
from ..transport import Reply, Send, lower_names
from . import parsing, replies, signing, verifying, writing
from .certificates import parse_certificates
from .keys import Certificate
from .messages import parse_refund, parse_transaction

BASE_URL = 'https://api.mch.weixin.qq.com'
DISASTER_URL = 'https://api2.mch.weixin.qq.com'
TIMEOUT = 10.0
USER_AGENT = 'wxpay-v3-client/1.0'

_TRADE_PATH = '/v3/pay/transactions/out-trade-no/'
_TRANSACTION_PATH = '/v3/pay/transactions/id/'
_REFUND_PATH = '/v3/refund/domestic/refunds'


@dataclass(frozen=True)
class Merchant:
    """Who signs."""

    mchid: str
    serial_no: str
    private_key: rsa.RSAPrivateKey = field(repr=False)


@dataclass(frozen=True)
class Client:
    """One merchant's connection.

    :ivar keys: public keys of WeChat Pay by normalised serial
    :ivar public_key_id: sent as ``Wechatpay-Serial`` so that answers are signed with that key;
        '' in platform-certificate mode
    :ivar send: the transport
    :ivar clock: gives the Unix time in seconds
    :ivar nonces: gives a new random text of 32 characters
    """

    base_url: str
    merchant: Merchant
    keys: Mapping[str, rsa.RSAPublicKey]
    send: Send
    clock: Callable[[], int]
    nonces: Callable[[], str]
    public_key_id: str = ''
    timeout: float = TIMEOUT

    # === PAYMENT === #

    def prepay_body(self, order: PrepayOrder) -> bytes:
        """Return the body of a prepay request, to be kept and repeated as it is.

        :raise InvalidArgument: a number, address or amount is unusable
        """
        return writing.dump(
            {
                'appid': order.appid,
                'mchid': self.merchant.mchid,
                'description': writing.clean_text(order.description, 127),
                'out_trade_no': writing.check_out_trade_no(order.out_trade_no),
                'time_expire': writing.rfc3339(order.expires_at),
                'notify_url': writing.check_notify_url(order.notify_url, 255),
                'amount': {
                    'total': writing.check_amount(order.amount_fen),
                    'currency': CURRENCY,
                },
                'payer': {'openid': order.payer},
            }
        )

    def prepay_jsapi(self, body: bytes) -> str:
        """Return the prepay_id (good for 2 h) for a mini-program or an official account.

        :param body: from `prepay_body`
        :raise WireError: see the package's errors
        """
        answer = self._call('POST', '/v3/pay/transactions/jsapi', body)
        return parsing.text(parsing.load_object(answer), 'prepay_id')

    def query(self, out_trade_no: str) -> Transaction:
        """Return the payment by our number, in any state.

        :raise NotFound: the provider has never seen the number
        """
        return self._query(_TRADE_PATH, out_trade_no)

    def query_transaction(self, transaction_id: str) -> Transaction:
        """Return a paid order by WeChat Pay's number.

        :raise NotFound: the provider does not know the number
        """
        return self._query(_TRANSACTION_PATH, transaction_id)

    def _query(self, path: str, number: str) -> Transaction:
        target = f'{path}{quote(number, safe="")}?mchid={quote(self.merchant.mchid, safe="")}'
        return parse_transaction(parsing.load_object(self._call('GET', target)))

    def close(self, out_trade_no: str) -> None:
        """Close an unpaid order; closing it again is fine.

        :raise Refused: paid already (ORDER_PAID) or another reason
        :raise Throttled: perhaps a payment is in progress: query, then decide
        """
        target = f'{_TRADE_PATH}{quote(out_trade_no, safe="")}/close'
        self._call('POST', target, writing.dump({'mchid': self.merchant.mchid}))

    # === REFUND === #

    def refund(self, order: RefundOrder) -> Refund:
        """Ask for a refund; success only means that it was accepted.

        After any error: `query_refund`, and only when that says NotFound ask again with the same
        number.

        :raise WireError: see the package's errors
        """
        body = writing.dump(
            {
                'transaction_id': order.transaction_id,
                'out_refund_no': writing.check_out_refund_no(order.out_refund_no),
                'reason': writing.clean_text(order.reason, 80),
                'notify_url': writing.check_notify_url(order.notify_url, 256),
                'amount': {
                    'refund': writing.check_amount(order.refund_fen),
                    'total': writing.check_amount(order.total_fen),
                    'currency': CURRENCY,
                },
            }
        )
        return parse_refund(parsing.load_object(self._call('POST', _REFUND_PATH, body)))

    def query_refund(self, out_refund_no: str) -> Refund:
        """Return a refund by our number.

        :raise NotFound: never accepted
        """
        target = f'{_REFUND_PATH}/{quote(out_refund_no, safe="")}'
        return parse_refund(parsing.load_object(self._call('GET', target)))

    # === CERTIFICATES === #

    def certificates(self, apiv3_key: bytes) -> tuple[Certificate, ...]:
        """Return the platform certificates.

        The answer may be signed with one of the very certificates it brings: those were opened
        with the APIv3 key, so they count for this one check.

        :raise NotFound: merchants in public-key mode have none (some get Refused instead)
        """
        target = '/v3/certificates'
        reply = self._exchange('GET', target, b'')
        self._raise_for_status(reply)
        found = parse_certificates(reply.body, apiv3_key)
        known = dict(self.keys) | {item.serial_no: item.public_key for item in found}
        self._verify(reply, known)
        return found

    # === EXCHANGE === #

    def _call(self, method: str, target: str, body: bytes = b'') -> bytes:
        """Return the verified body of a successful answer.

        WeChat Pay now and then signs an answer wrongly on purpose and does not repeat that, and
        every call here may be repeated: so one repetition.
        """
        try:
            return self._call_once(method, target, body)
        except UntrustedReply as error:
            if error.code != 'PROBE':
                raise
        return self._call_once(method, target, body)

    def _call_once(self, method: str, target: str, body: bytes) -> bytes:
        reply = self._exchange(method, target, body)
        self._raise_for_status(reply)
        self._verify(reply, self.keys)
        return reply.body

    def _exchange(self, method: str, target: str, body: bytes) -> Reply:
        headers = self._headers(method, target, body)
        try:
            return self.send(
                method, self.base_url + target, headers=headers, body=body, timeout=self.timeout
            )
        except OSError as error:
            raise UnknownOutcome('No answer arrived.') from error

    def _headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        headers = {
            'Accept': 'application/json',
            'User-Agent': USER_AGENT,
            'Authorization': signing.authorization(
                self.merchant.private_key,
                method,
                target,
                mchid=self.merchant.mchid,
                serial_no=self.merchant.serial_no,
                now=self.clock(),
                nonce=self.nonces(),
                body=body,
            ),
        }
        if body:
            headers['Content-Type'] = 'application/json'
        if self.public_key_id:
            headers['Wechatpay-Serial'] = self.public_key_id
        return headers

    def _raise_for_status(self, reply: Reply) -> None:
        # The status comes first: answers of 4xx and 5xx are not signed.
        if reply.status not in (200, 204):
            request_id = lower_names(reply.headers).get('request-id', '')
            raise replies.read_error(reply.status, reply.body, request_id)

    def _verify(self, reply: Reply, keys: Mapping[str, rsa.RSAPublicKey]) -> None:
        headers = lower_names(reply.headers)
        try:
            verifying.verify(headers, reply.body, keys=keys, now=self.clock())
        except SignatureError as error:
            signature = headers.get('wechatpay-signature', '')
            raise UntrustedReply(
                error.message,
                http_status=reply.status,
                code='PROBE' if signature.startswith(verifying.PROBE_PREFIX) else _reason(error),
                request_id=headers.get('request-id', ''),
            ) from error


def _reason(error: SignatureError) -> str:
    """Return the code under which a caller finds out that a certificate is missing."""
    return 'UNKNOWN_SERIAL' if isinstance(error, UnknownSerial) else 'BAD_SIGNATURE'
