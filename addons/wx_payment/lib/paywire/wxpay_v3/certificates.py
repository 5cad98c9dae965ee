"""Download of the platform certificates. Source: spec/wechat_pay_v3.md §4."""

from ..errors import InvalidArgument, Malformed
from . import cipher, parsing
from .exchange import Connection
from .keys import Certificate, check_serial, load_certificate


def fetch(connection: Connection, apiv3_key: bytes) -> tuple[Certificate, ...]:
    """Return the platform certificates.

    The answer may be signed with one of the very certificates it brings: those were opened with
    the APIv3 key, so they count for this one check.

    :raise NotFound: merchants in public-key mode have none (some get Refused instead)
    """
    reply = connection.exchange('GET', '/v3/certificates')
    found = parse_certificates(reply.body, apiv3_key)
    known = dict(connection.keys) | {item.serial_no: item.public_key for item in found}
    connection.verify(reply, known)
    return found


def parse_certificates(body: bytes, apiv3_key: bytes) -> tuple[Certificate, ...]:
    """Return the certificates of an answer of ``GET /v3/certificates``.

    :param body: raw bytes of the answer
    :param apiv3_key: key that opens them
    :raise Malformed: not the documented JSON, or not to be decrypted, or no certificate
    """
    items = parsing.objects(parsing.load_object(body), 'data')
    return tuple(_parse_item(item, apiv3_key) for item in items)


def _parse_item(item: parsing.JsonObject, apiv3_key: bytes) -> Certificate:
    sealed = parsing.nested(item, 'encrypt_certificate')
    plain = cipher.decrypt(
        apiv3_key,
        nonce=parsing.text(sealed, 'nonce'),
        associated_data=parsing.text(sealed, 'associated_data', default=''),
        ciphertext=parsing.text(sealed, 'ciphertext'),
    )
    try:
        certificate = load_certificate(plain.decode())
        announced = check_serial(parsing.text(item, 'serial_no'))
    except (InvalidArgument, UnicodeDecodeError) as error:
        raise Malformed('The downloaded certificate cannot be read.') from error
    # Compared as text: only leading zeros may differ.
    if announced.lstrip('0') != certificate.serial_no.lstrip('0'):
        raise Malformed('The downloaded certificate has another serial than announced.')
    return certificate
