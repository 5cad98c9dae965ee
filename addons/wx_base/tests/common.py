import json
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, new_test_user

from odoo.addons.rbac_ext.tests.common import ConcurrencyCase

from ..tools import http as wx_http
from ..tools import tokens, transaction

# Shipped from here as well: addons above take all their helpers from one place.
__all__ = [
    'APPID',
    'ROLES',
    'ConcurrencyCase',
    'FakeOutside',
    'StaffMixin',
    'WxCase',
    'WxHttpCase',
    'WxMixin',
]

APPID = 'wx4f4bc4dec97d474b'
# The built-in roles; the last one carries every permission.
ROLES = ('auditor', 'support', 'operator', 'finance', 'system')


class FakeOutside:
    """What WeChat and the suppliers answer in a test: handlers by path, calls remembered."""

    def __init__(self):
        self.handlers = {}
        self.calls = []

    def on(self, path, answer):
        """Answer requests to `path` with a dict, a `Reply`, or what a callable returns.

        An exception (class or instance) is raised instead.
        """
        self.handlers[path] = answer

    def count(self, path):
        return sum(1 for call in self.calls if call[1].split('?')[0].endswith(path))

    def send(self, method, url, *, headers, body, timeout):
        self.calls.append((method, url, dict(headers), body))
        path = '/' + url.split('://', 1)[1].split('/', 1)[1].split('?')[0]
        answer = self.handlers[path]
        if callable(answer) and not isinstance(answer, type):
            answer = answer(method, url, headers, body)
        if isinstance(answer, Exception) or (
            isinstance(answer, type) and issubclass(answer, Exception)
        ):
            raise answer
        if isinstance(answer, wx_http.Reply):
            return answer
        return wx_http.Reply(200, {}, json.dumps(answer).encode())


class StaffMixin:
    """Staff get their rights by roles, as in the shop; `new_test_user` would give groups."""

    @classmethod
    def _create_staff(cls, login, *names, **values):
        """Create somebody with built-in roles, named as in `ROLES`."""
        roles = [cls.env.ref(f'rbac_ext.role_{name}') for name in names]
        return cls._create_user_with(login, roles, values)

    @classmethod
    def _create_clerk(cls, login, *codes, **values):
        """Create somebody whose one role carries these permissions and nothing else."""
        permissions = cls.env['rbac.permission'].search([('code', 'in', codes)])
        groups = permissions.group_id | cls.env.ref('base.group_user')
        role = cls.env['res.users.role'].create(
            {'name': f'Role of {login}', 'implied_ids': [Command.set(groups.ids)]}
        )
        return cls._create_user_with(login, [role], values)

    @classmethod
    def _create_all_staff(cls, prefix):
        """Return one user for each built-in role, by the role's name."""
        return {name: cls._create_staff(f'{prefix}_{name}', name) for name in ROLES}

    def _assert_allowed(self, users, names, function):
        """Assert that exactly these may call `function(user)`, and the others are refused.

        :param dict users: users by the name of their role
        :param names: those who may
        """
        for name, user in users.items():
            with self.subTest(role=name):
                if name in names:
                    function(user)
                    continue
                with self.assertRaises(AccessError):
                    function(user)

    @classmethod
    def _create_user_with(cls, login, roles, values):
        user = new_test_user(cls.env, login, 'base.group_user', **values)
        cls.env['res.users.role.line'].create(
            [{'user_id': user.id, 'role_id': role.id} for role in roles]
        )
        return user


class WxMixin(StaffMixin):
    """An app, a customer, and no way out of the process."""

    @classmethod
    def setUpWx(cls):
        cls.outside = FakeOutside()
        sending = patch.object(wx_http, 'send', autospec=True)
        cls.startClassPatcher(sending).side_effect = lambda *args, **kwargs: cls.outside.send(
            *args, **kwargs
        )
        cls.app = cls.env['wx.app'].create(
            {'name': 'Test App', 'appid': APPID, 'secret': 'app-secret', 'endpoint': 'simulator'}
        )
        cls.user_a = cls._create_wx_user('openid-of-user-a')
        cls.user_b = cls._create_wx_user('openid-of-user-b')

    @classmethod
    def _create_wx_user(cls, openid, **values):
        return cls.env['wx.user'].create({'app_id': cls.app.id, 'openid': openid, **values})

    @classmethod
    def _as_customer(cls, wx_user):
        """Return the environment of a customer's request."""
        env = cls.env(user=cls.env.ref('wx_base.user_api'), su=False)
        return env(context={'wx_user_id': wx_user.id})

    @classmethod
    def _token(cls, wx_user):
        return tokens.issue(cls.env.cr.dbname, wx_user.id, wx_user.token_version)[0]


class WxCase(WxMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpWx()
        # One transaction a test class: intents are flushed, not committed.
        cls.startClassPatcher(patch.object(transaction, '_commit', autospec=True))

    def run_jobs(self, model):
        """Run the due rows of `model` in this test's transaction; errors come through."""
        jobs = self.env[model]._job_take(100)
        for job in jobs:
            job._job_run()
            job._job_settle()
        return jobs


class WxHttpCase(WxMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpWx()

    def api(self, method, path, *, user=None, body=None, headers=None, raw=None):
        """Call the JSON API as a customer and return `(status, envelope)`."""
        sent = {'Content-Type': 'application/json', **(headers or {})}
        if user:
            sent['Authorization'] = f'Bearer {self._token(user)}'
        data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        response = self.url_open(f'/api/mp/v1{path}', data=data, headers=sent, method=method)
        self.last_response = response
        return response.status_code, response.json()
