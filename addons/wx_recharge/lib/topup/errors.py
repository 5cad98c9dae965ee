"""What a supplier call may end with, each class named after what the caller may do next."""


class TopupError(Exception):
    """Base of all errors of this package."""

    def __init__(self, message: str, *, http_status: int = 0, code: str = '') -> None:
        super().__init__(message)
        self.http_status = http_status
        self.code = code


class Refused(TopupError):
    """Final: the supplier said no, nothing was executed."""


class AccountProblem(Refused):
    """The supplier refuses our account (credentials, balance, limits): pause it, tell a person."""


class Throttled(Refused):
    """Too many calls, this one was not executed: the same call may be made again later."""

    def __init__(
        self,
        message: str,
        *,
        http_status: int = 429,
        code: str = '',
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message, http_status=http_status, code=code)
        self.retry_after_s = retry_after_s


class SignatureError(TopupError):
    """A callback that cannot be trusted: do not store it, do not acknowledge it."""


class UnknownOutcome(TopupError):
    """Time-out, 5xx, broken or unknown answer: query before doing anything else."""


class NotSent(TopupError):
    """The call never left (no access token): nothing was executed, try again later.

    `account_problem` tells that waiting will not help, because the credentials are refused.
    """

    def __init__(
        self,
        message: str,
        *,
        http_status: int = 0,
        code: str = '',
        account_problem: bool = False,
    ) -> None:
        super().__init__(message, http_status=http_status, code=code)
        self.account_problem = account_problem
