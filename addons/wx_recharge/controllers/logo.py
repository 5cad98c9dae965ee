from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from ..const.catalogue import LOGO_PATH


class RechargeLogo(http.Controller):
    @http.route(
        f'{LOGO_PATH}/<int:operator_id>/<string:stamp>',
        type='http',
        auth='public',
        methods=['GET'],
        save_session=False,
        readonly=True,
    )
    def logo(self, operator_id, stamp):
        """Give an operator's picture to anybody: it is on show in the shop.

        Another picture has another address, so this one may be kept for good.
        """
        # Nobody signs in to see a picture; nothing but the picture of what is on show is given.
        operator_sudo = (
            request.env['wx.recharge.operator']
            .sudo()
            .search([('logo_stamp', '=', stamp)])
            .filtered(lambda operator: operator.id == operator_id)
        )
        if not operator_sudo:
            raise NotFound
        stream = request.env['ir.binary']._get_image_stream_from(operator_sudo, 'logo')
        stream.public = True
        return stream.get_response(immutable=True)
