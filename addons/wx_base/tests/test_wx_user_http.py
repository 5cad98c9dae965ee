import base64
import json
import time

from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import APPID, WxHttpCase

LOGIN = '/sns/jscode2session'
PHONE = '/wxa/business/getuserphonenumber'
KEY = base64.b64encode(b'0123456789abcdef').decode()


def encrypt(values, key=KEY):
    iv = b'fedcba9876543210'
    cipher = AES.new(base64.b64decode(key), AES.MODE_CBC, iv)
    data = cipher.encrypt(pad(json.dumps(values).encode(), 16))
    return {
        'encryptedData': base64.b64encode(data).decode(),
        'iv': base64.b64encode(iv).decode(),
    }


@tagged('post_install', '-at_install')
class TestLogin(WxHttpCase):
    def login(self, **changes):
        return self.api('POST', '/login', body={'appid': APPID, 'code': 'c0de'} | changes)

    def test_a_first_login_makes_a_user_with_a_contact_and_a_working_token(self):
        self.outside.on(LOGIN, {'openid': 'new-openid', 'session_key': KEY, 'unionid': 'u1'})
        status, envelope = self.login()
        self.assertEqual((status, envelope['code']), (200, 0))
        user = self.env['wx.user'].search([('openid', '=', 'new-openid')])
        self.assertRecordValues(user, [{'unionid': 'u1', 'state': 'active', 'session_key': KEY}])
        self.assertTrue(user.partner_id)
        response = self.url_open(
            '/api/mp/v1/profile',
            headers={'Authorization': f'Bearer {envelope["data"]["token"]}'},
        )
        self.assertEqual(response.json()['code'], 0)
        self.assertNotIn(KEY, response.text)

    def test_a_second_login_is_the_same_user_with_the_new_session_key(self):
        for key in (KEY, base64.b64encode(b'f' * 16).decode()):
            self.outside.on(LOGIN, {'openid': self.user_a.openid, 'session_key': key})
            self.login()
        same = self.env['wx.user'].search([('openid', '=', self.user_a.openid)])
        self.assertEqual(same, self.user_a)
        self.user_a.invalidate_recordset()
        self.assertEqual(self.user_a.session_key, key)

    def test_what_wechat_says_decides_the_answer(self):
        for answer, status, code in (
            ({'errcode': 40029, 'errmsg': 'invalid code'}, 400, 1),
            ({'errcode': 40163, 'errmsg': 'code been used'}, 400, 1),
            ({'errcode': 40226, 'errmsg': 'blocked'}, 403, 3),
            ({'errcode': 40125, 'errmsg': 'invalid appsecret'}, 502, 7),
            (TimeoutError, 202, 8),
        ):
            with self.subTest(answer=answer), mute_logger('odoo.addons.wx_base.models.wx_app'):
                self.outside.on(LOGIN, answer)
                users = self.env['wx.user'].search_count([])
                got_status, envelope = self.login()
                self.assertEqual((got_status, envelope['code']), (status, code))
                self.assertEqual(self.env['wx.user'].search_count([]), users)

    def test_an_unknown_app_is_not_asked_about(self):
        self.outside.calls.clear()
        status, envelope = self.login(appid='wx0000000000000000')
        self.assertEqual((status, envelope['code']), (404, 4))
        self.assertEqual(self.outside.calls, [])

    def test_bad_input_names_the_field(self):
        for body, name in (
            ({'appid': APPID}, 'code'),
            ({'appid': APPID, 'code': ''}, 'code'),
            ({'appid': APPID, 'code': 'c', 'openid': 'me'}, 'openid'),
            ({'appid': 7, 'code': 'c'}, 'appid'),
            ({'appid': APPID, 'code': 'nul\x00'}, 'code'),
        ):
            with self.subTest(body=body):
                status, envelope = self.api('POST', '/login', body=body)
                self.assertEqual((status, envelope['code']), (400, 1))
                self.assertIn(name, envelope['data']['fields'])

    def test_a_blocked_user_gets_no_token_and_the_old_one_is_dead(self):
        token_header = {'Authorization': f'Bearer {self._token(self.user_a)}'}
        self.user_a.action_block()
        self.env.flush_all()
        response = self.url_open('/api/mp/v1/profile', headers=token_header)
        self.assertEqual((response.status_code, response.json()['code']), (401, 2))
        self.outside.on(LOGIN, {'openid': self.user_a.openid, 'session_key': KEY})
        status, envelope = self.login()
        self.assertEqual((status, envelope['code']), (403, 3))

    def test_ending_the_sessions_revokes_tokens(self):
        header = {'Authorization': f'Bearer {self._token(self.user_a)}'}
        self.assertEqual(self.url_open('/api/mp/v1/profile', headers=header).status_code, 200)
        self.user_a.action_end_sessions()
        self.env.flush_all()
        self.assertEqual(self.url_open('/api/mp/v1/profile', headers=header).status_code, 401)


