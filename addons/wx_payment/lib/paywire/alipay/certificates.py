"""Download of a new certificate of Alipay's. Source: spec/alipay.md §3."""

import base64
import binascii

from ..errors import InvalidArgument, UntrustedReply
from . import parsing, writing
from .exchange import Connection, read_content
from .keys import Certificate, check_chain

METHOD = 'alipay.open.app.alipaycert.download'


def download(connection: Connection, serial_no: str, *, issuer: str, root_pem: str) -> Certificate:
    """Return a new certificate, proven by the root and not by the answer that brings it.

    :param connection: in certificate mode
    :param serial_no: ``alipay_cert_sn`` of a message, known to nobody here
    :param issuer: who issued the certificate that is known
    :param root_pem: the root file
    :raise UntrustedReply: another certificate, or the proof fails
    """
    envelope, status = connection.exchange(METHOD, writing.dump({'alipay_cert_sn': serial_no}))
    answer = read_content(envelope, status)
    try:
        pem = base64.b64decode(parsing.text(answer, 'alipay_cert_content'), validate=True)
        found = check_chain(pem.decode(), root_pem=root_pem, issuer=issuer, now=connection.now())
    except (binascii.Error, UnicodeDecodeError, InvalidArgument) as error:
        raise UntrustedReply('The new certificate is not proven.') from error
    if found.serial_no != serial_no:
        raise UntrustedReply('The new certificate is another one.')
    # The answer may be signed with the very certificate that it brings.
    connection.verify(envelope, dict(connection.keys) | {serial_no: found.public_key}, status)
    return found
