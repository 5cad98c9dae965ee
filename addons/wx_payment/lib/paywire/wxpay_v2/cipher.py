"""AES-256-ECB of refund notices. Source: spec/wechat_pay_v2.md §5."""

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ..errors import Malformed

_BLOCK_BITS = 128


def derive_key(api_key: str) -> bytes:
    """Return the AES key: the lower-case digits of the APIv2 key's MD5 sum, as 32 bytes."""
    return hashlib.md5(api_key.encode(), usedforsecurity=False).hexdigest().encode()


def decrypt(key: bytes, ciphertext: str) -> bytes:
    """Return the plain text.

    :param key: 32 bytes, see `derive_key`
    :param ciphertext: base64
    :raise Malformed: broken base64, or key and text do not fit
    """
    # The mode is the provider's choice; it proves nothing of the order of the blocks.
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 - theirs
    unpadder = padding.PKCS7(_BLOCK_BITS).unpadder()
    try:
        data = base64.b64decode(''.join(ciphertext.split()), validate=True)
        padded = decryptor.update(data) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except (binascii.Error, ValueError) as error:
        raise Malformed('The encrypted text cannot be opened with this APIv2 key.') from error
