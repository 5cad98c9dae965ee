import json
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import jwt

from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..tools import tokens
from ..tools.secret_box import derived_key
from .common import WxHttpCase


@tagged('post_install', '-at_install')
class TestKernel(WxHttpCase):
    def test_every_answer_is_the_envelope_with_a_request_id(self):
        status, envelope = self.api('GET', '/profile', user=self.user_a)
        self.assertEqual(status, 200)
        self.assertEqual(set(envelope), {'code', 'msg', 'data', 'request_id'})
        self.assertEqual(self.last_response.headers['X-Request-ID'], envelope['request_id'])
        self.assertNotIn('Set-Cookie', self.last_response.headers)

    def test_the_clients_request_id_is_used_when_it_is_harmless(self):
        given = 'client-request-0001'
        _status, envelope = self.api('GET', '/profile', headers={'X-Request-ID': given})
        self.assertEqual(envelope['request_id'], given)
        _status, envelope = self.api('GET', '/profile', headers={'X-Request-ID': '<script>'})
        self.assertNotEqual(envelope['request_id'], '<script>')

    def test_customers_of_every_company_are_served_each_in_theirs(self):
        company = self.env['res.company'].create({'name': 'Second Company'})
        app = self.app.copy({'appid': 'wx00000000000second'[:18], 'company_id': company.id})
        customer = self.env['wx.user'].create({'app_id': app.id, 'openid': 'of-the-second'})
        status, envelope = self.api('PUT', '/profile', user=customer, body={'nickname': 'Second'})
        self.assertEqual((status, envelope['data']['nickname']), (200, 'Second'))
        status, _envelope = self.api('GET', '/profile', user=self.user_a)
        self.assertEqual(status, 200)

    def test_tokens_that_are_not_ours_open_nothing(self):
        good = {
            'iss': tokens.ISSUER,
            'aud': self.env.cr.dbname,
            'sub': str(self.user_a.id),
            'ver': 1,
            'exp': datetime.now(UTC) + timedelta(minutes=5),
        }
        key = derived_key('tokens')

        def sign(key=key, algorithm='HS256', **changes):
            claims = {k: v for k, v in (good | changes).items() if v is not None}
            return jwt.encode(claims, key, algorithm=algorithm)

        self.assertEqual(self._profile_status(sign()), 200)
        for token in (
            '',
            'garbage',
            sign(key=b'another key of thirty-two bytes!'),
            sign(exp=datetime.now(UTC) - timedelta(seconds=1)),
            sign(exp=None),
            sign(aud='another_database'),
            sign(iss='somebody'),
            sign(ver=2),
            sign(sub='0'),
            sign(sub='1 OR 1=1'),
            jwt.encode(good, None, algorithm='none'),
        ):
            with self.subTest(token=token[:20]):
                self.assertEqual(self._profile_status(token), 401)

    def _profile_status(self, token):
        response = self.url_open('/api/mp/v1/profile', headers={'Authorization': f'Bearer {token}'})
        return response.status_code

    def test_a_staff_session_is_no_customer(self):
        self.authenticate('admin', 'admin')
        status, envelope = self.api('GET', '/profile')
        self.assertEqual((status, envelope['code']), (401, 2))

    def test_unknown_addresses_and_methods_get_the_envelope(self):
        for method, path, status in (
            ('GET', '/no/such/address', 404),
            ('DELETE', '/profile', 404),
        ):
            with self.subTest(path=path):
                got, envelope = self.api(method, path, user=self.user_a)
                self.assertEqual((got, envelope['code']), (status, 4))

    def test_bodies_that_are_no_json_object_are_refused(self):
        for raw in (b'{', b'[]', b'"text"', b'\xff\xfe', b'[' * 5000):
            with self.subTest(raw=raw[:10]):
                status, envelope = self.api('PUT', '/profile', user=self.user_a, raw=raw)
                self.assertEqual((status, envelope['code']), (400, 1))

    def test_an_oversized_body_is_refused(self):
        raw = json.dumps({'nickname': 'x' * 70_000}).encode()
        status, envelope = self.api('PUT', '/profile', user=self.user_a, raw=raw)
        self.assertEqual((status, envelope['code']), (413, 1))

    def test_query_parameters_are_strict(self):
        status, envelope = self.api('GET', '/profile?debug=1', user=self.user_a)
        self.assertEqual((status, envelope['code']), (400, 1))
        self.assertIn('debug', envelope['data']['fields'])

    def test_our_own_error_tells_nothing_but_the_request_id(self):
        with (
            patch.object(
                self.env.registry['wx.user'],
                '_update_profile',
                side_effect=ZeroDivisionError('secret detail'),
                autospec=True,
            ),
            mute_logger('odoo.http', 'odoo.addons.wx_base.api.dispatcher'),
        ):
            status, envelope = self.api('PUT', '/profile', user=self.user_a, body={'nickname': 'x'})
        self.assertEqual((status, envelope['code']), (500, 9))
        self.assertNotIn('secret detail', self.last_response.text)

    def test_messages_follow_the_clients_language(self):
        for language in ('en_US', 'zh_CN'):
            self.env['res.lang']._activate_lang(language)
        for accepted, words in (
            ('en-US,en;q=0.9', 'There is no such address'),
            ('zh-CN', '没有这个地址'),
            ('xx', '没有这个地址'),
        ):
            _status, envelope = self.api('GET', '/nothing', headers={'Accept-Language': accepted})
            self.assertIn(words, envelope['msg'])

    def test_the_client_address_is_taken_behind_a_proxy_only(self):
        forged = {'X-Forwarded-For': '203.0.113.9'}
        with self._seen_addresses() as seen:
            self.api('GET', '/nothing', headers=forged)
        self.assertEqual(seen, ['127.0.0.1'])
        proxied = forged | {'X-Forwarded-Host': 'shop.example', 'X-Forwarded-Proto': 'http'}
        with patch.dict(config.options, {'proxy_mode': True}), self._seen_addresses() as seen:
            self.api('GET', '/nothing', headers=proxied | {'Host': '127.0.0.1'})
        self.assertEqual(seen, ['203.0.113.9'])

    def _seen_addresses(self):
        from contextlib import contextmanager

        from ..api import rate_limit

        @contextmanager
        def watch():
            seen = []
            with patch.object(
                rate_limit,
                'check',
                autospec=True,
                side_effect=lambda env, rate, path, client: seen.append(client),
            ):
                yield seen

        return watch()

    def test_the_contract_lists_every_route(self):
        document = self.url_open('/api/mp/v1/openapi.json').json()
        self.assertEqual(document['openapi'], '3.1.0')
        self.assertIn('put', document['paths']['/api/mp/v1/profile'])
        self.assertEqual(document['paths']['/api/mp/v1/login']['post']['security'], [])
        self.assertEqual(
            document['paths']['/api/mp/v1/profile']['get']['security'], [{'customer': []}]
        )
        self.assertNotIn('/api/mp/v1/{path}', document['paths'])
