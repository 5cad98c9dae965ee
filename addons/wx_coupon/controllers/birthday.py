from odoo import http

from odoo.addons.wx_base.api import api_route
from odoo.addons.wx_base.const import API_BASE

from .schemas import Birthday, BirthdayRequest

BIRTHDAY = f'{API_BASE}/profile/birthday'


class BirthdayApi(http.Controller):
    @api_route(BIRTHDAY, methods=['GET'], answer=Birthday, readonly=True)
    def birthday(self, call):
        """Read one's own birthday; null when it is not known."""
        return Birthday(birthday=call.wx_user.birthday or None)

    @api_route(BIRTHDAY, methods=['PUT'], body=BirthdayRequest, answer=Birthday, rate='10/minute')
    def tell_birthday(self, call):
        """Tell one's own birthday, once; support corrects it."""
        call.wx_user._set_birthday(call.body.birthday)
        return Birthday(birthday=call.body.birthday)
