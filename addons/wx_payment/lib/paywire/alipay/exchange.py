"""The signed exchange with the gateway. Source: spec/alipay.md §1–§3, §8."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric import rsa

from ..errors import SignatureError, UnknownOutcome, UntrustedReply
from ..transport import Send, Stream
from . import parsing, replies, signing, verifying, writing
from .envelope import Envelope, open_envelope
from .errors import UnknownCertificate, UntrustedCertificate
from .invoke import page_url
from .orders import CHARGE
from .parsing import JsonObject

TIMEOUT = 10.0
USER_AGENT = 'alipay-client/1.0'


@dataclass(frozen=True)
class Merchant:
    """Who signs.

    :ivar str seller_id: the merchant's own 2088… number
    :ivar str app_cert_sn: with `root_cert_sn` in certificate mode, '' in public-key mode
    """

    app_id: str
    seller_id: str
    private_key: rsa.RSAPrivateKey = field(repr=False)
    app_cert_sn: str = ''
    root_cert_sn: str = ''


@dataclass(frozen=True)
class Connection:
    """One app's way to Alipay.

    :ivar str base_url: the gateway, ``…/gateway.do``
    :ivar keys: Alipay's keys by the serial number of their certificate, or by
        `keys.PUBLIC_KEY` in public-key mode
    :ivar send: the transport
    :ivar clock: gives the Unix time in seconds
    :ivar stream: the transport for bills
    """

    base_url: str
    merchant: Merchant
    keys: Mapping[str, rsa.RSAPublicKey]
    send: Send
    clock: Callable[[], int]
    timeout: float = TIMEOUT
    stream: Stream | None = None

    def call(self, method: str, biz_content: str, **more: str) -> JsonObject:
        """Return the verified content of a successful answer.

        :raise WireError: see the package's errors
        """
        envelope, status = self.exchange(method, biz_content, **more)
        self.verify(envelope, self.keys, status)
        return read_content(envelope, status, may_wait=method == CHARGE)

    def exchange(self, method: str, biz_content: str, **more: str) -> tuple[Envelope, int]:
        """Send a signed request; return the answer, not verified yet, and its status.

        :raise UnknownOutcome: no answer, or none of the gateway
        """
        parameters = self.sign(method, biz_content, **more)
        body = urlencode({'biz_content': parameters.pop('biz_content')}, quote_via=quote).encode()
        headers = {
            'Accept': 'application/json',
            'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8',
            'User-Agent': USER_AGENT,
        }
        url = page_url(self.base_url, parameters)
        try:
            reply = self.send('POST', url, headers=headers, body=body, timeout=self.timeout)
        except OSError as error:
            raise UnknownOutcome('No answer arrived.') from error
        if reply.status != 200:
            # The gateway says everything with 200: this is somebody in between.
            raise UnknownOutcome('The gateway did not answer.', http_status=reply.status)
        return open_envelope(reply.body, method), reply.status

    def sign(self, method: str, biz_content: str, **more: str) -> dict[str, str]:
        """Return all parameters of a request with their signature.

        :param method: ``alipay.…``
        :param biz_content: JSON text
        :param more: ``notify_url`` and ``return_url``
        """
        parameters = {
            'app_id': self.merchant.app_id,
            'method': method,
            'format': 'JSON',
            'charset': 'utf-8',
            'sign_type': signing.SIGN_TYPE,
            'timestamp': writing.beijing(self.now()),
            'version': '1.0',
            'app_cert_sn': self.merchant.app_cert_sn,
            'alipay_root_cert_sn': self.merchant.root_cert_sn,
            'biz_content': biz_content,
            **more,
        }
        # An empty parameter must be neither signed nor sent (trap 5).
        parameters = {name: value for name, value in parameters.items() if value}
        text = signing.request_text(parameters)
        parameters['sign'] = signing.sign(self.merchant.private_key, text.encode())
        return parameters

    def verify(
        self, envelope: Envelope, known: Mapping[str, rsa.RSAPublicKey], status: int
    ) -> None:
        """Raise unless Alipay signed the answer, or it says no before it looks at signatures."""
        if not envelope.signature and replies.is_gateway_error(_code(envelope)):
            return
        try:
            verifying.verify(
                known, envelope.signed, envelope.signature, serial_no=envelope.serial_no
            )
        except UnknownCertificate as error:
            raise UntrustedCertificate(
                error.message, http_status=status, serial_no=error.serial_no
            ) from error
        except SignatureError as error:
            raise UntrustedReply(error.message, http_status=status, code='BAD_SIGNATURE') from error

    def now(self) -> datetime.datetime:
        """Return the time in UTC."""
        return datetime.datetime.fromtimestamp(self.clock(), datetime.UTC)


def read_content(envelope: Envelope, status: int, *, may_wait: bool = False) -> JsonObject:
    """Return the content of an answer that says yes."""
    content = envelope.content()
    code = parsing.text(content, 'code')
    if code != replies.OK and not (may_wait and code == replies.USER_PAYING):
        raise replies.read_error(content, status)
    return content


def _code(envelope: Envelope) -> str:
    return parsing.text(envelope.content(), 'code', default='')
