"""What can go wrong at WeChat's server API; each class says what the caller may do next."""


class WireError(Exception):
    """Base of all errors here.

    :param message: text for the log; holds no secret
    :param code: WeChat's `errcode` as text, empty when there was none
    :param http_status: HTTP status of the answer, 0 without an answer
    """

    def __init__(self, message: str, *, code: str = '', http_status: int = 0):
        super().__init__(message)
        self.code = code
        self.http_status = http_status


class Refused(WireError):
    """WeChat said no: repeating the same call is of no use."""


class TryLater(WireError):
    """WeChat did not do it now (busy, too frequent): the same call may be repeated later."""


class TokenExpired(WireError):
    """The access token is no longer valid: fetch one and repeat the call once."""


class UnknownOutcome(WireError):
    """Time-out, 5xx or a broken answer: nobody knows whether the call took effect."""


class StaleSession(WireError):
    """The data does not fit the stored session key: the client has to log in again."""


class ForeignData(WireError):
    """The decrypted data belongs to another app or is too old: do not trust it."""
