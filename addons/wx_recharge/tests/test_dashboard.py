from datetime import UTC, datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.wx_base.api.schema import SHOP_ZONE

from ..const.dashboard import FIGURES
from .sale_common import SaleCase


@tagged('post_install', '-at_install')
class TestDashboard(SaleCase):
    """Figures are compared with those before: a database may have a past."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.support = cls._create_staff('top_support', 'support')

    def setUp(self):
        super().setUp()
        self.before = self._load()

    def _load(self, user=None, **kwargs):
        self.env.flush_all()
        self.env.invalidate_all()
        dashboard = self.env['wx.recharge.dashboard'].with_user(user or self.support)
        return dashboard.load_dashboard(**kwargs)

    def _gain(self, data, *path):
        """Return by how much a figure has grown."""
        now, before = data, self.before
        for name in path:
            now, before = now[name], before[name]
        return int(now) - int(before)

    def _noon(self, days_ago, hour=12):
        noon = datetime.now(SHOP_ZONE).replace(hour=hour, minute=0, second=0, microsecond=0)
        moment = (noon - timedelta(days=days_ago)).astimezone(UTC)
        return moment.replace(tzinfo=None)

    def _delivered(self, days_ago=0, hour=12):
        order = self._place()
        order._set_delivered(self._pay(order))
        moment = self._noon(days_ago, hour)
        order.write({'paid_at': moment, 'delivered_at': moment})
        return order

    def _search(self, behind):
        return self.env[behind['model']].with_user(self.support).search_count(behind['domain'])

    # === FIGURES === #

    def test_figures_go_by_days_in_shanghai(self):
        for days_ago, hour in ((0, 0), (1, 23), (1, 0), (6, 0), (7, 23)):
            self._delivered(days_ago, hour)
        data = self._load()
        for span, count in (('today', 1), ('yesterday', 2), ('week', 4), ('month', 5)):
            with self.subTest(span=span):
                for figure, fen in (('paid', 2380), ('delivered', 220)):
                    path = ('figures', figure, span)
                    self.assertEqual(self._gain(data, *path, 'count'), count)
                    self.assertEqual(self._gain(data, *path, 'amount'), count * fen)

    def test_orders_refunds_and_customers_are_counted(self):
        order = self._place()
        failed = self._place()
        self._pay(failed)
        failed._set_failed('refused')
        self._refund_done(failed)
        self._create_wx_user('openid-new')
        data = self._load()
        for figure, count, fen in (
            ('orders', 2, 4760),
            ('paid', 1, 2380),
            ('delivered', 0, 0),
            ('refunded', 1, 2380),
            ('customers', 1, 0),
        ):
            with self.subTest(figure=figure):
                self.assertEqual(self._gain(data, 'figures', figure, 'today', 'count'), count)
                self.assertEqual(self._gain(data, 'figures', figure, 'today', 'amount'), fen)
        self.assertEqual(order.state, 'awaiting_payment')

    def test_a_refund_after_the_delivery_takes_the_margin_away(self):
        order = self._delivered()
        self.assertEqual(order.profit_fen, 220)
        order._ask_refund('not_received')
        order.refund_request_ids.action_grant(2380)
        self._refund_done(order)
        self.assertEqual(order.profit_fen, -2160)
        data = self._load()
        self.assertEqual(self._gain(data, 'figures', 'delivered', 'today', 'count'), 0)
        self.assertEqual(self._gain(data, 'figures', 'refunded', 'today', 'count'), 1)

    def test_amounts_beyond_what_javascript_counts_are_exact(self):
        order = self._delivered()
        huge = 2**60 + 1
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE wx_recharge_order SET price_fen = %s WHERE id = %s', [huge, order.id]
        )
        data = self._load()
        self.assertIsInstance(data['figures']['paid']['today']['amount'], str)
        self.assertEqual(self._gain(data, 'figures', 'paid', 'today', 'amount'), huge)

    def test_suppliers_tell_their_share_of_success(self):
        for number, state in enumerate(('succeeded', 'succeeded', 'failed', 'processing')):
            _order, attempt = self.paid_order(phone=f'+6581234{570 + number}')
            ended = state != 'processing'
            attempt.write(
                {
                    'state': state,
                    'submitted_at': fields.Datetime.now() - timedelta(seconds=30),
                    'finished_at': ended and fields.Datetime.now(),
                }
            )
        [mine] = [each for each in self._load()['suppliers'] if each['id'] == self.supplier.id]
        self.assertEqual((mine['ended'], mine['good'], mine['seconds']), (3, 2, 30))

    def test_countries_are_ordered_by_what_was_paid(self):
        self._delivered()
        self._delivered()
        countries = self._load()['countries']
        [mine] = [each for each in countries if each['id'] == self.country.id]
        self.assertEqual((mine['count'], mine['amount']), (2, '4760'))
        self.assertEqual(mine['name'], self.country.display_name)
        amounts = [int(each['amount']) for each in countries]
        self.assertEqual(amounts, sorted(amounts, reverse=True))
        self.assertLessEqual(len(countries), 10)

    def test_the_period_is_chosen(self):
        self._delivered(10)
        for days, found in ((7, False), (30, True)):
            ids = [country['id'] for country in self._load(days=days)['countries']]
            self.assertEqual(self.country.id in ids, found)
        for days in (0, 2, -1, '7', None):
            with self.subTest(days=days), self.assertRaises(UserError):
                self._load(days=days)

    def test_the_chart_adds_up_to_what_was_paid(self):
        self._delivered(0)
        self._delivered(3)
        data = self._load()
        self.assertEqual(len(data['flow']['days']), 30)
        total = sum(int(fen) for each in data['flow']['series'] for fen in each['amounts'])
        self.assertEqual(total, int(data['figures']['paid']['month']['amount']))
        airtime = {each['name']: each['amounts'] for each in data['flow']['series']}['Airtime']
        self.assertGreaterEqual(int(airtime[-4]), 2380)

    def test_the_desk_counts_what_waits(self):
        stuck, _attempt = self.paid_order()
        stuck._set_anomaly('What now?')
        self._delivered()._ask_refund('other')
        shipping = self.env['wx.recharge.shipping'].search([], order='id desc', limit=1)
        shipping._raise_alarm('Late')
        self._pay(self._place())
        desk = self._load()['desk']
        for name, count in (('person', 1), ('requests', 1), ('alarms', 1), ('moving', 1)):
            with self.subTest(name=name):
                self.assertEqual(desk[name] - self.before['desk'][name], count)

    # === LISTS === #

    def test_every_number_opens_what_it_counts(self):
        self._delivered(1)
        self._delivered(4)._ask_refund('other')
        self.paid_order()
        self._place()
        data = self._load()
        for figure in FIGURES:
            for span, told in data['figures'][figure].items():
                with self.subTest(figure=figure, span=span):
                    self.assertEqual(self._search(data['lists'][f'{figure}.{span}']), told['count'])
        for name, count in data['desk'].items():
            with self.subTest(desk=name):
                self.assertEqual(self._search(data['lists'][name]), count)
        ended = sum(supplier['ended'] for supplier in data['suppliers'])
        self.assertEqual(self._search(data['lists']['suppliers']), ended)
        for country in data['countries']:
            behind = data['lists']['countries']
            domain = [*behind['domain'], ('country_id', '=', country['id'])]
            self.assertEqual(
                self._search({'model': behind['model'], 'domain': domain}), country['count']
            )

    # === COST AND RIGHTS === #

    def test_more_orders_take_no_more_queries(self):
        self._delivered()
        self._load()
        queries = self._count_queries()
        for days_ago in range(3):
            self._delivered(days_ago)._ask_refund('other')
        self._load()
        self.assertEqual(self._count_queries(), queries)
        self.assertLess(queries, 25)

    def _count_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env['wx.recharge.dashboard'].with_user(self.support).load_dashboard()
        return self.env.cr.sql_log_count - before

    def test_another_company_sees_an_empty_page(self):
        self._delivered()
        company = self.env['res.company'].create({'name': 'Other company'})
        user = self._create_staff(
            'top_elsewhere', 'support', company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        data = self._load(user)
        self.assertTrue(data['empty'])
        self.assertEqual(data['figures']['paid']['month'], {'count': 0, 'amount': '0'})
        self.assertEqual((data['suppliers'], data['countries']), ([], []))
        self.assertEqual(set(data['desk'].values()), {0})

    def test_what_may_not_be_seen_is_told_to_nobody(self):
        viewer = self._create_clerk('top_viewer', 'recharge.order.view')
        data = self._load(viewer)
        self.assertIsNone(data['figures']['customers'])
        self.assertIsNone(data['desk']['alarms'])
        self.assertNotIn('customers.today', data['lists'])
        nobody = new_test_user(self.env, 'top_nobody', groups='base.group_user')
        for user in (nobody, self.env.ref('wx_base.user_api')):
            with self.assertRaises(AccessError):
                self._load(user)
