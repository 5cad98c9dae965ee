"""The signature of v2. Source: spec/wechat_pay_v2.md §2."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

MD5, HMAC_SHA256 = 'MD5', 'HMAC-SHA256'
SIGN_TYPES = (MD5, HMAC_SHA256)


def sign(fields: Mapping[str, str], key: str, sign_type: str) -> str:
    """Return the signature over `fields`; `sign` and empty values take no part."""
    named = sorted((name, value) for name, value in fields.items() if value and name != 'sign')
    text = '&'.join(f'{name}={value}' for name, value in [*named, ('key', key)]).encode()
    if sign_type == HMAC_SHA256:
        return hmac.new(key.encode(), text, hashlib.sha256).hexdigest().upper()
    return hashlib.md5(text, usedforsecurity=False).hexdigest().upper()


def verify(fields: Mapping[str, str], key: str, sign_type: str, signature: str) -> bool:
    """Tell whether the signature is the key's over `fields`."""
    return hmac.compare_digest(sign(fields, key, sign_type).encode(), signature.encode())
