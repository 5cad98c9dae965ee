"""The one exit to WeChat, suppliers and merchants; what the wire clients call as `send`."""

import os
import secrets
import ssl
import tempfile
from dataclasses import dataclass, field

import requests
from cryptography.hazmat.primitives import serialization
from requests.adapters import HTTPAdapter

MAX_ANSWER_BYTES = 16 * 1024 * 1024
STREAM_BYTES = 64 * 1024


@dataclass(frozen=True)
class Reply:
    """An HTTP answer with its raw body; `headers` is case-insensitive."""

    status: int
    headers: requests.structures.CaseInsensitiveDict
    body: bytes


@dataclass(frozen=True)
class ClientCertificate:
    """What we show of ourselves where TLS asks for it, as PEM texts."""

    certificate: str
    private_key: str = field(repr=False)


def send(method, url, *, headers, body, timeout, certificate=None):
    """Perform one request and return the answer, whatever its status; follow no redirect.

    The bytes given are the bytes sent: signatures cover them.

    :param float timeout: seconds to connect and to wait for each part of the answer
    :param certificate: `ClientCertificate` for mutual TLS; plain http cannot show it
    :raise OSError: no whole answer came (`requests` derives its errors from it)
    :rtype: Reply
    """
    with requests.Session() as session:
        if certificate:
            session.mount('https://', _CertificateAdapter(certificate))
        response = session.request(
            method,
            url,
            headers=dict(headers),
            data=body or None,
            timeout=timeout,
            allow_redirects=False,
            stream=True,
        )
        with response:
            content = response.raw.read(MAX_ANSWER_BYTES + 1, decode_content=True)
    if len(content) > MAX_ANSWER_BYTES:
        raise OSError('the answer is too large')
    return Reply(response.status_code, response.headers, content)


def stream(method, url, *, headers, timeout, write, body=b''):
    """Perform one request and hand a successful answer's body on as it arrives.

    For files that do not fit in memory. An answer of another status comes back whole, as from
    `send`; of a successful one the reply's body is empty.

    :param write: called with each piece of the body
    :raise OSError: no whole answer came; what was written then is worthless
    :rtype: Reply
    """
    response = requests.request(
        method,
        url,
        headers=dict(headers),
        data=body or None,
        timeout=timeout,
        allow_redirects=False,
        stream=True,
    )
    with response:
        if response.status_code != 200:
            content = response.raw.read(MAX_ANSWER_BYTES, decode_content=True)
            return Reply(response.status_code, response.headers, content)
        for piece in response.iter_content(STREAM_BYTES):
            write(piece)
    return Reply(response.status_code, response.headers, b'')


class _CertificateAdapter(HTTPAdapter):
    """Connections on which we show who we are."""

    def __init__(self, certificate):
        self._certificate = certificate
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        context = _tls_context(self._certificate)
        return super().init_poolmanager(*args, ssl_context=context, **kwargs)

    def proxy_manager_for(self, *args, **kwargs):
        context = _tls_context(self._certificate)
        return super().proxy_manager_for(*args, ssl_context=context, **kwargs)


def _tls_context(certificate):
    """Return a context that verifies the server as usual and shows our certificate.

    Python reads both from a file only, so for a moment there is one: readable by nobody else, and
    the key in it encrypted with a password that never leaves this function.
    """
    password = secrets.token_bytes(24).hex().encode()
    key = serialization.load_pem_private_key(certificate.private_key.encode(), password=None)
    sealed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    context = ssl.create_default_context()
    descriptor, path = tempfile.mkstemp(suffix='.pem')
    try:
        with open(descriptor, 'wb') as file:
            file.write(certificate.certificate.encode() + b'\n' + sealed)
        context.load_cert_chain(path, password=password)
    finally:
        os.unlink(path)
    return context
