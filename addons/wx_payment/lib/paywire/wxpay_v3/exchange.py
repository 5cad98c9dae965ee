"""The signed exchange with WeChat Pay v3. Source: spec/wechat_pay_v3.md §1–§4, §13."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import rsa

from ..download import Download
from ..errors import (
    InvalidArgument,
    SignatureError,
    UnknownOutcome,
    UnknownSerial,
    UntrustedReply,
)
from ..transport import Reply, Send, Stream, lower_names
from . import replies, signing, verifying

TIMEOUT = 10.0
USER_AGENT = 'wxpay-v3-client/1.0'


@dataclass(frozen=True)
class Merchant:
    """Who signs."""

    mchid: str
    serial_no: str
    private_key: rsa.RSAPrivateKey = field(repr=False)


@dataclass(frozen=True)
class Connection:
    """One merchant's way to WeChat Pay.

    :ivar keys: public keys of WeChat Pay by normalised serial
    :ivar public_key_id: sent as ``Wechatpay-Serial`` so that answers are signed with that key;
        '' in platform-certificate mode
    :ivar send: the transport
    :ivar clock: gives the Unix time in seconds
    :ivar nonces: gives a new random text of 32 characters
    :ivar appid: an app bound to the merchant, needed to reverse a payment by code
    :ivar stream: the transport for bills
    :ivar packed_bills: ask for bills as gzip files
    """

    base_url: str
    merchant: Merchant
    keys: Mapping[str, rsa.RSAPublicKey]
    send: Send
    clock: Callable[[], int]
    nonces: Callable[[], str]
    public_key_id: str = ''
    timeout: float = TIMEOUT
    appid: str = ''
    stream: Stream | None = None
    packed_bills: bool = False

    def call(self, method: str, target: str, body: bytes = b'', *, serial: str = '') -> bytes:
        """Return the verified body of a successful answer.

        WeChat Pay now and then signs an answer wrongly on purpose and does not repeat that, and
        every call here may be repeated: so one repetition.

        :param target: path and query, escaped
        :param serial: names the key with which fields of the body are sealed
        :raise WireError: see the package's errors
        """
        try:
            return self._call_once(method, target, body, serial)
        except UntrustedReply as error:
            if error.code != 'PROBE':
                raise
        return self._call_once(method, target, body, serial)

    def _call_once(self, method: str, target: str, body: bytes, serial: str) -> bytes:
        reply = self.exchange(method, target, body, serial=serial)
        self.verify(reply, self.keys)
        return reply.body

    def exchange(self, method: str, target: str, body: bytes = b'', *, serial: str = '') -> Reply:
        """Return a successful answer that is not verified yet.

        :raise WireError: see the package's errors
        """
        headers = self._headers(method, target, body, serial or self.public_key_id)
        try:
            reply = self.send(
                method, self.base_url + target, headers=headers, body=body, timeout=self.timeout
            )
        except OSError as error:
            raise UnknownOutcome('No answer arrived.') from error
        _raise_for_status(reply)
        return reply

    def download(self, origin: str, target: str, download: Download, *, timeout: float) -> None:
        """Let a file run into the download; its answer is not signed.

        :param origin: scheme and host
        :param target: path and query
        :raise WireError: see the package's errors
        """
        if not self.stream:
            raise InvalidArgument('This client has no transport for bills.')
        headers = self._headers('GET', target, b'', self.public_key_id)
        try:
            reply = self.stream(
                'GET', origin + target, headers=headers, timeout=timeout, write=download.feed
            )
        except OSError as error:
            raise UnknownOutcome('The download broke off.') from error
        _raise_for_status(reply)

    def verify(self, reply: Reply, keys: Mapping[str, rsa.RSAPublicKey]) -> None:
        """Pass if the answer is proven to come from WeChat Pay.

        :raise UntrustedReply: it is not; the code says why
        """
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

    def _headers(self, method: str, target: str, body: bytes, serial: str) -> dict[str, str]:
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
        if serial:
            headers['Wechatpay-Serial'] = serial
        return headers


def escape(value: str) -> str:
    """Return a number as a part of an address: it is signed as it is sent."""
    return quote(value, safe='')


def _raise_for_status(reply: Reply) -> None:
    # The status comes first: answers of 4xx and 5xx are not signed.
    if reply.status not in (200, 204):
        request_id = lower_names(reply.headers).get('request-id', '')
        raise replies.read_error(reply.status, reply.body, request_id)


def _reason(error: SignatureError) -> str:
    """Return the code under which a caller finds out that a certificate is missing."""
    return 'UNKNOWN_SERIAL' if isinstance(error, UnknownSerial) else 'BAD_SIGNATURE'
