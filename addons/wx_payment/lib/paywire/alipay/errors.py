"""What goes wrong with Alipay alone: both name the certificate that is to be fetched."""

from typing import Any

from ..errors import UnknownSerial, UntrustedReply


class UnknownCertificate(UnknownSerial):
    """A message is signed with a certificate that is not known here.

    :ivar str serial_no: ``alipay_cert_sn``, for `Client.certificate`
    """

    def __init__(self, message: str, *, serial_no: str, **more: Any) -> None:
        super().__init__(message, **more)
        self.serial_no = serial_no


class UntrustedCertificate(UntrustedReply):
    """An answer is signed with a certificate that is not known here.

    :ivar str serial_no: ``alipay_cert_sn``, for `Client.certificate`
    """

    def __init__(self, message: str, *, serial_no: str, **more: Any) -> None:
        super().__init__(message, code='UNKNOWN_SERIAL', **more)
        self.serial_no = serial_no
