import threading

from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from .account_common import AccountMixin
from .common import ConcurrencyCase


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestAccountConcurrency(AccountMixin, ConcurrencyCase):
    def run_overlapping(self, *functions):
        """Run functions at the same moment, each with a snapshot from before the other's work.

        :return: their results in order; an exception stands for the result it prevented
        """
        results = [None] * len(functions)
        start = threading.Barrier(len(functions))

        def work(index, function):
            try:
                with self.environment() as env:
                    # The snapshot of each begins before the other's work.
                    env.cr.execute('SELECT 1 FROM res_users LIMIT 1')
                    start.wait()
                    results[index] = retrying(lambda: function(env), env)
            except Exception as error:  # noqa: BLE001 - handed to the test
                results[index] = error

        threads = [
            threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(functions)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            self.assertFalse(thread.is_alive(), 'a transaction hangs')
        return results

    def setUp(self):
        super().setUp()
        with self.environment() as env:
            type(self).env = env
            self.pair = [self._create_administrator(f'race_{n}').id for n in (1, 2)]
            others = (
                env['res.users']
                ._rbac_administrators()
                .filtered(lambda user: user.id not in self.pair)
            )
            # Those who are limited in time do not count.
            self.lines = others.role_line_ids.filtered(lambda line: not line.date_to).ids
            env['res.users.role.line'].browse(self.lines).date_to = '2999-01-01'
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.environment() as env:
            env['res.users.role.line'].browse(self.lines).date_to = False
            users = env['res.users'].with_context(active_test=False).browse(self.pair)
            partners = users.partner_id
            env['mail.message'].search(
                [('model', '=', 'res.partner'), ('res_id', 'in', partners.ids)]
            ).unlink()
            users.role_line_ids.unlink()
            users.unlink()
            partners.unlink()

    def _administrators(self):
        with self.environment() as env:
            return env['res.users']._rbac_administrators().ids

    @mute_logger('odoo.sql_db', 'odoo.service.model')
    def test_two_administrators_do_not_disable_each_other(self):
        one, two = self.pair
        results = self.run_overlapping(
            lambda env: env(user=one)['res.users'].browse(two).action_rbac_disable(),
            lambda env: env(user=two)['res.users'].browse(one).action_rbac_disable(),
        )
        self.assertEqual([isinstance(result, Exception) for result in results].count(True), 1)
        self.assertEqual(len(self._administrators()), 1)

    @mute_logger('odoo.sql_db', 'odoo.service.model')
    def test_two_administrators_do_not_strip_each_other(self):
        def strip(uid, other):
            return lambda env: env(user=uid)['res.users'].browse(other).role_line_ids.unlink()

        one, two = self.pair
        results = self.run_overlapping(strip(one, two), strip(two, one))
        refused = [result for result in results if isinstance(result, Exception)]
        self.assertEqual(len(refused), 1)
        self.assertIsInstance(refused[0], UserError)
        self.assertEqual(len(self._administrators()), 1)
