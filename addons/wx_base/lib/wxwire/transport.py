"""The one way out: JSON calls over a `Send` given by the caller.

Source: spec/wechat_miniprogram.md, head (HTTP status 200 even on errors, `errcode`,
raw UTF-8 bodies) and §2 (token errors).
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from .errors import Refused, TokenExpired, TryLater, UnknownOutcome

TIMEOUT = 10.0

# spec/wechat_miniprogram.md §2: drop the cached token, fetch once, repeat once.
TOKEN_ERRORS = frozenset({'40001', '40014', '42001'})
# -1 busy; 45009/45011 quota and frequency; 43108 concurrent sends to one user.
TRY_LATER = frozenset({'-1', '45009', '45011', '43108'})


class Reply(Protocol):
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Send(Protocol):
    """Perform one HTTP request; raise an `OSError` when no answer came."""

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Reply: ...


def call(
    send: Send,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Call WeChat and return its answer once `errcode` is absent or 0.

    :param params: query parameters, secrets among them: never log the URL
    :param payload: JSON body, sent as raw UTF-8 (escaped Chinese is shown literally by WeChat)
    :raise TokenExpired: the access token in `params` is not valid any more
    :raise TryLater: busy or too frequent
    :raise Refused: any other `errcode`
    :raise UnknownOutcome: no answer, 5xx, or no JSON object
    """
    body = b'' if payload is None else json.dumps(payload, ensure_ascii=False).encode()
    headers = {'Accept': 'application/json'}
    if payload is not None:
        headers['Content-Type'] = 'application/json'
    target = f'{url}?{urlencode(params)}' if params else url
    try:
        reply = send(method, target, headers=headers, body=body, timeout=TIMEOUT)
    except OSError as error:
        # The error's text may hold the URL and with it a secret: keep its type only.
        raise UnknownOutcome(f'no answer: {type(error).__name__}') from None
    if reply.status != 200:
        raise UnknownOutcome(f'HTTP status {reply.status}', http_status=reply.status)
    return check(parse(reply.body))


def parse(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`.

    :raise UnknownOutcome: it is none
    """
    try:
        answer = json.loads(body)
    except ValueError:
        raise UnknownOutcome('the answer is no JSON', http_status=200) from None
    if not isinstance(answer, dict):
        raise UnknownOutcome('the answer is no JSON object', http_status=200)
    return answer


def check(answer: dict[str, Any]) -> dict[str, Any]:
    """Return `answer` unless its `errcode` names an error, which is raised by class."""
    code = str(answer.get('errcode', 0))
    if code == '0':
        return answer
    message = f'errcode {code}: {str(answer.get("errmsg", ""))[:200]}'
    if code in TOKEN_ERRORS:
        raise TokenExpired(message, code=code, http_status=200)
    if code in TRY_LATER:
        raise TryLater(message, code=code, http_status=200)
    raise Refused(message, code=code, http_status=200)
