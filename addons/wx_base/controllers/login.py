from odoo import http

from ..api import api_route
from ..const import API_BASE
from .schemas import LoginAnswer, LoginRequest


class LoginApi(http.Controller):
    @api_route(
        f'{API_BASE}/login',
        methods=['POST'],
        auth='anyone',
        body=LoginRequest,
        answer=LoginAnswer,
        rate='60/minute',
    )
    def login(self, call):
        """Log in with the code of `wx.login` and get a token."""
        _user, token, seconds = call.env['wx.user']._login(call, call.body.appid, call.body.code)
        return LoginAnswer(token=token, expires_in=seconds)
