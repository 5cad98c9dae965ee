from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..lib.wxwire.errors import Refused
from .common import WxCase

TOKEN_PATH = '/cgi-bin/stable_token'
CALL_PATH = '/wxa/some/call'


@tagged('post_install', '-at_install')
class TestWxApp(WxCase):
    def setUp(self):
        super().setUp()
        self.outside.calls.clear()
        self.outside.handlers.clear()
        self.fetched = 0
        self.outside.on(TOKEN_PATH, self._next_token)

    def _next_token(self, *_request):
        self.fetched += 1
        return {'access_token': f'TOKEN-{self.fetched}', 'expires_in': 7200}

    def _run_call(self):
        # The token is kept by a transaction of its own, which must see this test's app.
        with self.enter_registry_test_mode():
            return self.app._call(CALL_PATH, {})

    def test_the_appid_has_its_shape(self):
        for appid in ('', 'wx123', 'WX4f4bc4dec97d474b', 'wx4f4bc4dec97d474b '):
            with self.subTest(appid=appid), self.assertRaises(ValidationError):
                self.app.copy({'appid': appid}).flush_recordset()

    def test_the_access_token_is_fetched_once_and_kept(self):
        self.outside.on(CALL_PATH, {'errcode': 0})
        self._run_call()
        self._run_call()
        self.assertEqual(self.outside.count(TOKEN_PATH), 1)
        self.assertEqual(self.outside.count(CALL_PATH), 2)

    def test_an_expired_access_token_is_fetched_again(self):
        self.outside.on(CALL_PATH, {'errcode': 0})
        self._run_call()
        self.env['wx.access.token'].search([]).expires_at = fields.Datetime.now() - timedelta(1)
        self._run_call()
        self.assertEqual(self.outside.count(TOKEN_PATH), 2)

    def test_a_refused_access_token_is_replaced_and_the_call_repeated_once(self):
        def answer(_method, url, _headers, _body):
            return {'errcode': 0} if url.endswith('TOKEN-2') else {'errcode': 42001}

        self.outside.on(CALL_PATH, answer)
        self.assertEqual(self._run_call(), {'errcode': 0})
        self.assertEqual(self.outside.count(TOKEN_PATH), 2)

    def test_a_token_refused_twice_ends_there(self):
        self.outside.on(CALL_PATH, {'errcode': 40001})
        with self.assertRaisesRegex(Exception, 'errcode 40001'):
            self._run_call()
        self.assertEqual(self.outside.count(CALL_PATH), 2)

    def test_any_other_refusal_is_not_repeated(self):
        self.outside.on(CALL_PATH, {'errcode': 43101, 'errmsg': 'refused'})
        with self.assertRaises(Refused):
            self._run_call()
        self.assertEqual(self.outside.count(CALL_PATH), 1)

    def test_the_connection_test_tells_what_wechat_said(self):
        self.assertEqual(self.app.action_test_connection()['params']['type'], 'success')
        self.outside.on(TOKEN_PATH, {'errcode': 40125, 'errmsg': 'invalid appsecret'})
        notice = self.app.action_test_connection()['params']
        self.assertEqual(notice['type'], 'danger')
        self.assertIn('40125', notice['message'])
        self.outside.on(TOKEN_PATH, TimeoutError)
        self.assertEqual(self.app.action_test_connection()['params']['type'], 'danger')
