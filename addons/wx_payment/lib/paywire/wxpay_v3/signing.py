"""Request signature and the Authorization header. Source: spec/wechat_pay_v3.md §2."""

import base64

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SCHEME = 'WECHATPAY2-SHA256-RSA2048'


def sign(private_key: rsa.RSAPrivateKey, message: bytes) -> str:
    """Return the RSA PKCS#1 v1.5 SHA-256 signature as base64 without line breaks."""
    signature = private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode('ascii')


def request_message(method: str, target: str, *, now: int, nonce: str, body: bytes) -> bytes:
    """Return the five lines that a request signs.

    :param method: HTTP method in any case
    :param target: path and query exactly as sent on the wire
    :param now: Unix time in seconds
    :param nonce: random text
    :param body: the bytes that are sent, b'' without a body
    """
    head = f'{method.upper()}\n{target}\n{now}\n{nonce}\n'
    return head.encode() + body + b'\n'


def authorization(
    private_key: rsa.RSAPrivateKey,
    method: str,
    target: str,
    *,
    mchid: str,
    serial_no: str,
    now: int,
    nonce: str,
    body: bytes,
) -> str:
    """Return the value of the Authorization header for one request.

    :param private_key: key of the merchant certificate
    :param method: HTTP method
    :param target: path and query exactly as sent on the wire
    :param mchid: merchant id, the same as in the body
    :param serial_no: serial of the merchant certificate
    :param now: Unix time in seconds; more than 300 s off is refused
    :param nonce: random text, 32 characters recommended
    :param body: the bytes that are sent
    """
    message = request_message(method, target, now=now, nonce=nonce, body=body)
    fields = {
        'mchid': mchid,
        'nonce_str': nonce,
        'signature': sign(private_key, message),
        'timestamp': str(now),
        'serial_no': serial_no,
    }
    return f'{SCHEME} ' + ','.join(f'{name}="{value}"' for name, value in fields.items())
