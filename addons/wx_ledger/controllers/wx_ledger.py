from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.exceptions import MissingError
from odoo.http import content_disposition, request

from ..report.statement_writers import WRITERS


class WxLedger(http.Controller):
    """Downloads. The files are made in bounded memory and sent as they are read."""

    @http.route('/wx_ledger/export', type='http', auth='user', methods=['GET'])
    def export(self):
        """Send the whole ledger, for tools/verify_ledger.py."""
        file = request.env['wx.ledger.export']._take()
        return self._send(file, 'ledger.jsonl.gz', 'application/gzip')

    @http.route(
        '/wx_ledger/statement/<int:statement_id>/<any(csv,xlsx,pdf):kind>',
        type='http',
        auth='user',
        methods=['GET'],
    )
    def statement(self, statement_id, kind):
        """Send a statement that the user has asked for."""
        statement = request.env['wx.ledger.statement'].browse(statement_id).exists()
        if not statement:
            raise MissingError(request.env._('This statement is gone. Ask for it again.'))
        file = statement._take(kind)
        return self._send(file, statement._file_name(kind), WRITERS[kind][1])

    def _send(self, file, name, mimetype):
        if isinstance(file, dict):
            # The gate has made a request for approval in place of the file; it has to stay.
            text = request.env._('A second person has to consent to this.')
            return request.make_response(text, status=403)
        headers = [
            ('Content-Type', mimetype),
            ('Content-Disposition', content_disposition(name)),
            ('Cache-Control', 'no-store'),
        ]
        body = wrap_file(request.httprequest.environ, file)
        return request.make_response(body, headers)
