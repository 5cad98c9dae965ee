"""The cryptography of WeChat Pay and of the mini-program.

Source: spec/wechat_pay_v3.md §2–§4, spec/wechat_pay_v2.md §5, spec/wechat_miniprogram.md §4.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7


def lines(*parts: str | bytes) -> bytes:
    """Join `parts`, each ended by a line feed, the last one too."""
    raw = [part.encode() if isinstance(part, str) else part for part in parts]
    return b''.join(part + b'\n' for part in raw)


def rsa_sign(key: RSAPrivateKey, message: bytes) -> str:
    """Return the base64 of the RSA-SHA256 (PKCS#1 v1.5) signature."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def rsa_verify(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Tell whether the base64 `signature` is the key's over `message`."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def oaep_decrypt(key: RSAPrivateKey, text: str) -> str | None:
    """Return the plain text of a sensitive field (RSAES-OAEP); None when it is no good."""
    # SHA-1 is the interface's choice, for the mask and for the label.
    scheme = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
    try:
        return key.decrypt(base64.b64decode(text, validate=True), scheme).decode()
    except ValueError:
        return None


def gcm_encrypt(key: str, nonce: str, associated_data: str, plaintext: bytes) -> str:
    """Return the base64 of ciphertext and tag under AEAD_AES_256_GCM."""
    sealed = AESGCM(key.encode()).encrypt(nonce.encode(), plaintext, associated_data.encode())
    return base64.b64encode(sealed).decode()


def ecb_encrypt(key: bytes, plaintext: bytes) -> str:
    """Return the base64 of AES-256-ECB with PKCS#7 padding, as in refund notices of v2."""
    padder = PKCS7(128).padder()
    padded = padder.update(plaintext) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def cbc_encrypt(key: bytes, iv: bytes, plaintext: bytes) -> str:
    """Return the base64 of AES-128-CBC with PKCS#7 padding, as the client's `encryptedData`."""
    padder = PKCS7(128).padder()
    padded = padder.update(plaintext) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
