"""What the client needs to open the payment. Source: spec/wechat_pay_v3.md §5."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from .signing import sign


@dataclass(frozen=True)
class Invocation:
    """The signed fields of ``wx.requestPayment``; the appid is signed but not passed."""

    time_stamp: str
    nonce_str: str
    package: str
    sign_type: str
    pay_sign: str

    def as_fields(self) -> dict[str, str]:
        """Return the five fields under the names that the mini-program uses."""
        return {
            'timeStamp': self.time_stamp,
            'nonceStr': self.nonce_str,
            'package': self.package,
            'signType': self.sign_type,
            'paySign': self.pay_sign,
        }


def invocation_message(appid: str, time_stamp: str, nonce: str, last_line: str) -> bytes:
    """Return the four lines that a client invocation signs.

    :param appid: the app that opens the payment
    :param time_stamp: Unix time in seconds as text
    :param nonce: random text of at most 32 characters
    :param last_line: ``prepay_id=<id>`` for JSAPI and mini-program, the bare id for APP
    """
    return f'{appid}\n{time_stamp}\n{nonce}\n{last_line}\n'.encode()


def invoke_jsapi(
    private_key: rsa.RSAPrivateKey, *, appid: str, prepay_id: str, now: int, nonce: str
) -> Invocation:
    """Return the signed fields for a mini-program or an official account's page.

    :param private_key: the key that signed the prepay request
    :param appid: appid the prepay_id was made with
    :param prepay_id: from the prepay call, at most 2 h old
    :param now: Unix time in seconds
    :param nonce: random text of at most 32 characters
    """
    package = f'prepay_id={prepay_id}'
    message = invocation_message(appid, str(now), nonce, package)
    return Invocation(str(now), nonce, package, 'RSA', sign(private_key, message))


def app_sign(
    private_key: rsa.RSAPrivateKey, *, appid: str, prepay_id: str, now: int, nonce: str
) -> str:
    """Return the signature for the APP scene, whose last line is the bare prepay_id.

    :param private_key: the key that signed the prepay request
    :param appid: appid of the app on the open platform
    :param prepay_id: from the prepay call
    :param now: Unix time in seconds
    :param nonce: random text of at most 32 characters
    """
    return sign(private_key, invocation_message(appid, str(now), nonce, prepay_id))
