"""Notices and the answers to them. Source: spec/wechat_pay_v2.md §4, §5."""

from ..errors import Malformed, SignatureError
from ..messages import Refund, Transaction
from . import cipher, parsing, replies, signing, xml
from .messages import parse_refund_notice, parse_transaction
from .parsing import Fields

_ACCEPTED = (
    b'<xml><return_code><![CDATA[SUCCESS]]></return_code>'
    b'<return_msg><![CDATA[OK]]></return_msg></xml>'
)
_REFUSED = (
    b'<xml><return_code><![CDATA[FAIL]]></return_code>'
    b'<return_msg><![CDATA[ERROR]]></return_msg></xml>'
)


def accept(body: bytes, *, mchid: str, api_key: str, sign_type: str) -> Transaction | Refund:
    """Return what a notice of either kind says, verified.

    :param body: the raw bytes as received
    :param mchid: whose notices come to this address
    :param api_key: APIv2 key
    :param sign_type: the one that the channel pays with
    :raise SignatureError: the notice is not proven to come from WeChat Pay
    :raise Malformed: it does, but is not as documented
    """
    fields = _read(body)
    if fields.get('req_info'):
        return _open_refund(fields, mchid, api_key)
    signing.verify(fields, api_key=api_key, sign_type=sign_type)
    _check_merchant(fields, mchid)
    # There is a notice of success only. One of a failed try leaves the order as it was.
    paid = fields.get('result_code') == replies.SUCCESS
    return parse_transaction(fields, trade_state='SUCCESS' if paid else 'NOTPAY')


def accept_refund(body: bytes, *, mchid: str, api_key: str) -> Refund:
    """Return the refund of a notice; merchants of v3 get such ones as well.

    That it can be opened proves only that somebody knows the APIv2 key, and its blocks may have
    been put together: query the refund before anything is changed.

    :param body: the raw bytes as received
    :param mchid: whose notices come to this address
    :param api_key: APIv2 key
    :raise SignatureError: it cannot be opened, or is for another merchant
    :raise Malformed: it can, but is not as documented
    """
    return _open_refund(_read(body), mchid, api_key)


def _read(body: bytes) -> Fields:
    try:
        fields = xml.read(body)
    except Malformed as error:
        raise SignatureError('The notice is no XML of WeChat Pay.') from error
    if fields.get('return_code') != replies.SUCCESS:
        raise SignatureError('The notice carries nothing that is proven.')
    return fields


def _open_refund(fields: Fields, mchid: str, api_key: str) -> Refund:
    _check_merchant(fields, mchid)
    try:
        sealed = parsing.text(fields, 'req_info')
        plain = cipher.decrypt(cipher.derive_key(api_key), sealed)
    except Malformed as error:
        raise SignatureError(error.message) from error
    return parse_refund_notice(xml.read(plain, root='root'), mchid=mchid)


def _check_merchant(fields: Fields, mchid: str) -> None:
    # Several merchants may share one key.
    if fields.get('mch_id') != mchid:
        raise SignatureError('The notice is for another merchant.')


def answer(*, accepted: bool) -> bytes:
    """Return the one body that WeChat Pay takes; anything but acceptance is sent again."""
    return _ACCEPTED if accepted else _REFUSED
