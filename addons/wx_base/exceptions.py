"""Errors that people and API clients can act upon.

In the web client they show as ordinary messages; the API kernel answers each with the
`code` and `http_status` of its class (docs: docs/api.md).
"""

import logging

from odoo.exceptions import AccessDenied, UserError
from odoo.tools import frozendict


class ApiError(UserError):
    """Base: something the caller can understand.

    :param str message: translated text for the person
    :param dict data: further data for the API's answer
    """

    code = 5
    http_status = 409
    # A client's mistake is no warning of ours: the dispatcher leaves one line with its id.
    loglevel = logging.DEBUG
    # The web client knows Odoo's own classes by name; any other is a crash to it ("Oops!").
    context = frozendict({'exception_class': 'odoo.exceptions.UserError'})

    def __init__(self, message, data=None):
        super().__init__(message)
        self.data = data


class InvalidInput(ApiError):
    """A parameter is missing or wrong; `fields` maps its name to the reason."""

    code = 1
    http_status = 400

    def __init__(self, message, fields=None):
        super().__init__(message, {'fields': fields or {}})
        self.fields = fields or {}


class InvalidToken(AccessDenied):
    """The bearer token is missing, wrong, expired or revoked.

    Odoo lets only `AccessDenied` pass from the authentication of a request.
    """

    code = 2
    http_status = 401
    loglevel = logging.DEBUG


class Forbidden(ApiError):
    """The caller is known but may not do this."""

    code = 3
    http_status = 403


class NotFound(ApiError):
    """There is no such record for the caller, also when it is somebody else's."""

    code = 4
    http_status = 404


class Conflict(ApiError):
    """The record's current state does not allow this."""


class TooManyRequests(ApiError):
    """The caller is too fast; may come again after `retry_after` seconds."""

    code = 6
    http_status = 429

    def __init__(self, message, retry_after):
        super().__init__(message, {'retry_after': retry_after})
        self.retry_after = retry_after


class RefusedByProvider(ApiError):
    """WeChat or a supplier said no, or could not be reached before anything happened."""

    code = 7
    http_status = 502


class OutcomeUnknown(ApiError):
    """The call may have taken effect: ask again, do not repeat it as a new one."""

    code = 8
    http_status = 202


class StaleSession(ApiError):
    """WeChat's session key has changed: call `wx.login` and log in again."""

    code = 10
    http_status = 401
