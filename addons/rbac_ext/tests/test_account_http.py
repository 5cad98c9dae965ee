import base64
import re
import time
from unittest.mock import patch

from odoo.http import root
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.auth_totp.models.totp import hotp

from .account_common import PASSWORD, AccountMixin

NEW = 'Another horse 8'
LOGGERS = (
    'odoo.addons.base.models.res_users',
    'odoo.addons.rpc.controllers',
    'odoo.addons.rpc.controllers.jsonrpc',
    'odoo.http',
)


class AccountHttpCase(AccountMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['ir.config_parameter'].set_param('base.login_cooldown_after', '0')
        cls.role = cls._create_role('Clerks')
        cls.clerk = cls._create_staff('clerk', cls.role)
        cls.admin = cls._create_administrator('boss')

    # === ROADS IN === #

    def _token(self, text):
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text).group(1)

    def _log_in(self, login=None, password=PASSWORD):
        """Sign in by the page, as a person does; return the page that follows."""
        self.authenticate(None, None)
        # The session of the test helper is not traced as those of people are.
        self.opener.cookies.clear()
        page = self.url_open('/web/login').text
        data = {
            'login': login or self.clerk.login,
            'password': password,
            'csrf_token': self._token(page),
        }
        return self.url_open('/web/login', data=data, allow_redirects=True)

    def _web(self):
        """Return whether the web session is let in."""
        answer = self.url_open(
            '/web/dataset/call_kw',
            json={
                'params': {
                    'model': 'res.users',
                    'method': 'search_count',
                    'args': [[]],
                    'kwargs': {},
                }
            },
        ).json()
        return 'result' in answer

    def _page(self):
        return '/web/login' not in self.url_open('/odoo').url

    def _rpc(self, password):
        with mute_logger(*LOGGERS):
            answer = self.url_open(
                '/jsonrpc',
                json={
                    'jsonrpc': '2.0',
                    'method': 'call',
                    'params': {
                        'service': 'object',
                        'method': 'execute_kw',
                        'args': [
                            self.env.cr.dbname,
                            self.clerk.id,
                            password,
                            'res.users',
                            'search_count',
                            [[]],
                        ],
                    },
                },
            ).json()
        return 'result' in answer

    def _json2(self, key):
        # A call without the browser's session.
        self.opener.cookies.clear()
        answer = self.url_open(
            '/json/2/res.users/search_count',
            json={'domain': []},
            headers={'Authorization': f'Bearer {key}'},
        )
        return answer.status_code == 200


@tagged('post_install', '-at_install')
class TestAccountOff(AccountHttpCase):
    def _roads(self):
        """Return the roads into the shop, each ready to be taken by the clerk."""
        key = self._create_key(self.clerk)
        return {
            'web': self._web,
            'page': self._page,
            'rpc': lambda: self._rpc(PASSWORD),
            'rpc by key': lambda: self._rpc(key),
            'json2': lambda: self._json2(key),
            'sign-in': self._sign_in,
        }

    def _sign_in(self):
        with mute_logger(*LOGGERS):
            return '/web/login' not in self._log_in().url

    def test_the_very_next_request_of_a_disabled_account_is_refused_on_every_road(self):
        for name in self._roads():
            with self.subTest(road=name):
                self.clerk = self._create_staff(f'clerk {name}', self.role)
                self._log_in(self.clerk.login)
                session = dict(self.opener.cookies)
                road = self._roads()[name]
                self.assertTrue(road(), 'before')
                self.opener.cookies.update(session)
                self.clerk.with_user(self.admin).action_rbac_disable(reason='left')
                self.env.flush_all()
                # Nothing was asked in between: no cache had an occasion to be refreshed.
                self.assertFalse(road(), 'after')

    def test_ended_session_is_refused_though_its_file_remains(self):
        self._log_in()
        self.assertTrue(self._web())
        device = self.env['res.device'].search([('user_id', '=', self.clerk.id)])
        self.assertTrue(device)
        with patch.object(root.session_store, 'delete_from_identifiers', autospec=True):
            device.with_user(self.admin).action_rbac_end_session()
        self.env.flush_all()
        self.assertFalse(self._web())

    def test_one_ended_session_leaves_the_other(self):
        self._log_in()
        first = dict(self.opener.cookies)
        device = self.env['res.device'].search([('user_id', '=', self.clerk.id)])
        self._log_in()
        device.with_user(self.admin).action_rbac_end_session()
        self.env.flush_all()
        self.assertTrue(self._web())
        self.opener.cookies.clear()
        self.opener.cookies.update(first)
        self.assertFalse(self._web())

    def test_ending_all_sessions_ends_them(self):
        self._log_in()
        self.clerk.with_user(self.admin).action_rbac_end_sessions()
        self.env.flush_all()
        self.assertFalse(self._web())
        self.assertTrue(self._log_in() and self._web())


