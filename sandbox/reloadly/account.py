"""Tokens and balance. Source: spec/topup_suppliers.md §1 (Auth)."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response

from ..credentials import TOPUP_ACCOUNT
from ..state import Sandbox
from ..topup.wire import number
from .answers import ReloadlyError, answer, json_body, now_text
from .catalogue import SENDER_CURRENCY
from .state import AccessToken

TOKEN_SECONDS = 86400.0
SANDBOX_HOST = 'https://topups-sandbox.reloadly.com'
# A token for production can be had, but opens nothing here (trap 6 of the sheet).
PRODUCTION_HOST = 'https://topups.reloadly.com'


def _own_addresses(request: Request) -> set[str]:
    return {SANDBOX_HOST, f'{request.url.scheme}://{request.headers.get("host", "")}'}


async def token(sandbox: Sandbox, request: Request) -> Response:
    """Give a token for one audience."""
    body = await json_body(request)
    if body.get('client_id') != TOPUP_ACCOUNT.client_id:
        raise ReloadlyError('INVALID_CREDENTIALS')
    if body.get('client_secret') != TOPUP_ACCOUNT.client_secret:
        raise ReloadlyError('INVALID_CREDENTIALS')
    if body.get('grant_type') != 'client_credentials':
        raise ReloadlyError('INVALID_REQUEST', 'grant_type must be client_credentials')
    audience = str(body.get('audience', ''))
    if audience not in _own_addresses(request) | {PRODUCTION_HOST}:
        raise ReloadlyError('INVALID_CREDENTIALS', 'Access Denied: unknown audience')
    value = secrets.token_urlsafe(120)
    expires = sandbox.clock.now() + TOKEN_SECONDS
    sandbox.reloadly.tokens[value] = AccessToken(value, audience, expires)
    return answer(
        {
            'access_token': value,
            'scope': 'send-topups read-operators read-promotions read-topups-history',
            'expires_in': int(TOKEN_SECONDS),
            'token_type': 'Bearer',
        }
    )


def check_token(sandbox: Sandbox, request: Request) -> None:
    """Refuse a call without a living token for this environment.

    :raise ReloadlyError: INVALID_TOKEN, TOKEN_EXPIRED
    """
    scheme, _, value = request.headers.get('authorization', '').partition(' ')
    known = sandbox.reloadly.tokens.get(value) if scheme == 'Bearer' else None
    if known is None or known.audience == PRODUCTION_HOST:
        raise ReloadlyError('INVALID_TOKEN')
    if known.expires <= sandbox.clock.now():
        raise ReloadlyError('TOKEN_EXPIRED')


async def balance(sandbox: Sandbox, request: Request) -> Response:
    """Show what is left on the account."""
    check_token(sandbox, request)
    return answer(
        {
            'balance': number(sandbox.reloadly.balance),
            'currencyCode': SENDER_CURRENCY,
            'currencyName': 'US Dollar',
            'updatedAt': now_text(),
        }
    )
