"""Routing type `wxnotify`: providers get short JSON answers, errors included."""

import logging

import werkzeug.exceptions

from odoo import http

_logger = logging.getLogger(__name__)


class ProviderNoticeDispatcher(http.Dispatcher):
    """Hand the raw body to the route: no parsing, no session, no HTML."""

    routing_type = 'wxnotify'

    @classmethod
    def is_compatible_with(cls, request):
        """Accept any content type: the signature decides, not a header."""
        return True

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        return self.request.registry['ir.http']._dispatch(endpoint)

    def handle_error(self, exc):
        """Answer FAIL, so that the provider comes again, and keep what went wrong to ourselves."""
        status = 500
        if isinstance(exc, werkzeug.exceptions.HTTPException) and exc.code:
            status = exc.code
        path = self.request.httprequest.path
        if status >= 500:
            _logger.error('notice at %s failed', path, exc_info=exc)
        else:
            _logger.warning('notice at %s answered %s', path, status)
        return self.request.make_json_response(
            {'code': 'FAIL', 'message': 'not accepted'}, status=status
        )