@tagged('post_install', '-at_install')
class TestAccountFirstSteps(AccountHttpCase):
    def _post(self, path, **data):
        token = self._token(self.url_open(path).text)
        return self.url_open(path, data={**data, 'csrf_token': token})

    # === PASSWORD === #

    def test_default_password_leads_to_a_new_one_and_nowhere_else(self):
        users = type(self.env['res.users'])
        self.clerk._set_encrypted_password(self.clerk.id, self.clerk._crypt_context().hash('admin'))
        with patch.object(users, '_rbac_default_allowed', return_value=False):
            self.assertIn('/rbac/first/password', self._log_in('clerk', 'admin').url)
            for path in ('/odoo', '/web/image/res.users/2/avatar_128', '/web/webclient/load_menus'):
                self.assertIn('/rbac/first/password', self.url_open(path).url)
            # What the page itself asks for is open.
            self.assertIn('/website/', self.url_open('/website/translations').url)
            self.assertFalse(self._web())
            self.assertFalse(self._rpc('admin'))
            page = self._post('/rbac/first/password', old='admin', new='admin', confirm='admin')
            self.assertIn('is the old one', page.text)
            page = self._post('/rbac/first/password', old='wrong', new=NEW, confirm=NEW)
            self.assertIn('old password is wrong', page.text)
            page = self._post('/rbac/first/password', old='admin', new='short', confirm='short')
            self.assertIn('alert-danger', page.text)
            self._post('/rbac/first/password', old='admin', new=NEW, confirm=NEW)
            self.assertTrue(self._web())
            self.assertTrue(self._rpc(NEW))
        self.assertFalse(self.clerk.rbac_password_change)

    def test_key_of_who_has_to_set_a_password_opens_nothing(self):
        key = self._create_key(self.clerk)
        self.assertTrue(self._json2(key))
        self.clerk.rbac_password_change = 'asked'
        self.env.flush_all()
        self.assertFalse(self._json2(key))

    def test_signing_out_stays_possible(self):
        self.clerk.rbac_password_change = 'asked'
        page = self._log_in()
        self.url_open('/web/session/logout', data={'csrf_token': self._token(page.text)})
        self.assertFalse(self._page())

    # === SECOND FACTOR === #

    def _code(self, secret):
        return hotp(base64.b32decode(secret), int(time.time() / 30))

    def test_role_sends_to_the_second_factor_and_nowhere_else(self):
        self.role.require_second_factor = True
        key = self._create_key(self.clerk)
        page = self._log_in()
        self.assertIn('/rbac/first/second-factor', page.url)
        self.assertFalse(self._web())
        cookies = dict(self.opener.cookies)
        self.assertFalse(self._rpc(PASSWORD))
        self.assertFalse(self._json2(key))
        self.opener.cookies.update(cookies)
        secret = re.search(r'text-break">([A-Z2-7]{32})<', page.text).group(1)
        page = self._post('/rbac/first/second-factor', code='000000x')
        self.assertIn('code is wrong', page.text)
        self._post('/rbac/first/second-factor', code=f'{self._code(secret):06}')
        self.assertTrue(self.clerk.totp_enabled)
        self.assertTrue(self._web())
        self.assertTrue(self._json2(key))

    def test_role_given_later_counts_in_open_sessions(self):
        self._log_in()
        self.assertTrue(self._web())
        self.role.require_second_factor = True
        self.env.flush_all()
        self.assertFalse(self._web())
        self.assertIn('/rbac/first/second-factor', self.url_open('/odoo').url)

    def test_passkey_owner_does_not_sign_in_by_password_alone(self):
        self.role.require_second_factor = True
        self.env['auth.passkey.key'].with_user(self.clerk).sudo().create(
            {'name': 'x', 'credential_identifier': 'x'}
        )
        with mute_logger(*LOGGERS):
            self.assertIn('passkey', self._log_in().text)
        self.assertFalse(self._page())

    # === TIME-OUT === #

    def test_sessions_of_staff_end_after_half_a_day(self):
        self.clerk.role_line_ids.role_id.implied_ids.filtered(
            lambda group: group == self.env.ref('rbac_ext.group_support')
        ).lock_timeout = 720
        self._log_in()
        self.assertTrue(self._web())
        with freeze_time(time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(time.time() + 721 * 60))):
            self.assertFalse(self._web())

    # === THE LOG === #

    def test_sign_ins_are_noted_with_address_and_browser(self):
        self.opener.headers['User-Agent'] = 'Test/1.0'
        with mute_logger(*LOGGERS):
            self._log_in(password='wrong')
        self._log_in()
        lines = self.env['rbac.login'].search([('login', '=', 'clerk')], order='id')
        self.assertEqual(lines.mapped('result'), ['failure', 'success'])
        self.assertEqual(set(lines.mapped('address')), {'127.0.0.1'})
        self.assertTrue(all(lines.mapped('user_agent')))
