"""AEAD_AES_256_GCM of notices and downloaded certificates, RSA of what we seal ourselves.

Decrypting proves only that somebody knows the APIv3 key: verify the signature before.
Source: spec/wechat_pay_v3.md §4, §17 (16).
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import InvalidArgument, Malformed

ALGORITHM = 'AEAD_AES_256_GCM'


def decrypt(key: bytes, *, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """Return the plain text of an encrypted resource.

    :param key: APIv3 key, 32 bytes
    :param nonce: 12 to 16 characters
    :param associated_data: may be empty
    :param ciphertext: base64 of the encrypted bytes followed by the 16 bytes of the tag
    :raise Malformed: broken base64, or key, nonce, associated data and text do not fit
    """
    try:
        data = base64.b64decode(ciphertext, validate=True)
        return AESGCM(key).decrypt(nonce.encode(), data, associated_data.encode())
    except (binascii.Error, InvalidTag, ValueError) as error:
        raise Malformed('The encrypted resource cannot be opened with this APIv3 key.') from error


def seal(key: rsa.RSAPublicKey, plain: str) -> str:
    """Return a sensitive text that only WeChat Pay can read, as base64.

    RSA with OAEP, whose hash is SHA-1 here: no collision helps an attacker in it.

    :param key: of WeChat Pay; the request names it in ``Wechatpay-Serial``
    :param plain: at most 214 bytes for a key of 2048 bit
    :raise InvalidArgument: the text is too long
    """
    scheme = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - theirs
    try:
        return base64.b64encode(key.encrypt(plain.encode(), scheme)).decode('ascii')
    except ValueError as error:
        raise InvalidArgument('The text is too long to be sealed.') from error
