"""What the client needs to open the payment. Source: spec/wechat_pay_v3.md §5."""

from dataclasses import dataclass
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import rsa

from ..errors import InvalidArgument
from ..orders import APP, H5, JSAPI, MINIPROGRAM, NATIVE
from . import parsing
from .exchange import Connection
from .payments import REDIRECT, load_body
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


def invoke(
    connection: Connection, scene: str, body: bytes, handle: str, *, appid: str
) -> dict[str, str]:
    """Return what the caller needs to open the payment.

    :param body: from `payments.prepare`
    :param handle: from `payments.prepay`
    :param appid: the app that opens the payment
    :return: the signed fields under the names that client uses, ``h5_url`` or ``code_url``
    :raise InvalidArgument: the payment was prepared for another app, or nothing is opened here
    """
    source = load_body(body)
    if source.get('appid') != appid:
        raise InvalidArgument('The payment was prepared for another app.')
    if scene == NATIVE:
        return {'code_url': handle}
    if scene == H5:
        return {'h5_url': append_redirect(handle, parsing.text(source, REDIRECT, default=''))}
    if scene == APP:
        return _invoke_app(connection, appid, handle)
    if scene not in (JSAPI, MINIPROGRAM):
        raise InvalidArgument(f'Nothing is opened in the scene {scene}.')
    fields = invoke_jsapi(
        connection.merchant.private_key,
        appid=appid,
        prepay_id=handle,
        now=connection.clock(),
        nonce=connection.nonces(),
    ).as_fields()
    # A mini-program signs its appid and knows it; a page must pass it.
    return fields if scene == MINIPROGRAM else {'appId': appid} | fields


def append_redirect(url: str, return_url: str) -> str:
    """Return the link with the page to come back to, the only change that is allowed."""
    if not return_url:
        return url
    return f'{url}{"&" if "?" in url else "?"}redirect_url={quote(return_url, safe="")}'


def _invoke_app(connection: Connection, appid: str, prepay_id: str) -> dict[str, str]:
    now, nonce = connection.clock(), connection.nonces()
    key = connection.merchant.private_key
    return {
        'appid': appid,
        'partnerid': connection.merchant.mchid,
        'prepayid': prepay_id,
        'package': 'Sign=WXPay',
        'noncestr': nonce,
        'timestamp': str(now),
        'sign': app_sign(key, appid=appid, prepay_id=prepay_id, now=now, nonce=nonce),
    }
