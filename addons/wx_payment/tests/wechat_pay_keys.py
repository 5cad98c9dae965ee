"""Keys and ciphers of the two sides, for the tests; made anew in each run."""

import base64
import datetime
import secrets
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

MCHID = '1900009999'
MERCHANT_SERIAL = '11AA22BB33CC44DD55EE66FF77AA88BB99CC00DD'
APIV3_KEY = 'abcdefghijklmnopqrstuvwxyz012345'
PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000099992026010100000000000001'

MERCHANT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PROVIDER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_pem(key):
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def make_certificate(serial, key=PROVIDER_KEY, end=None):
    """Return a self-signed platform certificate as PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'Tenpay.com sign')])
    start = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int(serial, 16))
        .not_valid_before(start)
        .not_valid_after(end or start + datetime.timedelta(days=1826))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def sign(message, key=PROVIDER_KEY):
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def signed_headers(body, *, key=PROVIDER_KEY, now=None, serial=PUBLIC_KEY_ID):
    timestamp = str(int(time.time()) if now is None else now)
    nonce = secrets.token_hex(16)
    return {
        'Wechatpay-Timestamp': timestamp,
        'Wechatpay-Nonce': nonce,
        'Wechatpay-Signature': sign(f'{timestamp}\n{nonce}\n'.encode() + body + b'\n', key),
        'Wechatpay-Serial': serial,
        'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048',
        'Request-ID': '08AABBCC-1',
    }


def seal(plain, associated_data, apiv3_key=APIV3_KEY):
    """Return the encrypted part of a notice or of a certificate listing."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plain, associated_data.encode())
    return {
        'algorithm': 'AEAD_AES_256_GCM',
        'ciphertext': base64.b64encode(sealed).decode(),
        'associated_data': associated_data,
        'nonce': nonce,
    }
