"""Bearer tokens of customers: signed, short, and revoked by the version on the user."""

from datetime import UTC, datetime, timedelta

import jwt

from .secret_box import derived_key

LIFETIME = timedelta(days=7)
ALGORITHM = 'HS256'
ISSUER = 'wx_base'


def issue(database, wx_user_id, version):
    """Return a signed token and its life in seconds.

    :param str database: name of the database the token is good for
    :param int version: the user's `token_version`; raising it revokes all tokens
    """
    now = datetime.now(UTC)
    claims = {
        'iss': ISSUER,
        'aud': database,
        'sub': str(wx_user_id),
        'ver': version,
        'iat': now,
        'exp': now + LIFETIME,
    }
    token = jwt.encode(claims, derived_key('tokens'), algorithm=ALGORITHM)
    return token, int(LIFETIME.total_seconds())


def read(database, token):
    """Return `(wx_user_id, version)` of a valid token, None of any other."""
    try:
        claims = jwt.decode(
            token,
            derived_key('tokens'),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=database,
            options={'require': ['exp', 'sub', 'ver']},
        )
        return int(claims['sub']), int(claims['ver'])
    except (jwt.InvalidTokenError, ValueError):
        return None
