from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.rbac_ext.tests.role_common import RoleCase

from ..values import Transfer


@tagged('post_install', '-at_install')
class TestDashboard(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls._create_user('dashboard_finance', cls.builtin['finance'], tz='UTC')
        cls.asset = cls.env['wx.ledger.asset'].create(
            {'code': 'DASH', 'name': 'Dash', 'decimal_places': 2}
        )
        accounts = cls.env['wx.ledger.account']
        cls.central = accounts._central(cls.asset)
        cls.sales = accounts._of_purpose(cls.asset, 'sales')
        owners = cls.env['res.country'].search([], limit=12)
        cls.wallets = accounts.concat(
            *(accounts._of_owner(cls.asset, owner, 'customer') for owner in owners)
        )

    def _post(self, key, *transfers):
        posted = [
            Transfer(source.id, target.id, amount, code)
            for source, target, amount, code in transfers
        ]
        return self.env['wx.ledger'].post(posted, key=f'dashboard:{key}')

    def _load(self, **values):
        dashboard = self.env['wx.ledger.dashboard'].with_user(self.finance)
        return dashboard.load_dashboard(asset_id=self.asset.id, **values)

    def test_figures_are_those_of_the_asset(self):
        wallet = self.wallets[0]
        self._post(1, (self.central, wallet, 10**15, '100001'))
        self._post(
            2, (wallet, self.sales, 300, '200001'), (self.sales, self.central, 100, '300001')
        )
        self.env['wx.ledger'].hold(wallet.id, 50, key='dashboard:hold', reason='200001')
        answer = self._load()
        self.assertEqual(
            answer['figures'],
            {
                'circulation': '999999999999900',
                'issued': '1000000000000000',
                'burnt': '100',
                'held': '50',
                'accounts': 14,
            },
        )
        self.assertEqual(answer['decimal_places'], 2)

    def test_the_largest_accounts_of_users_come_first(self):
        for number, wallet in enumerate(self.wallets):
            self._post(number, (self.central, wallet, 100 + number, '100001'))
        top = self._load()['top']
        self.assertEqual(len(top), 10)
        self.assertEqual([account['id'] for account in top], self.wallets[::-1][:10].ids)
        self.assertEqual(top[0]['balance'], '111')

    def test_flow_is_by_reason_and_day(self):
        wallet = self.wallets[0]
        self._post(1, (self.central, wallet, 500, '100001'), (self.central, wallet, 7, '100002'))
        self._post(2, (wallet, self.sales, 30, '200001'))
        answer = self._load()
        flow = answer['flow']
        self.assertEqual((len(flow['days']), flow['days'][-1]), (30, answer['date_to']))
        self.assertEqual(
            [(reason['name'][:6], reason['amounts'][-1]) for reason in flow['reasons']],
            [('100001', '500'), ('200001', '30'), ('100002', '7')],
        )
        self.assertEqual(set(flow['reasons'][0]['amounts'][:-1]), {'0'})

    def test_small_reasons_are_put_together(self):
        reasons = self.env['wx.ledger.reason'].create(
            [
                {'code': f'90009{n}', 'name': f'R{n}', 'debit_central': True, 'credit_user': True}
                for n in range(10)
            ]
        )
        self._post(
            1,
            *((self.central, self.wallets[0], 100 - n, r.code) for n, r in enumerate(reasons)),
        )
        flow = self._load()['flow']['reasons']
        self.assertEqual(len(flow), 9)
        self.assertEqual((flow[-1]['name'], flow[-1]['amounts'][-1]), ('', str(92 + 91)))

    def test_days_are_those_of_the_user_s_time_zone(self):
        self.finance.tz = 'Asia/Shanghai'
        first, last = (
            self.env['wx.ledger.dashboard']
            .with_user(self.finance)
            ._bounds(*self.env['wx.ledger.dashboard']._days('2026-03-01', '2026-03-02'))
        )
        self.assertEqual((str(first), str(last)), ('2026-02-28 16:00:00', '2026-03-02 16:00:00'))

    def test_a_period_has_a_day_at_least_and_a_year_at_most(self):
        with self.assertRaises(UserError):
            self._load(date_from='2026-03-02', date_to='2026-03-01')
        with self.assertRaises(UserError):
            self._load(date_from='2024-03-02', date_to='2026-03-01')
        days = self._load(date_from='2026-03-01', date_to='2026-03-01')['flow']['days']
        self.assertEqual(days, ['2026-03-01'])

    @freeze_time('2026-03-31 12:00:00')
    def test_without_a_period_it_is_the_last_30_days(self):
        answer = self._load()
        self.assertEqual((answer['date_from'], answer['date_to']), ('2026-03-02', '2026-03-31'))

    def test_the_number_of_queries_does_not_grow(self):
        def count(key):
            self._post(key, *((self.central, wallet, 5, '100001') for wallet in self.wallets))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._load()
            return self.env.cr.sql_log_count - before

        self._load()
        few = count(1)
        for key in range(2, 6):
            many = count(key)
        self.assertLessEqual(many, few)

    def test_who_may_not_see_the_ledger_sees_no_figure(self):
        employee = new_test_user(self.env, 'dashboard_employee', 'base.group_user')
        with self.assertRaises(AccessError):
            self.env['wx.ledger.dashboard'].with_user(employee).load_dashboard()
