"""Keys and certificates of Alipay and of an app of ours, for the tests; made anew in each run."""

import base64
import datetime
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

ALIPAY_APPID = '2021000000000777'
SELLER = '2088000000000777'

APP_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ALIPAY_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NEXT_ALIPAY_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ROOT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)

ROOT_NAME = 'Test Root R1'
ISSUER_NAME = 'Test Class 2 R1'


def _certify(subject, key, issuer, issuer_key, serial, *, ca=False):
    start = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=1826))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


ROOT = _certify(ROOT_NAME, ROOT_KEY, ROOT_NAME, ROOT_KEY, 1, ca=True)
ISSUER = _certify(ISSUER_NAME, ISSUER_KEY, ROOT_NAME, ROOT_KEY, 2, ca=True)
APP_CERTIFICATE = _certify(f'{SELLER}-{ALIPAY_APPID}', APP_KEY, ISSUER_NAME, ISSUER_KEY, 100)
# The file of Alipay's certificate holds that of its issuer too.
ALIPAY_CERTIFICATE = _certify('Alipay', ALIPAY_KEY, ISSUER_NAME, ISSUER_KEY, 200) + ISSUER
NEXT_ALIPAY_CERTIFICATE = _certify('Alipay', NEXT_ALIPAY_KEY, ISSUER_NAME, ISSUER_KEY, 201) + ISSUER


def serial_of(issuer, serial):
    """Return the number under which Alipay knows a certificate."""
    return hashlib.md5(f'CN={issuer}{serial}'.encode(), usedforsecurity=False).hexdigest()


APP_SERIAL = serial_of(ISSUER_NAME, 100)
ALIPAY_SERIAL = serial_of(ISSUER_NAME, 200)
NEXT_ALIPAY_SERIAL = serial_of(ISSUER_NAME, 201)
ROOT_SERIAL = serial_of(ROOT_NAME, 1)


def sign(key, text):
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(key, text, signature):
    key.public_key().verify(
        base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256()
    )


def bare(pem):
    """Return the base64 text without head and foot, as Alipay's console gives keys."""
    return ''.join(line for line in pem.splitlines() if not line.startswith('-----'))
