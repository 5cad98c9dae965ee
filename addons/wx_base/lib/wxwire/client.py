"""The calls of the mini-program server API that the suite makes, answers parsed strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ForeignData, UnknownOutcome
from .transport import Send, call


@dataclass(frozen=True)
class Session:
    """Answer of code2session; the session key never leaves the server."""

    openid: str
    session_key: str
    unionid: str


@dataclass(frozen=True)
class AccessToken:
    """An access token and its remaining life in seconds."""

    token: str
    expires_in: int


@dataclass(frozen=True)
class PhoneInfo:
    """A phone number as WeChat knows it; `pure_number` has no country code."""

    number: str
    pure_number: str
    country_code: str


def code2session(send: Send, base: str, appid: str, secret: str, code: str) -> Session:
    """Exchange the code of `wx.login`, which works once within 5 minutes.

    Source: spec/wechat_miniprogram.md §1.

    :raise Refused: 40029 invalid, 40163 used, 40226 blocked user, or a configuration error
    :raise UnknownOutcome: never repeat the call with the same code
    """
    params = {
        'appid': appid,
        'secret': secret,
        'js_code': code,
        'grant_type': 'authorization_code',
    }
    answer = call(send, 'GET', f'{base}/sns/jscode2session', params=params)
    return Session(
        openid=_text(answer, 'openid'),
        session_key=_text(answer, 'session_key'),
        unionid=str(answer.get('unionid') or ''),
    )


def stable_token(
    send: Send, base: str, appid: str, secret: str, *, force_refresh: bool = False
) -> AccessToken:
    """Fetch the stable access token; the same one is returned until shortly before its end.

    Source: spec/wechat_miniprogram.md §2.
    """
    payload: dict[str, Any] = {
        'grant_type': 'client_credential',
        'appid': appid,
        'secret': secret,
    }
    if force_refresh:
        payload['force_refresh'] = True
    answer = call(send, 'POST', f'{base}/cgi-bin/stable_token', payload=payload)
    expires_in = answer.get('expires_in')
    if not isinstance(expires_in, int) or expires_in <= 0:
        raise UnknownOutcome('the answer has no expires_in', http_status=200)
    return AccessToken(token=_text(answer, 'access_token'), expires_in=expires_in)


def phone_number(send: Send, base: str, access_token: str, appid: str, code: str) -> PhoneInfo:
    """Exchange the code of the phone number button, which works once within 5 minutes.

    Source: spec/wechat_miniprogram.md §3.

    :raise ForeignData: the watermark names another app
    """
    answer = post(send, base, '/wxa/business/getuserphonenumber', access_token, {'code': code})
    info = answer.get('phone_info')
    if not isinstance(info, dict):
        raise UnknownOutcome('the answer has no phone_info', http_status=200)
    watermark = info.get('watermark')
    if not isinstance(watermark, dict) or watermark.get('appid') != appid:
        raise ForeignData('the phone number belongs to another app')
    return PhoneInfo(
        number=_text(info, 'phoneNumber'),
        pure_number=_text(info, 'purePhoneNumber'),
        country_code=str(info.get('countryCode') or ''),
    )


def post(
    send: Send, base: str, path: str, access_token: str, payload: Mapping[str, Any]
) -> dict[str, Any]:
    """Make any call that takes the access token in the query and JSON in the body."""
    params = {'access_token': access_token}
    return call(send, 'POST', f'{base}{path}', params=params, payload=payload)


def _text(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str) or not value:
        raise UnknownOutcome(f'the answer has no {key}', http_status=200)
    return value
