from odoo import SUPERUSER_ID, http
from odoo.http import request

from .. import const


class WxPaymentController(http.Controller):
    @http.route(
        const.NOTIFY_ROUTE,
        type='wxnotify',
        auth='none',
        methods=['POST'],
        csrf=False,
        readonly=False,
        save_session=False,
        max_content_length=const.MAX_NOTICE_BYTES,
    )
    def wechat_notify(self, slug):
        """Take a notice of WeChat Pay: the answer leaves after it is stored for good.

        Without a session, because the provider has none; as the superuser, because it is no
        user: its signature admits it.
        """
        notifications = request.env(user=SUPERUSER_ID)['wx.payment.notification']
        headers = dict(request.httprequest.headers)
        receipt = notifications._receive(slug, headers, request.httprequest.get_data())
        return request.make_json_response(receipt.reply, status=receipt.http_status)
