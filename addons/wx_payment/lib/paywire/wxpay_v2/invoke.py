"""What the client needs to open the payment: the second signature.

Unlike v3, signType is signed too, and JSAPI and APP spell their names differently.
Source: spec/wechat_pay_v2.md §3, §8 (1, 2).
"""

from ..errors import InvalidArgument
from ..orders import APP, H5, JSAPI, MINIPROGRAM, NATIVE
from ..wxpay_v3.invoke import append_redirect
from ..wxpay_v3.payments import REDIRECT
from . import signing
from .exchange import Connection
from .payments import load_fields


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
    source = load_fields(body)
    if source.get('appid') != appid:
        raise InvalidArgument('The payment was prepared for another app.')
    if scene == NATIVE:
        return {'code_url': handle}
    if scene == H5:
        return {'h5_url': append_redirect(handle, source.get(REDIRECT, ''))}
    if scene == APP:
        return _invoke_app(connection, appid, handle)
    if scene not in (JSAPI, MINIPROGRAM):
        raise InvalidArgument(f'Nothing is opened in the scene {scene}.')
    fields = _invoke_page(connection, appid, handle)
    if scene == MINIPROGRAM:
        # It signs its appid and knows it.
        del fields['appId']
    return fields


def _invoke_page(connection: Connection, appid: str, prepay_id: str) -> dict[str, str]:
    fields = {
        'appId': appid,
        'timeStamp': str(connection.clock()),
        'nonceStr': connection.nonces(),
        'package': f'prepay_id={prepay_id}',
        'signType': connection.merchant.sign_type,
    }
    return fields | {'paySign': _sign(connection, fields)}


def _invoke_app(connection: Connection, appid: str, prepay_id: str) -> dict[str, str]:
    fields = {
        'appid': appid,
        'partnerid': connection.merchant.mchid,
        'prepayid': prepay_id,
        'package': 'Sign=WXPay',
        'noncestr': connection.nonces(),
        'timestamp': str(connection.clock()),
    }
    return fields | {'sign': _sign(connection, fields)}


def _sign(connection: Connection, fields: dict[str, str]) -> str:
    merchant = connection.merchant
    return signing.sign(fields, api_key=merchant.api_key, sign_type=merchant.sign_type)
