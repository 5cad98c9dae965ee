from odoo import http
from odoo.http import request

from ..const.suppliers import CALLBACK_MAX_BYTES, CALLBACK_ROUTE


class RechargeCallback(http.Controller):
    @http.route(
        CALLBACK_ROUTE,
        type='wxnotify',  # a form too is handed on as it came: signatures are made of bytes
        auth='public',
        methods=['POST'],
        csrf=False,
        save_session=False,
        max_content_length=CALLBACK_MAX_BYTES,
    )
    def recharge_callback(self, slug):
        """Take a supplier's callback: verify, store, answer; it is followed afterwards."""
        asked = request.httprequest
        reply = (
            request.env['wx.recharge.callback']
            .sudo()
            ._receive(slug, dict(asked.headers), asked.get_data(), asked.remote_addr)
        )
        return request.make_response(reply.body, status=reply.status)
