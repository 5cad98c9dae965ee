from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .account_common import AccountMixin
from .common import ConcurrencyCase


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestAccountConcurrency(AccountMixin, ConcurrencyCase):
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
        results = self.run_parallel(
            [
                lambda env: env(user=one)['res.users'].browse(two).action_rbac_disable(),
                lambda env: env(user=two)['res.users'].browse(one).action_rbac_disable(),
            ],
            overlapping=True,
        )
        self.assertEqual([isinstance(result, Exception) for result in results].count(True), 1)
        self.assertEqual(len(self._administrators()), 1)

    @mute_logger('odoo.sql_db', 'odoo.service.model')
    def test_two_administrators_do_not_strip_each_other(self):
        def strip(uid, other):
            return lambda env: env(user=uid)['res.users'].browse(other).role_line_ids.unlink()

        one, two = self.pair
        results = self.run_parallel([strip(one, two), strip(two, one)], overlapping=True)
        refused = [result for result in results if isinstance(result, Exception)]
        self.assertEqual(len(refused), 1)
        self.assertIsInstance(refused[0], UserError)
        self.assertEqual(len(self._administrators()), 1)
