"""The one exit to WeChat, suppliers and merchants; what the wire clients call as `send`."""

from dataclasses import dataclass

import requests

MAX_ANSWER_BYTES = 16 * 1024 * 1024


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
