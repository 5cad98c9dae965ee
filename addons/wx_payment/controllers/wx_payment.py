import werkzeug.exceptions

from odoo import SUPERUSER_ID, http
from odoo.http import request

from .. import const


class WxPaymentController(http.Controller):
    @http.route(
        const.NOTICE_ROUTES,
        type='wxnotify',
        auth='none',
        methods=['POST'],
        csrf=False,
        readonly=False,
        save_session=False,
        max_content_length=const.MAX_NOTICE_BYTES,
    )
    def receive_notice(self, word, topic, slug):
        """Take a notice of a provider: the answer leaves after it is stored for good.

        Without a session, because the provider has none; as the superuser, because it is no
        user: its signature admits it.
        """
        notifications = request.env(user=SUPERUSER_ID)['wx.payment.notification']
        headers = dict(request.httprequest.headers)
        body = request.httprequest.get_data()
        receipt = notifications._receive(word, topic, slug, headers, body)
        if receipt is None:
            raise werkzeug.exceptions.NotFound
        return request.make_response(
            receipt.body, [('Content-Type', receipt.content_type)], status=receipt.http_status
        )
