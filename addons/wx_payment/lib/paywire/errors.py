"""What can go wrong on the wire; each class says what the caller may do next.

Source: spec/wechat_pay_v3.md §13, wechat_pay_v2.md, alipay.md.
"""


class WireError(Exception):
    """Base of every error of this package.

    :ivar int http_status: status of the answer, 0 when there was none
    :ivar str code: normalised error code of the provider, '' when there was none
    :ivar str request_id: the provider's ``Request-ID``, '' when there was none
    """

    def __init__(
        self, message: str, *, http_status: int = 0, code: str = '', request_id: str = ''
    ) -> None:
        super().__init__(message)
        self.message = message
        self.http_status = http_status
        self.code = code
        self.request_id = request_id


class InvalidArgument(WireError):
    """A key, number or text given by the caller is unusable; nothing was sent."""


class Refused(WireError):
    """The provider said no: nothing was executed, the same call would be refused again."""


class Unauthorized(Refused):
    """The provider does not accept our signature or rights: a fault of the configuration."""


class NotFound(Refused):
    """The provider does not know the order, refund or resource."""


class Throttled(Refused):
    """The provider wants to be asked later.

    For close and refund this may hide an operation in progress: query before deciding anything.
    """


class SignatureError(WireError):
    """The message is not proven to come from the provider: do not trust, do not acknowledge."""


class UnknownSerial(SignatureError):
    """The signing key is not known here; a platform certificate may be downloaded once."""


class UnknownOutcome(WireError):
    """The call may or may not have been executed: query before anything else."""


class Malformed(UnknownOutcome):
    """The message came from the provider but does not have the documented shape."""


class MalformedLine(Malformed):
    """A line of a bill is not as documented; nothing that was read of the bill counts.

    :ivar int line_no: number of the line, the first one is 1
    """

    def __init__(self, line_no: int, message: str) -> None:
        super().__init__(f'Line {line_no}: {message}')
        self.line_no = line_no


class Unfinished(UnknownOutcome):
    """Accepted and not finished (HTTP 202, a bill in the making): repeat the same later."""


class UntrustedReply(SignatureError, UnknownOutcome):
    """A 2xx answer whose signature does not hold: discard it and ask again."""
