"""Signature over the sorted fields. Source: spec/wechat_pay_v2.md §2, §8 (1, 3, 5)."""

import hashlib
import hmac
from collections.abc import Mapping

from ..errors import InvalidArgument, SignatureError

MD5 = 'MD5'
HMAC_SHA256 = 'HMAC-SHA256'
SIGN_TYPES = (MD5, HMAC_SHA256)

API_KEY_LENGTH = 32


def check_api_key(api_key: str) -> str:
    """Return the APIv2 key.

    :raise InvalidArgument: the key is not exactly 32 ASCII characters
    """
    if not api_key.isascii() or len(api_key) != API_KEY_LENGTH:
        raise InvalidArgument('The APIv2 key must be exactly 32 ASCII characters.')
    return api_key


def message(fields: Mapping[str, str], api_key: str) -> bytes:
    """Return the text that is signed: the fields by name in byte order, then the key."""
    pairs = sorted((name, value) for name, value in fields.items() if value and name != 'sign')
    return ('&'.join(f'{name}={value}' for name, value in pairs) + f'&key={api_key}').encode()


def sign(fields: Mapping[str, str], *, api_key: str, sign_type: str) -> str:
    """Return the signature in upper-case hexadecimal digits.

    :param fields: all fields; ``sign`` and empty ones do not count
    :param api_key: APIv2 key
    :param sign_type: MD5 or HMAC_SHA256
    :raise InvalidArgument: another sign_type
    """
    text = message(fields, api_key)
    if sign_type == MD5:
        # Weak by design of the provider; HMAC-SHA256 is the choice for a new channel.
        return hashlib.md5(text, usedforsecurity=False).hexdigest().upper()
    if sign_type == HMAC_SHA256:
        return hmac.new(api_key.encode(), text, hashlib.sha256).hexdigest().upper()
    raise InvalidArgument('The kind of the signature is MD5 or HMAC-SHA256.')


def verify(fields: Mapping[str, str], *, api_key: str, sign_type: str) -> None:
    """Pass if the fields are signed with our key, in the one way that was agreed on.

    A message that names another way is refused: nobody but us chooses the weaker one.

    :raise SignatureError: the signature is missing, wrong or of another kind
    """
    if fields.get('sign_type', sign_type) != sign_type:
        raise SignatureError('The signature is of another kind than agreed.')
    expected = sign(fields, api_key=api_key, sign_type=sign_type)
    if not hmac.compare_digest(expected.encode(), fields.get('sign', '').encode()):
        raise SignatureError('The signature is missing or wrong.')
