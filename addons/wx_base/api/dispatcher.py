"""Routing type `wxapi`: every answer, errors included, is the envelope with a request id."""

import logging
import re
import uuid
from urllib.parse import quote

import psycopg2
import werkzeug.exceptions

from odoo import http
from odoo.exceptions import AccessDenied, AccessError, MissingError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..exceptions import ApiError

_logger = logging.getLogger(__name__)

REQUEST_ID = re.compile(r'[0-9A-Za-z_-]{8,64}')
HTTP_STATUS_CODES = {
    400: 1,
    401: 2,
    403: 3,
    404: 4,
    405: 4,
    409: 5,
    413: 1,
    415: 1,
    429: 6,
}


class WxApiDispatcher(http.Dispatcher):
    """JSON in, envelope out, no session, no redirect, no HTML."""

    routing_type = 'wxapi'
    mimetypes = ('application/json',)

    def __init__(self, request):
        super().__init__(request)
        given = request.httprequest.headers.get('X-Request-ID', '')
        self.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex

    @classmethod
    def is_compatible_with(cls, request):
        """Accept any content type: the body is read as JSON, or refused with our envelope."""
        return True

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        return self.request.registry['ir.http']._dispatch(endpoint)

    def post_dispatch(self, response):
        response.headers['X-Request-ID'] = self.request_id
        if 'ETag' not in response.headers:
            response.headers['Cache-Control'] = 'no-store'
        return super().post_dispatch(response)

    def handle_error(self, exc):
        """Turn any exception into the envelope.

        Client errors leave an information line, ours the stack (written by Odoo's request
        loop) and a line with the request id to find it by.
        """
        status, code, message, data = self._describe(exc)
        path = quote(self.request.httprequest.path)  # one line, whatever the client sent
        if status >= 500 and code == 9:
            _logger.error('request %s %s failed, stack follows', self.request_id, path)
        else:
            _logger.info('request %s %s answered %s, code %s', self.request_id, path, status, code)
        headers = {'X-Request-ID': self.request_id, 'Cache-Control': 'no-store'}
        if status == 429 and data:
            headers['Retry-After'] = str(data['retry_after'])
        if status == 401:
            headers['WWW-Authenticate'] = 'Bearer'
        if status == 405 and getattr(exc, 'valid_methods', None):
            headers['Allow'] = ', '.join(sorted(exc.valid_methods))
        envelope = {'code': code, 'msg': message, 'data': data, 'request_id': self.request_id}
        return self.request.make_json_response(envelope, headers=headers, status=status)

    def _describe(self, exc):
        """Return HTTP status, code, message and data for an exception."""
        env = self.request.env
        if isinstance(exc, ApiError):
            return exc.http_status, exc.code, str(exc), exc.data
        if isinstance(exc, AccessDenied):
            return 401, 2, env._('The token is missing, wrong or expired: log in.'), None
        if isinstance(exc, AccessError | MissingError):
            return 404, 4, env._('There is no such record.'), None
        if isinstance(exc, UserError):
            return 409, 5, str(exc), None
        if isinstance(exc, werkzeug.exceptions.HTTPException) and exc.code:
            return exc.code, HTTP_STATUS_CODES.get(exc.code, 9), exc.name, None
        if isinstance(exc, (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, psycopg2.errors.UniqueViolation)):
            return 409, 5, env._('Somebody else is at it: try again.'), None
        return 500, 9, env._('Internal error. Tell support the request id.'), None
