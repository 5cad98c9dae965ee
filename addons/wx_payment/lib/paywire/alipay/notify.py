"""Asynchronous notices of payments and refunds. Source: spec/alipay.md §2.3, §6."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric import rsa

from ..errors import Malformed, SignatureError
from ..messages import Transaction
from ..transport import lower_names
from . import parsing, signing, verifying
from .messages import parse_transaction, trade_state

# The answer that ends the deliveries: these bytes and nothing else.
ACCEPTED = b'success'
REFUSED = b'fail'

TRADE_NOTICE = 'trade_status_sync'
CHARSETS = frozenset({'utf-8', 'gbk', 'gb2312', 'gb18030'})
MAX_PARAMETERS = 200


@dataclass(frozen=True)
class Notice:
    """A notice whose signature was verified.

    Whether number, amount, app and seller are ours is the caller's to check.

    :ivar str id: the same for all deliveries of one event
    :ivar str notify_type: ``trade_status_sync`` for payments and refunds
    :ivar transaction: None for any other type
    :ivar int refunded_fen: sum of all refunds so far, None when the notice speaks of none
    :ivar str out_refund_no: our number of the refund the notice is about, '' for none
    :ivar parameters: everything that arrived
    """

    id: str
    notify_type: str
    appid: str
    seller_id: str
    transaction: Transaction | None
    refunded_fen: int | None
    out_refund_no: str
    parameters: Mapping[str, str]


def accept(
    headers: Mapping[str, str], body: bytes, *, keys: Mapping[str, rsa.RSAPublicKey]
) -> Notice:
    """Return a notice after its signature was verified.

    :param headers: all headers of the request
    :param body: the raw form as received; nothing but it may be used (trap 7)
    :param keys: Alipay's keys, see `verifying.verify`
    :raise SignatureError: the notice is not proven to come from Alipay
    :raise Malformed: it does, but is not as documented
    """
    parameters, charset = read_form(headers, body)
    if parameters.get('sign_type') != signing.SIGN_TYPE:
        raise SignatureError('The signature type is not supported.')
    verifying.verify(
        keys,
        signing.notice_text(parameters).encode(charset),
        parameters.get('sign', ''),
        serial_no=parameters.get('alipay_cert_sn', ''),
    )
    return parse_notice(parameters)


def read_form(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], str]:
    """Return the decoded parameters, empty ones too, and the character set they are in.

    :raise SignatureError: not a form with a signature, so nothing is proven
    """
    charset = _charset(headers, body)
    try:
        pairs = parse_qsl(
            body.decode('ascii'),
            keep_blank_values=True,
            strict_parsing=True,
            encoding=charset,
            errors='strict',
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError as error:
        raise SignatureError('The notice is no form.') from error
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise SignatureError('A parameter occurs twice.')
    return parameters, charset


def _charset(headers: Mapping[str, str], body: bytes) -> str:
    """Return the character set; it must be known before the parameter that names it is decoded."""
    named = dict(parse_qsl(body.decode('latin-1'), encoding='latin-1')).get('charset', '')
    content_type = lower_names(headers).get('content-type', '')
    _rest, mark, of_header = content_type.lower().partition('charset=')
    charset = (named or (of_header if mark else '') or 'utf-8').strip('"; ').lower()
    if charset not in CHARSETS:
        raise SignatureError('The character set is not supported.')
    return charset


def parse_notice(parameters: Mapping[str, str]) -> Notice:
    """Return the notice of parameters whose signature was verified before.

    :raise Malformed: a field is missing or has a wrong form
    """
    notify_type = parsing.text(parameters, 'notify_type')
    appid = parsing.text(parameters, 'app_id', default='')
    seller_id = parsing.text(parameters, 'seller_id', default='')
    transaction = None
    if notify_type == TRADE_NOTICE:
        if not appid:
            raise Malformed('app_id is missing.')
        transaction = parse_transaction(
            parameters, trade_state=trade_state(parameters), appid=appid, mchid=seller_id
        )
    # An unpaid trade that closes says refund_fee=0.00.
    refunded_fen = parsing.optional_fen(parameters, 'refund_fee') or None
    return Notice(
        id=parsing.text(parameters, 'notify_id'),
        notify_type=notify_type,
        appid=appid,
        seller_id=seller_id,
        transaction=transaction,
        refunded_fen=refunded_fen,
        out_refund_no=parsing.text(parameters, 'out_biz_no', default='') if refunded_fen else '',
        parameters=MappingProxyType(dict(parameters)),
    )
