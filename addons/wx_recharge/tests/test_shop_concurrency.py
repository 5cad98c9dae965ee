from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.wx_base.exceptions import Conflict

from ..const.numbers import SAVED_MAX
from .common import PHONE
from .concurrency_common import RechargeConcurrencyCase


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestShopConcurrency(RechargeConcurrencyCase):
    """What is counted holds when everybody comes at the same moment."""

    def _limit(self, **values):
        with self.environment() as env:
            env['wx.recharge.package'].browse(self.ids['package']).write(values)

    def _clean_up(self):
        with self.environment() as env:
            for table in ('saved_number', 'blacklist', 'turn', 'lookup_usage'):
                name = SQL.identifier(f'wx_recharge_{table}')
                env.cr.execute(SQL('DELETE FROM %s', name))
        return super()._clean_up()

    def _sold_and_refused(self, results):
        sold = [result for result in results if isinstance(result, int)]
        refused = [result for result in results if isinstance(result, Conflict)]
        self.assertEqual(len(sold) + len(refused), len(results), results)
        return len(sold), len(refused)

    def _orders(self):
        with self.environment() as env:
            domain = [('package_id', '=', self.ids['package'])]
            return env['wx.recharge.order'].search_count(domain)

    # === LIMITS === #

    def test_one_customer_at_many_phones_stays_within_the_limit(self):
        self._limit(limit_user=2)
        buy = self.buyer(self.user_ids[0])
        results = self.run_parallel([buy] * 5, overlapping=True)
        self.assertEqual(self._sold_and_refused(results), (2, 3))
        self.assertEqual(self._orders(), 2)

    def test_many_customers_of_one_number_stay_within_its_limit(self):
        self._limit(limit_number=1, limit_days=30)
        results = self.run_parallel([self.buyer(user_id) for user_id in self.user_ids[:5]])
        self.assertEqual(self._sold_and_refused(results), (1, 4))
        self.assertEqual(self._orders(), 1)

    def test_customers_do_not_count_for_each_other(self):
        self._limit(limit_user=1)
        results = self.run_parallel([self.buyer(user_id) for user_id in self.user_ids[:5]])
        self.assertEqual(self._sold_and_refused(results), (5, 0))

    # === BLACKLIST === #

    def test_all_refused_orders_of_one_moment_are_counted(self):
        with self.environment() as env:
            entry = env['wx.recharge.blacklist'].create({'number': PHONE, 'reason': 'Fraud'})
        results = self.run_parallel([self.buyer(user_id) for user_id in self.user_ids])
        self.assertEqual(self._sold_and_refused(results), (0, len(self.user_ids)))
        self.assertEqual(self._orders(), 0)
        with self.environment() as env:
            entry = env['wx.recharge.blacklist'].browse(entry.id)
            self.assertEqual(entry.hit_count, len(self.user_ids))

    # === LOOKUPS === #

    def test_quota_holds_when_asked_at_the_same_moment(self):
        def spend(env):
            user = env['wx.user'].browse(self.user_ids[0])
            return env['wx.recharge.lookup.usage']._spend(user, 3)

        results = self.run_parallel([spend] * 6, overlapping=True)
        self.assertEqual(sorted(results), [False] * 3 + [True] * 3)

    # === SAVED NUMBERS === #

    def _saver(self, phone):
        def save(env):
            customer = env(user=env.ref('wx_base.user_api'), su=False)
            customer = customer(context={'wx_user_id': self.user_ids[0]})
            numbers = customer['wx.recharge.saved.number']
            return numbers._save(customer['wx.user'].browse(self.user_ids[0]), phone).id

        return save

    def test_number_saved_at_the_same_moment_is_saved_once(self):
        results = self.run_parallel([self._saver(PHONE)] * 4, overlapping=True)
        self.assertEqual(self._sold_and_refused(results), (1, 3))

    def test_last_place_for_a_number_is_taken_once(self):
        with self.environment() as env:
            env['wx.recharge.saved.number'].create(
                [
                    {
                        'wx_user_id': self.user_ids[0],
                        'number': f'+659000{number:04}',
                        'country_id': self.ids['country'],
                    }
                    for number in range(SAVED_MAX - 1)
                ]
            )
        savers = [self._saver(f'+6581230{number}00') for number in range(4)]
        results = self.run_parallel(savers, overlapping=True)
        self.assertEqual(self._sold_and_refused(results), (1, 3))
