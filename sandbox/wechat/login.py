"""Login codes, access tokens and phone numbers. Source: spec/wechat_miniprogram.md §1–§3."""

from __future__ import annotations

import secrets
import time

from starlette.requests import Request
from starlette.responses import Response

from ..credentials import APPS
from ..state import Sandbox
from .answers import WechatError, ok
from .kernel import app_of_token, json_body
from .state import TOKEN_SECONDS, Token, WechatState

# The same token is given out until 5 minutes before its end; the old one lives on beside the new.
TOKEN_OVERLAP = 300.0
REFRESH_GAP = 30.0
REFRESHES_A_DAY = 20
LOGINS_A_MINUTE = 100


def _check_app(appid: object, secret: object) -> str:
    if not appid:
        raise WechatError(41002)
    if not secret:
        raise WechatError(41004)
    app = APPS.get(str(appid))
    if app is None:
        raise WechatError(40013)
    if app.secret != secret:
        raise WechatError(40125)
    return app.appid


async def code2session(sandbox: Sandbox, request: Request) -> Response:
    """Exchange a login code for openid and session key."""
    query = request.query_params
    appid = _check_app(query.get('appid'), query.get('secret'))
    if query.get('grant_type') != 'authorization_code':
        raise WechatError(40002)
    if not query.get('js_code'):
        raise WechatError(41008)
    now = sandbox.clock.now()
    code = sandbox.wechat.login_codes.get(query['js_code'])
    if code is None or code.person.appid != appid or code.expires <= now:
        raise WechatError(40029)
    if code.used:
        raise WechatError(40163)
    _count_login(sandbox.wechat, code.person.openid, now)
    code.used = True
    payload = {'session_key': code.session_key, 'openid': code.person.openid}
    if code.person.unionid:
        payload['unionid'] = code.person.unionid
    return ok(payload)


def _count_login(state: WechatState, openid: str, now: float) -> None:
    recent = [moment for moment in state.logins.get(openid, []) if moment > now - 60]
    if len(recent) >= LOGINS_A_MINUTE:
        raise WechatError(45011)
    state.logins[openid] = [*recent, now]


async def stable_token(sandbox: Sandbox, request: Request) -> Response:
    """Return the app's token: the same one until shortly before its end."""
    body = await json_body(request)
    if body.get('grant_type') != 'client_credential':
        raise WechatError(40002)
    appid = _check_app(body.get('appid'), body.get('secret'))
    force = body.get('force_refresh', False)
    if not isinstance(force, bool):
        raise WechatError(47001)
    state, now = sandbox.wechat, sandbox.clock.now()
    token = state.tokens.get(state.current_token.get(appid, ''))
    if token and force and _may_refresh(state, appid, now):
        token.dead = True
        token = None
    if token is None or token.expires - now <= TOKEN_OVERLAP:
        token = _new_token(state, appid, now)
    return ok({'access_token': token.value, 'expires_in': int(token.expires - now)})


def _new_token(state: WechatState, appid: str, now: float) -> Token:
    token = Token(secrets.token_urlsafe(96), appid, now + TOKEN_SECONDS)
    state.tokens[token.value] = token
    state.current_token[appid] = token.value
    return token


def _may_refresh(state: WechatState, appid: str, now: float) -> bool:
    """Tell whether a forced refresh is within 20 a day and 30 s apart; if not, it is ignored."""
    recent = [moment for moment in state.refreshes.get(appid, []) if moment > now - 86400]
    if len(recent) >= REFRESHES_A_DAY or (recent and now - recent[-1] < REFRESH_GAP):
        return False
    state.refreshes[appid] = [*recent, now]
    return True


async def user_phone_number(sandbox: Sandbox, request: Request) -> Response:
    """Exchange a phone-number code for the number."""
    appid = app_of_token(sandbox, request)
    body = await json_body(request)
    code = sandbox.wechat.phone_codes.get(str(body.get('code', '')))
    if code is None or code.used or code.person.appid != appid:
        raise WechatError(40029)
    if code.expires <= sandbox.clock.now():
        raise WechatError(40029)
    if 'openid' in body and body['openid'] != code.person.openid:
        raise WechatError(40029)
    code.used = True
    mainland = code.country_code == '86'
    return ok(
        {
            'errcode': 0,
            'errmsg': 'ok',
            'phone_info': {
                'phoneNumber': code.phone if mainland else f'+{code.country_code}{code.phone}',
                'purePhoneNumber': code.phone,
                'countryCode': code.country_code,
                'watermark': {'timestamp': int(time.time()), 'appid': appid},
            },
        }
    )
