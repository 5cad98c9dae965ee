from odoo import SUPERUSER_ID, http
from odoo.http import request


class BareRoutes(http.Controller):
    """What Odoo itself costs: no login, no session, no API kernel."""

    @http.route('/bench/bare', type='http', auth='none', methods=['GET'], save_session=False)
    def bare(self):
        """Answer JSON, without touching a model."""
        return request.make_json_response({'code': 0, 'msg': 'ok'})

    @http.route(
        '/bench/insert',
        type='http',
        auth='none',
        methods=['POST'],
        csrf=False,
        save_session=False,
    )
    def insert(self):
        """Insert one row with the ORM, as any addon would, and commit."""
        values = request.get_json_data()
        row = request.env(user=SUPERUSER_ID)['wx.bench.row'].create({'name': values['name']})
        return request.make_json_response({'code': 0, 'msg': 'ok', 'id': row.id})