@tagged('post_install', '-at_install')
class TestProfile(WxHttpCase):
    def test_a_profile_keeps_emoji_and_changes_only_what_is_given(self):
        self.user_a.write({'gender': 'female'})
        status, envelope = self.api(
            'PUT', '/profile', user=self.user_a, body={'nickname': '小明🐼👩‍👩‍👧'}
        )
        self.assertEqual(status, 200)
        self.assertEqual(envelope['data']['nickname'], '小明🐼👩‍👩‍👧')
        _status, envelope = self.api('GET', '/profile', user=self.user_a)
        expected = {'nickname': '小明🐼👩‍👩‍👧', 'avatar_url': '', 'gender': 'female', 'phone': ''}
        # Other addons may tell more of a customer.
        self.assertEqual({name: envelope['data'][name] for name in expected}, expected)

    def test_openid_and_phone_cannot_be_given_by_the_client(self):
        for name in ('openid', 'phone', 'state', 'app_id'):
            with self.subTest(name=name):
                status, envelope = self.api(
                    'PUT', '/profile', user=self.user_a, body={name: 'forged'}
                )
                self.assertEqual((status, envelope['code']), (400, 1))
        self.user_a.invalidate_recordset()
        self.assertEqual(self.user_a.openid, 'openid-of-user-a')

    def test_decrypted_data_is_checked_and_kept(self):
        self.user_a.session_key = KEY
        watermark = {'appid': APPID, 'timestamp': int(time.time())}
        values = {'phoneNumber': '+66812345678', 'watermark': watermark}
        status, envelope = self.api(
            'POST', '/profile/decrypt', user=self.user_a, body=encrypt(values)
        )
        self.assertEqual(status, 200)
        self.assertEqual(envelope['data']['phone'], '+66812345678')
        self.user_a.invalidate_recordset()
        self.assertEqual(self.user_a.phone, '+66812345678')

    def test_data_that_must_not_be_trusted_changes_nothing(self):
        self.user_a.session_key = KEY
        now = int(time.time())
        good = {'phoneNumber': '+66812345678', 'watermark': {'appid': APPID, 'timestamp': now}}
        for values, key, status, code in (
            (good, base64.b64encode(b'x' * 16).decode(), 401, 10),
            (good | {'watermark': {'appid': 'wxother', 'timestamp': now}}, KEY, 400, 1),
            (good | {'watermark': {'appid': APPID, 'timestamp': now - 3600}}, KEY, 400, 1),
            (good | {'openId': 'somebody else'}, KEY, 400, 1),
        ):
            with self.subTest(values=values):
                got_status, envelope = self.api(
                    'POST', '/profile/decrypt', user=self.user_a, body=encrypt(values, key)
                )
                self.assertEqual((got_status, envelope['code']), (status, code))
                self.user_a.invalidate_recordset()
                self.assertFalse(self.user_a.phone)

    def test_the_phone_code_is_exchanged_once(self):
        self.outside.on('/cgi-bin/stable_token', {'access_token': 'T', 'expires_in': 7200})
        self.outside.calls.clear()
        info = {
            'phoneNumber': '13800138000',
            'purePhoneNumber': '13800138000',
            'countryCode': '86',
            'watermark': {'appid': APPID, 'timestamp': 1},
        }
        self.outside.on(PHONE, {'errcode': 0, 'phone_info': info})
        status, envelope = self.api(
            'POST', '/profile/phone', user=self.user_a, body={'code': 'phone-code'}
        )
        self.assertEqual((status, envelope['data']), (200, {'phone': '13800138000'}))
        self.assertEqual(self.outside.count(PHONE), 1)
        self.user_a.invalidate_recordset()
        self.assertEqual(self.user_a.phone, '13800138000')

    def test_a_used_phone_code_names_the_field(self):
        self.outside.on('/cgi-bin/stable_token', {'access_token': 'T', 'expires_in': 7200})
        self.outside.on(PHONE, {'errcode': 40029, 'errmsg': 'invalid code'})
        status, envelope = self.api(
            'POST', '/profile/phone', user=self.user_a, body={'code': 'phone-code'}
        )
        self.assertEqual((status, envelope['code']), (400, 1))
        self.assertIn('code', envelope['data']['fields'])
