"""Data that WeChat's client hands over encrypted or signed with the session key.

Source: spec/wechat_miniprogram.md §1 and §4.
"""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from Crypto.Cipher import AES
from Crypto.Util.Padding import unpad

from .errors import ForeignData, StaleSession


def decrypt(
    session_key: str, iv: str, encrypted_data: str, *, appid: str, now: int, max_age: int | None
) -> dict[str, Any]:
    """Decrypt `encryptedData` and check whose it is.

    AES-128-CBC with PKCS#7; all three arguments are base64.

    :param now: unix seconds
    :param max_age: seconds that the watermark may be old or ahead; None skips the check
    :raise StaleSession: key, iv or data do not fit together
    :raise ForeignData: watermark of another app, or too old
    """
    try:
        key, vector, data = (
            base64.b64decode(text, validate=True) for text in (session_key, iv, encrypted_data)
        )
        if len(key) != 16 or len(vector) != 16:
            raise StaleSession('key and iv have 16 bytes each')
        plain = unpad(AES.new(key, AES.MODE_CBC, vector).decrypt(data), AES.block_size)
        values = json.loads(plain.decode())
    except (binascii.Error, ValueError):
        # Wrong padding, broken UTF-8 and broken JSON are all signs of a rotated key.
        raise StaleSession('the data does not fit the session key') from None
    if not isinstance(values, dict):
        raise StaleSession('the data is no JSON object')
    _check_watermark(values.get('watermark'), appid, now, max_age)
    return values


def _check_watermark(watermark: Any, appid: str, now: int, max_age: int | None) -> None:
    if not isinstance(watermark, dict) or watermark.get('appid') != appid:
        raise ForeignData('the data belongs to another app')
    timestamp = watermark.get('timestamp')
    if max_age is not None and (not isinstance(timestamp, int) or abs(now - timestamp) > max_age):
        raise ForeignData('the data is too old')


def raw_data_signature(raw_data: str, session_key: str) -> str:
    """Return the signature that belongs to `rawData`: SHA-1 over it and the key's text."""
    return hashlib.sha1((raw_data + session_key).encode(), usedforsecurity=False).hexdigest()


def session_signature(session_key: str, message: bytes = b'') -> str:
    """Return the user-session signature: HMAC-SHA256 keyed with the base64 text of the key."""
    return hmac.new(session_key.encode(), message, hashlib.sha256).hexdigest()
