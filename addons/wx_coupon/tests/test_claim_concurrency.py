from concurrent.futures import ThreadPoolExecutor

from psycopg2 import OperationalError

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, NotFound
from odoo.addons.wx_base.tests.common import ConcurrencyCase

APPID = 'wxcoupons000000001'
CUSTOMERS = 200
COUPONS = 50
CONNECTIONS = 12
# A client is told "try again" when it has lost too often; it does.
CLIENT_TRIES = 20


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestClaimConcurrency(ConcurrencyCase):
    """Several cursors at once; what is committed here is removed at the end."""

    def setUp(self):
        super().setUp()
        # Losing a race is what happens here; each loser leaves a line.
        self.enterContext(mute_logger('odoo.sql_db', 'odoo.service.model'))
        with self.environment() as env:
            app = env['wx.app'].create(
                {'name': 'Coupons', 'appid': APPID, 'secret': 's', 'endpoint': 'simulator'}
            )
            self.app_id = app.id
            self.user_ids = (
                env['wx.user']
                .create(
                    [
                        {'app_id': app.id, 'openid': f'claimer-{number}'}
                        for number in range(CUSTOMERS)
                    ]
                )
                .ids
            )
        self.template_ids = []
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.environment() as env:
            # Coupons are never deleted; those of a test are.
            env.cr.execute('DELETE FROM wx_coupon WHERE template_id = ANY(%s)', [self.template_ids])
            env.cr.execute(
                'DELETE FROM wx_coupon_job WHERE template_id = ANY(%s)', [self.template_ids]
            )
            env['wx.coupon.template'].browse(self.template_ids).unlink()
            env['wx.user'].browse(self.user_ids).unlink()
            env['wx.app'].browse(self.app_id).unlink()

    def _template(self, **values):
        with self.environment() as env:
            template = env['wx.coupon.template'].create(
                {'name': 'Race', 'amount_fen': 100, 'state': 'open', **values}
            )
            self.template_ids.append(template.id)
            return template.id

    def claimer(self, template_id, user_id):
        def claim(env):
            customer = env(user=env.ref('wx_base.user_api'), su=False)
            customer = customer(context={'wx_user_id': user_id})
            template = customer['wx.coupon.template'].browse(template_id)
            return template._claim(customer['wx.user'].browse(user_id)).id

        return claim

    def _as_client(self, function):
        """Call as the mini-program does: again, when the server says so."""
        for _try in range(CLIENT_TRIES):
            try:
                with self.environment() as env:
                    return retrying(lambda env=env: function(env), env)
            except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, OperationalError):
                continue
            except (Conflict, NotFound) as refusal:
                return refusal
        raise AssertionError('a client came to nothing')

    def _coupons(self, template_id):
        with self.environment() as env:
            template = env['wx.coupon.template'].browse(template_id)
            coupons = env['wx.coupon'].search([('template_id', '=', template_id)])
            return template.taken_qty, [(c.id, c.wx_user_id.id, c.claim_no) for c in coupons]

    def test_200_claims_for_50_coupons_give_exactly_50(self):
        template_id = self._template(total_qty=COUPONS)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            results = list(
                pool.map(
                    lambda user_id: self._as_client(self.claimer(template_id, user_id)),
                    self.user_ids,
                )
            )
        given = [result for result in results if isinstance(result, int)]
        refused = [result for result in results if isinstance(result, Conflict)]
        self.assertEqual((len(given), len(refused)), (COUPONS, CUSTOMERS - COUPONS))
        taken, coupons = self._coupons(template_id)
        self.assertEqual((taken, sorted(row[0] for row in coupons)), (COUPONS, sorted(given)))
        self.assertEqual(len({row[1] for row in coupons}), COUPONS)

    def test_one_customer_who_claims_many_times_at_once_gets_what_one_may_have(self):
        for total_qty in (0, 100):
            with self.subTest(total_qty=total_qty):
                template_id = self._template(user_qty=2, total_qty=total_qty)
                claim = self.claimer(template_id, self.user_ids[0])
                self.run_parallel([claim] * 8, overlapping=True)
                for _late in range(3):
                    self._as_client(claim)
                taken, coupons = self._coupons(template_id)
                self.assertEqual(sorted(row[2] for row in coupons), [1, 2])
                self.assertEqual(taken, 2 if total_qty else 0)

    def test_a_first_total_counts_claims_that_are_not_committed_yet(self):
        template_id = self._template()
        first, second, third = (self.claimer(template_id, one) for one in self.user_ids[:3])

        def limit(env):
            template = env['wx.coupon.template'].browse(template_id)
            self.assertEqual(template.total_qty, 0)
            template.total_qty = 2
            return True

        with ThreadPoolExecutor(1) as pool, self.environment() as env:
            first(env)
            limited = pool.submit(self._as_client, limit)
            # It waits for the claim, and could not see it afterwards.
            with self.assertRaises(TimeoutError):
                limited.result(timeout=1)
            env.cr.commit()
            self.assertIs(limited.result(timeout=30), True)
        results = [self._as_client(one) for one in (second, third)]
        self.assertIsInstance(results[0], int)
        self.assertIsInstance(results[1], Conflict)
        taken, coupons = self._coupons(template_id)
        self.assertEqual((taken, len(coupons)), (2, 2))

    def test_a_claim_that_has_not_seen_the_first_total_starts_over(self):
        template_id = self._template()
        with self.environment() as env:
            template = env['wx.coupon.template'].browse(template_id)
            self.assertEqual(template.total_qty, 0)
            with self.environment() as other:
                other['wx.coupon.template'].browse(template_id).total_qty = 1
            with self.assertRaises(OperationalError):
                self.claimer(template_id, self.user_ids[0])(env)
            env.cr.rollback()
        results = [self._as_client(self.claimer(template_id, one)) for one in self.user_ids[:2]]
        self.assertIsInstance(results[0], int)
        self.assertIsInstance(results[1], Conflict)
        taken, coupons = self._coupons(template_id)
        self.assertEqual((taken, len(coupons)), (1, 1))

    def test_one_code_redeemed_by_many_at_once_has_one_owner(self):
        template_id = self._template()
        with self.environment() as env:
            template = env['wx.coupon.template'].browse(template_id)
            batch = template._make_codes(1)
            code = env['wx.coupon'].search([('batch', '=', batch)]).code

        def redeemer(user_id):
            def redeem(env):
                customer = env(user=env.ref('wx_base.user_api'), su=False)
                customer = customer(context={'wx_user_id': user_id})
                user = customer['wx.user'].browse(user_id)
                return customer['wx.coupon']._redeem(user, code).id

            return redeem

        results = self.run_parallel(
            [redeemer(user_id) for user_id in self.user_ids[:8]], overlapping=True
        )
        self.assertEqual(len([one for one in results if isinstance(one, int)]), 1, results)
        _taken, coupons = self._coupons(template_id)
        self.assertEqual([row[2] for row in coupons], [1])

    def test_a_gift_run_by_many_workers_gives_each_customer_one(self):
        template_id = self._template()
        with self.environment() as env:
            job = env['wx.coupon.job'].create(
                {
                    'name': 'Race',
                    'template_id': template_id,
                    'target': 'domain',
                    'domain': f"[('app_id', '=', {self.app_id})]",
                }
            )
            job.action_start()
            job_id = job.id

        def serve(env):
            job = env['wx.coupon.job'].browse(job_id)
            job._job_run()
            return job.done

        self.run_parallel([serve] * 5, overlapping=True)
        self._as_client(serve)
        _taken, coupons = self._coupons(template_id)
        self.assertEqual(sorted(row[1] for row in coupons), sorted(self.user_ids))

    def test_hold_and_void_at_once_leave_one_of_them(self):
        template_id = self._template()
        with self.environment() as env:
            template = env['wx.coupon.template'].browse(template_id)
            user = env['wx.user'].browse(self.user_ids[0])
            coupon_id = template._give(user, 'gift', ['race'])[0].id

        def hold(document_id):
            def run(env):
                document = env['res.partner'].browse(document_id)
                env['wx.coupon'].browse(coupon_id)._hold(document)
                return document_id

            return run

        def void(env):
            env['wx.coupon'].browse(coupon_id)._void('race')
            return 'void'

        with mute_logger('odoo.addons.wx_coupon.models.wx_coupon_flow'):
            results = self.run_parallel([hold(1), hold(2), hold(3), void], overlapping=True)
        won = [result for result in results if isinstance(result, int | str)]
        self.assertEqual(len(won), 1, results)
        with self.environment() as env:
            coupon = env['wx.coupon'].browse(coupon_id)
            expected = ('void', 0) if won == ['void'] else ('held', won[0])
            self.assertEqual((coupon.state, coupon.res_id), expected)
