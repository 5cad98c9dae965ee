"""Notices: the envelope and what is in it. Source: spec/wechat_pay_v3.md §11."""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from ..errors import Malformed
from ..messages import Refund, Transaction
from . import cipher, parsing, verifying
from .messages import parse_refund_notice, parse_transaction

TRANSACTION_EVENT = ('TRANSACTION.SUCCESS', 'transaction')
REFUND_EVENTS = tuple((f'REFUND.{state}', 'refund') for state in ('SUCCESS', 'ABNORMAL', 'CLOSED'))


@dataclass(frozen=True)
class Envelope:
    """The readable outside of a notice; the resource in it is still encrypted."""

    id: str
    event_type: str
    original_type: str
    algorithm: str
    ciphertext: str
    associated_data: str
    nonce: str
    summary: str

    @property
    def kind(self) -> tuple[str, str]:
        """The pair that decides what to do: other products share some event types."""
        return (self.event_type, self.original_type)


def accept(
    headers: Mapping[str, str],
    body: bytes,
    *,
    keys: Mapping[str, rsa.RSAPublicKey],
    now: int,
) -> Envelope:
    """Return the envelope of a notice after its signature was verified.

    :param headers: all headers of the request
    :param body: the raw bytes as received
    :param keys: public keys by normalised serial
    :param now: Unix time in seconds
    :raise SignatureError: the notice is not proven to come from WeChat Pay
    :raise Malformed: it does, but is not the documented JSON
    """
    verifying.verify(headers, body, keys=keys, now=now)
    return parse_envelope(body)


def parse_envelope(body: bytes) -> Envelope:
    """Return the envelope of a notice whose signature was verified before.

    :raise Malformed: not the documented JSON
    """
    source = parsing.load_object(body)
    resource = parsing.nested(source, 'resource')
    return Envelope(
        id=parsing.text(source, 'id'),
        event_type=parsing.text(source, 'event_type'),
        original_type=parsing.text(resource, 'original_type', default=''),
        algorithm=parsing.text(resource, 'algorithm'),
        ciphertext=parsing.text(resource, 'ciphertext'),
        associated_data=parsing.text(resource, 'associated_data', default=''),
        nonce=parsing.text(resource, 'nonce'),
        summary=parsing.text(source, 'summary', default=''),
    )


def open_resource(envelope: Envelope, apiv3_key: bytes) -> bytes:
    """Return the plain JSON text of the resource.

    :raise Malformed: another algorithm, or it cannot be decrypted with this key
    """
    if envelope.algorithm != cipher.ALGORITHM:
        raise Malformed('The encryption algorithm is not supported.')
    return cipher.decrypt(
        apiv3_key,
        nonce=envelope.nonce,
        associated_data=envelope.associated_data,
        ciphertext=envelope.ciphertext,
    )


def parse_resource(envelope: Envelope, plain: bytes) -> Transaction | Refund | None:
    """Return the payment or refund of an opened resource, None for any other kind of notice.

    :raise Malformed: a known kind whose content is not as documented, or contradicts itself
    """
    if envelope.kind == TRANSACTION_EVENT:
        transaction = parse_transaction(parsing.load_object(plain))
        if transaction.trade_state != 'SUCCESS':
            raise Malformed('A notice of success carries another state.')
        return transaction
    if envelope.kind in REFUND_EVENTS:
        refund = parse_refund_notice(parsing.load_object(plain))
        if f'REFUND.{refund.status}' != envelope.event_type:
            raise Malformed('A notice of a refund carries another state.')
        return refund
    return None
