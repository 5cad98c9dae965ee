from odoo import http
from odoo.http import request

from ..api import api_route, openapi
from ..const import API_BASE
from ..exceptions import NotFound


class OpenApi(http.Controller):
    @http.route(
        f'{API_BASE}/openapi.json',
        type='http',
        auth='public',
        methods=['GET'],
        readonly=True,
        save_session=False,
    )
    def openapi_document(self):
        """Serve the contract, generated from the routes that are served."""
        specs = openapi.collect_specs(request.env['ir.http'].routing_map(), API_BASE)
        version = request.env.ref('base.module_wx_base').sudo().installed_version
        document = openapi.build(
            specs, version=version or '', server_url=request.httprequest.host_url.rstrip('/')
        )
        return request.make_json_response(document)

    @api_route(
        f'{API_BASE}/<path:path>',
        methods=['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
        auth='anyone',
        query=None,
        body=None,
    )
    def unknown(self, call, path):
        """Answer any other address of the API with the envelope."""
        raise NotFound(call.env._('There is no such address: %(path)s', path=path))
