import time

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.rbac_ext.tests.common import ConcurrencyCase

from .. import const
from ..values import Transfer


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestProofConcurrency(ConcurrencyCase):
    """Postings, sealing, folding and proofs at once, committed.

    What is booked cannot be taken back, so the ledger keeps the postings of these tests.
    """

    def setUp(self):
        super().setUp()
        self.prefix = f'proof-race:{time.time_ns()}'
        with self.environment() as env:
            asset = env['wx.ledger.asset'].create(
                {
                    'code': f'R{time.time_ns()}',
                    'name': 'Race',
                    'kind': 'money',
                    'company_id': env.company.id,
                }
            )
            accounts = env['wx.ledger.account']
            partners = env['res.partner'].create([{'name': f'Race {n}'} for n in range(2)])
            self.users = [accounts._of_owner(asset, p, 'customer').id for p in partners]
            self.central = accounts._central(asset).id
            self.partner_ids = partners.ids

    def _poster(self, number, count):
        def post(env):
            for step in range(count):
                source, target = self.users if (number + step) % 2 else reversed(self.users)
                env['wx.ledger'].post(
                    [
                        Transfer(self.central, source, 2, '900001'),
                        Transfer(source, target, 1, '900001'),
                    ],
                    key=f'{self.prefix}:{number}:{step}',
                )
                env.cr.commit()

        return post

    def _repeat(self, function, count):
        def work(env):
            results = []
            for _number in range(count):
                results.append(function(env))
                env.cr.commit()
            return results

        return work

    def _chain(self, env):
        env.cr.execute('SELECT count(*), max(id), sum(posting_count) FROM wx_ledger_block')
        return env.cr.fetchone()

    @mute_logger('odoo.sql_db', 'odoo.service.model')
    def test_sealing_and_proofs_beside_postings_find_no_difference(self):
        results = self.run_parallel(
            [
                *(self._poster(number, 15) for number in range(3)),
                self._repeat(lambda env: env['wx.ledger.block']._seal(), 15),
                self._repeat(lambda env: env['wx.ledger'].prove(), 6),
            ]
        )
        self.assertEqual(results[:3], [None] * 3)
        self.assertNotIsInstance(results[3], Exception)
        self.assertEqual(results[4], [()] * 6)
        with self.environment() as env:
            while env['wx.ledger.block']._seal():
                env.cr.commit()
            self.assertEqual(env['wx.ledger'].prove(), ())
            balances = env['wx.ledger'].balance(self.users)
            self.assertEqual(sum(balances[user].balance for user in self.users), 90)

    @mute_logger('odoo.sql_db', 'odoo.service.model')
    def test_sealers_at_once_make_one_chain(self):
        self.patch(const, 'SEAL_BATCH', 1)
        with self.environment() as env:
            self._poster(9, 30)(env)
            before = self._chain(env)
            waiting = env['wx.ledger.block']._count_waiting()
        seal = self._repeat(lambda env: env['wx.ledger.block']._seal(), 20)
        results = self.run_parallel([seal] * 4)
        for result in results:
            self.assertNotIsInstance(result, Exception)
        with self.environment() as env:
            while env['wx.ledger.block']._seal():
                env.cr.commit()
            count, last, postings = self._chain(env)
            self.assertEqual(count, last)
            self.assertEqual(env['wx.ledger.block']._count_waiting(), 0)
            self.assertEqual(postings - (before[2] or 0), waiting)
            self.assertEqual(env['wx.ledger'].prove(), ())

    def test_account_at_work_is_frozen_when_it_rests(self):
        with self.environment() as env:
            proof = env['wx.ledger.proof']._start()
            finding = env['wx.ledger.proof.finding'].create(
                {
                    'proof_id': proof.id,
                    'check_code': 'serial',
                    'problem': 'balance',
                    'subject': 'account',
                    'subject_id': self.users[0],
                    'account_id': self.users[0],
                    'is_freezing': True,
                    'state': 'known',
                }
            )
            proof.state = 'stopped'
        with self.environment() as worker, self.environment() as prover:
            worker.cr.execute(
                'SELECT id FROM wx_ledger_account WHERE id = %s FOR NO KEY UPDATE',
                (self.users[0],),
            )
            findings = prover['wx.ledger.proof.finding']
            findings._freeze_accounts(prover.cr.commit)
            self.assertTrue(findings.browse(finding.id).is_freezing)
            worker.cr.commit()
            prover.invalidate_all()
            findings._freeze_accounts(prover.cr.commit)
            account = prover['wx.ledger.account'].browse(self.users[0])
            self.assertEqual(account.state, 'frozen')
            self.assertFalse(findings.browse(finding.id).is_freezing)

    def test_day_with_a_transaction_under_way_is_not_settled(self):
        with self.environment() as slow, self.environment() as env:
            slow.cr.execute('SELECT 1')
            env.cr.execute(
                "SELECT min(xact_start) AT TIME ZONE 'UTC' FROM pg_stat_activity"
                ' WHERE datname = current_database() AND pid <> pg_backend_pid()'
                "   AND backend_type = 'client backend'"
            )
            [began] = env.cr.fetchone()
            self.assertIsNotNone(began)
            self.assertLessEqual(env['wx.ledger.checkpoint']._settled_until(), began.date())
