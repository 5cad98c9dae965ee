"""The signed exchange with WeChat Pay v2. Source: spec/wechat_pay_v2.md §1, §2."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..download import Download
from ..errors import InvalidArgument, SignatureError, UnknownOutcome, UntrustedReply
from ..transport import Reply, Send, Stream
from . import replies, signing, xml
from .parsing import Fields

TIMEOUT = 10.0
USER_AGENT = 'wxpay-v2-client/1.0'

_HEADERS = {'User-Agent': USER_AGENT, 'Content-Type': 'text/xml; charset=utf-8'}


@dataclass(frozen=True)
class Merchant:
    """Who signs, and how: pinned, so that no message chooses a weaker way.

    :ivar str appid: an app bound to the merchant; every call names one
    :ivar str sign_type: `signing.MD5` or `signing.HMAC_SHA256`
    """

    mchid: str
    appid: str
    api_key: str = field(repr=False)
    sign_type: str = signing.HMAC_SHA256


@dataclass(frozen=True)
class Connection:
    """One merchant's way to WeChat Pay.

    :ivar send: the transport
    :ivar clock: gives the Unix time in seconds
    :ivar nonces: gives a new random text of 32 characters
    :ivar send_with_certificate: the transport that shows the merchant certificate, without which
        nothing can be given back
    :ivar stream: the transport for bills
    :ivar packed_bills: ask for bills as gzip files
    """

    base_url: str
    merchant: Merchant
    send: Send
    clock: Callable[[], int]
    nonces: Callable[[], str]
    send_with_certificate: Send | None = None
    stream: Stream | None = None
    timeout: float = TIMEOUT
    packed_bills: bool = False

    def call(self, path: str, fields: Fields, *, certificate: bool = False) -> Fields:
        """Return the verified fields of an answer that says: done.

        :param fields: without merchant, nonce and signature
        :param certificate: the call moves money back
        :raise WireError: see the package's errors
        """
        answer = self.exchange(path, fields, certificate=certificate)
        replies.check_result_code(answer)
        return answer

    def exchange(self, path: str, fields: Fields, *, certificate: bool = False) -> Fields:
        """Return the verified fields of an answer, whatever it says.

        :raise WireError: see the package's errors
        """
        send = self.send_with_certificate if certificate else self.send
        if not send:
            raise InvalidArgument('This call needs the merchant certificate.')
        try:
            reply = send(
                'POST',
                self.base_url + path,
                headers=_HEADERS,
                body=self._sign(fields),
                timeout=self.timeout,
            )
        except OSError as error:
            raise UnknownOutcome('No answer arrived.') from error
        _check_status(reply)
        answer = xml.read(reply.body)
        replies.check_return_code(answer)
        self._verify(answer)
        return answer

    def download(self, path: str, fields: Fields, download: Download, *, timeout: float) -> None:
        """Let a file run into the download; it is not signed, and a page there is the refusal.

        :raise WireError: see the package's errors
        """
        if not self.stream:
            raise InvalidArgument('This client has no transport for bills.')
        try:
            reply = self.stream(
                'POST',
                self.base_url + path,
                headers=_HEADERS,
                body=self._sign(fields),
                timeout=timeout,
                write=download.feed,
            )
        except OSError as error:
            raise UnknownOutcome('The download broke off.') from error
        _check_status(reply)

    def _sign(self, fields: Fields) -> bytes:
        merchant = self.merchant
        named = {'appid': merchant.appid, 'mch_id': merchant.mchid} | dict(fields)
        named |= {'nonce_str': self.nonces(), 'sign_type': merchant.sign_type}
        signature = signing.sign(named, api_key=merchant.api_key, sign_type=merchant.sign_type)
        return xml.write(named | {'sign': signature})

    def _verify(self, answer: Fields) -> None:
        merchant = self.merchant
        try:
            signing.verify(answer, api_key=merchant.api_key, sign_type=merchant.sign_type)
        except SignatureError as error:
            # Some answers of a broken server come without: they prove nothing either way.
            raise UntrustedReply(error.message, http_status=200, code='BAD_SIGNATURE') from error
        if answer.get('mch_id') != merchant.mchid:
            # Several merchants may share one key.
            raise UntrustedReply('The answer is for another merchant.', code='OTHER_MERCHANT')


def _check_status(reply: Reply) -> None:
    # Refusals have the status 200 here: anything else comes from something in between.
    if reply.status != 200:
        raise UnknownOutcome('The answer has no status 200.', http_status=reply.status)
