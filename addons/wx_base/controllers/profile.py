import time

from odoo import http

from ..api import api_route
from ..const import API_BASE
from .schemas import (
    DecryptAnswer,
    DecryptRequest,
    PhoneAnswer,
    PhoneRequest,
    Profile,
    ProfileUpdate,
)


class ProfileApi(http.Controller):
    @api_route(f'{API_BASE}/profile', methods=['GET'], answer=Profile, readonly=True)
    def profile(self, call):
        """Read one's own profile."""
        return self._profile(call.wx_user)

    @api_route(f'{API_BASE}/profile', methods=['PUT'], body=ProfileUpdate, answer=Profile)
    def update_profile(self, call):
        """Change one's own profile; what is left out stays as it is."""
        call.wx_user._update_profile(call.body.model_dump(exclude_none=True))
        return self._profile(call.wx_user)

    @api_route(
        f'{API_BASE}/profile/decrypt',
        methods=['POST'],
        body=DecryptRequest,
        answer=DecryptAnswer,
        rate='30/minute',
    )
    def decrypt(self, call):
        """Decrypt data of WeChat's client and keep what it tells of the user.

        Code 10 means that the WeChat session has changed: call `wx.login`, log in, try again.
        """
        values = call.wx_user._decrypt(call.body.encryptedData, call.body.iv, now=int(time.time()))
        return DecryptAnswer(
            phone=str(values.get('phoneNumber') or ''),
            nickname=str(values.get('nickName') or ''),
        )

    @api_route(
        f'{API_BASE}/profile/phone',
        methods=['POST'],
        body=PhoneRequest,
        answer=PhoneAnswer,
        rate='20/minute',
    )
    def phone(self, call):
        """Exchange the code of the phone number button for the number and keep it."""
        info = call.once(call.wx_user._exchange_phone_code, call.body.code)
        call.wx_user._set_phone(info.number)
        return PhoneAnswer(phone=info.number)

    def _profile(self, wx_user):
        return Profile(
            nickname=wx_user.nickname or '',
            avatar_url=wx_user.avatar_url or '',
            gender=wx_user.gender or None,
            phone=wx_user.phone or '',
        )
