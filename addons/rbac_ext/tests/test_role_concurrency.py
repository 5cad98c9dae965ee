import threading
from contextlib import contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

MADE = ('rbac.conflict', 'res.users', 'res.users.role')


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestRoleConcurrency(BaseCase):
    """Real cursors that commit; what was made is removed at the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        # Tests run while their thread holds the registry's lock; other threads need it too.
        cls.startClassPatcher(patch.object(Registry, '_lock', DummyRLock()))

    def setUp(self):
        super().setUp()
        with self.environment() as env:
            role = env['res.users.role'].create
            self.one, self.other = (role({'name': f'Race {n}'}).id for n in (1, 2))
            vals = {'name': 'Racer', 'login': 'racer'}
            self.user = env['res.users'].with_context(no_reset_password=True).create(vals).id
            pair = {'role_a_id': self.one, 'role_b_id': self.other}
            self.conflict = env['rbac.conflict'].create({'name': 'Not both', **pair}).id
        self.addCleanup(self._clean)

    @contextmanager
    def environment(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def _clean(self):
        with self.environment() as env:
            env['rbac.conflict'].browse(self.conflict).unlink()
            user = env['res.users'].browse(self.user)
            partner = user.partner_id
            user.unlink()
            partner.unlink()
            env['res.users.role'].browse([self.one, self.other]).unlink()

    def _give_at_once(self, role_id, start, results):
        def give(env):
            return env['res.users.role.line'].create({'user_id': self.user, 'role_id': role_id}).id

        try:
            with self.environment() as env:
                # The snapshot of each begins before the other has given anything.
                env.cr.execute('SELECT 1 FROM res_users_role_line LIMIT 1')
                start.wait(30)
                results[role_id] = retrying(lambda: give(env), env)
        except ValidationError as error:
            results[role_id] = error

    @mute_logger('odoo.sql_db', 'odoo.service.model')
    def test_two_halves_given_at_once_do_not_both_stay(self):
        start, results = threading.Barrier(2), {}
        threads = [
            threading.Thread(target=self._give_at_once, args=(role, start, results), daemon=True)
            for role in (self.one, self.other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            self.assertFalse(thread.is_alive(), 'a transaction hangs')
        refused = [one for one in results.values() if isinstance(one, ValidationError)]
        self.assertEqual((len(results), len(refused)), (2, 1), results)
        with self.environment() as env:
            self.assertEqual(len(env['res.users'].browse(self.user).role_line_ids), 1)
