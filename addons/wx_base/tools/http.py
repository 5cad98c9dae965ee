"""The one exit to WeChat, suppliers and merchants; what the wire clients call as `send`."""

from dataclasses import dataclass

import requests

MAX_ANSWER_BYTES = 16 * 1024 * 1024
STREAM_BYTES = 64 * 1024


@dataclass(frozen=True)
class Reply:
    """An HTTP answer with its raw body; `headers` is case-insensitive."""

    status: int
    headers: requests.structures.CaseInsensitiveDict
    body: bytes


def send(method, url, *, headers, body, timeout):
    """Perform one request and return the answer, whatever its status; follow no redirect.

    The bytes given are the bytes sent: signatures cover them.

    :param float timeout: seconds to connect and to wait for each part of the answer
    :raise OSError: no whole answer came (`requests` derives its errors from it)
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
