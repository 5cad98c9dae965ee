"""Signatures of China style suppliers. Source: spec/topup_suppliers.md §4, §6 trap 12."""

import hashlib
import hmac
from collections.abc import Mapping

from .china_dialect import PLACEHOLDER, Sign
from .errors import SignatureError


def sign(
    how: Sign, params: Mapping[str, object], *, user: str, key: str, charset: str = 'utf-8'
) -> str:
    """Return the signature over the values as they are, never as they are URL-encoded.

    All parameters are covered but the signature itself: suppliers add new ones.

    :raise SignatureError: the template names a parameter that is not there
    """
    texts = {name: _text(value, how.array) for name, value in params.items() if name != how.field}
    if how.form == 'template':
        source = PLACEHOLDER.sub(
            lambda match: _named(match[1], texts, user=user, key=key), how.text
        )
    else:
        pairs = [pair for pair in sorted(texts.items()) if pair[1] or not how.skip_empty]
        joined = (
            '&'.join(f'{name}={value}' for name, value in pairs)
            if how.form == 'pairs'
            else ''.join(value for _name, value in pairs)
        )
        known = {'params': joined, 'user': user, 'key': key}
        source = PLACEHOLDER.sub(lambda match: known.get(match[1], ''), how.text)
    # The suppliers prescribe MD5; it proves no more than that the key is known.
    digest = hashlib.md5(source.encode(charset, 'replace'), usedforsecurity=False).hexdigest()
    return digest.upper() if how.upper else digest


def verify(
    how: Sign, params: Mapping[str, object], *, user: str, key: str, charset: str = 'utf-8'
) -> None:
    """Check the signature of a callback.

    :raise SignatureError: no key, no signature, or another one
    """
    given = params.get(how.field)
    if not key:
        raise SignatureError('no key is configured')
    if not isinstance(given, str) or not given:
        raise SignatureError('the signature is missing')
    expected = sign(how, params, user=user, key=key, charset=charset)
    if not hmac.compare_digest(expected.lower().encode(), given.strip().lower().encode()):
        raise SignatureError('the signature does not fit')


def _named(name: str, texts: Mapping[str, str], *, user: str, key: str) -> str:
    if name == 'user':
        return user
    if name == 'key':
        return key
    if name not in texts:
        raise SignatureError(f'{name} is missing')
    return texts[name]


def _text(value: object, array: str) -> str:
    if isinstance(value, (list, dict)):
        return array
    return '' if value is None else str(value)
