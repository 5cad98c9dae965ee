from datetime import UTC, datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..lib.paywire.wxpay_v3.writing import BEIJING
from .common import WAY, RefundCommon, channel_values

STATE = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'


@tagged('post_install', '-at_install')
class TestPaymentDashboard(RefundCommon):
    """Figures are compared with those before: a database may have a past."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls._create_staff('dash_finance', 'finance')

    def setUp(self):
        super().setUp()
        self.before = self._load()

    def _load(self, user=None, **kwargs):
        self.env.flush_all()
        self.env.invalidate_all()
        dashboard = self.env['wx.payment.dashboard'].with_user(user or self.finance)
        return dashboard.load_dashboard(**kwargs)

    def _gain(self, data, *path):
        """Return by how much a figure has grown."""
        now, before = data, self.before
        for name in path:
            now, before = now[name], before[name]
        return int(now) - int(before)

    def _set_paid_at(self, order, days_ago, hour=12):
        noon = datetime.now(BEIJING).replace(hour=hour, minute=0, second=0, microsecond=0)
        moment = (noon - timedelta(days=days_ago)).astimezone(UTC).replace(tzinfo=None)
        order.paid_at = moment

    def _ways(self, data):
        return [way for way in data['ways'] if way['channel_id'] == self.channel.id]

    # === FIGURES === #

    def test_volume_goes_by_days_in_beijing(self):
        paid = ((0, 0, 1), (1, 23, 20), (1, 0, 300), (6, 0, 4000), (7, 23, 50000))
        for days_ago, hour, fen in paid:
            order, _attempt = self._create_paid(fen)
            self._set_paid_at(order, days_ago, hour)
        data = self._load()
        for span, fen, count in (
            ('today', 1, 1),
            ('yesterday', 320, 2),
            ('week', 4321, 4),
            ('month', 54321, 5),
        ):
            with self.subTest(span=span):
                self.assertEqual(self._gain(data, 'volume', span, 'amount'), fen)
                self.assertEqual(self._gain(data, 'volume', span, 'count'), count)

    def test_amounts_beyond_what_javascript_counts_are_exact(self):
        order, _attempt = self._create_paid()
        self._set_paid_at(order, 1)
        self.env.flush_all()
        huge = 2**60 + 1
        self.env.cr.execute(
            'UPDATE wx_payment_order SET amount_fen = %s, paid_fen = %s WHERE id = %s',
            [huge, huge, order.id],
        )
        data = self._load()
        self.assertIsInstance(data['volume']['month']['amount'], str)
        self.assertEqual(self._gain(data, 'volume', 'month', 'amount'), huge)

    def test_ways_tell_what_became_of_payments(self):
        self._create_paid(500)
        order, _attempt = self._create_pending()
        order._cancel('customer')
        self._create_pending()
        data = self._load()
        [way] = self._ways(data)
        expected = {
            'scene': 'miniprogram',
            'scene_name': 'Mini-program',
            'started': 3,
            'paid': 1,
            'ended': 2,
            'amount': '500',
        }
        self.assertEqual({name: way[name] for name in expected}, expected)
        self.assertEqual(self._gain(data, 'success', 'paid'), 1)
        self.assertEqual(self._gain(data, 'success', 'ended'), 2)

    def test_the_period_is_chosen(self):
        _order, attempt = self._create_paid()
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE wx_payment_attempt SET create_date = %s WHERE id = %s',
            [fields.Datetime.now() - timedelta(days=10), attempt.id],
        )
        self.assertFalse(self._ways(self._load(days=7)))
        self.assertTrue(self._ways(self._load(days=30)))
        for days in (0, 2, -1, '7', None):
            with self.subTest(days=days), self.assertRaises(UserError):
                self._load(days=days)

    def test_refunds_and_suspense(self):
        order, _attempt = self._create_paid()
        done, open_one = self._request(order, 10), self._request(order, 20)
        self._run_jobs(done)
        self._finish(done)
        late, attempt = self._create_pending()
        late._cancel('customer')
        with mute_logger(STATE):
            self._deliver(self.wechat.pay(attempt.out_trade_no))
            self._run_jobs(open_one)
            self._finish(open_one, 'ABNORMAL')
        data = self._load()
        self.assertEqual(self._gain(data, 'refunds', 'count'), 2)
        self.assertEqual(self._gain(data, 'refunds', 'amount'), 120)
        self.assertEqual(self._gain(data, 'refunds', 'stuck'), 1)
        self.assertEqual(self._gain(data, 'refunds', 'requested'), 3)
        self.assertEqual(self._gain(data, 'suspense', 'count'), 1)
        self.assertEqual(self._gain(data, 'suspense', 'amount'), 100)
        self.assertEqual(self._gain(data, 'troubles'), 1)

    def test_every_figure_opens_what_it_counts(self):
        self._create_paid()
        order, _attempt = self._create_paid()
        self._request(order, 10)
        data = self._load()
        counts = {name: span['count'] for name, span in data['volume'].items()}
        counts |= {
            'success': data['success']['ended'],
            'refunds': data['refunds']['count'],
            'ways': sum(way['started'] for way in data['ways']),
        }
        for name, count in counts.items():
            with self.subTest(figure=name):
                behind = data['lists'][name]
                self.assertEqual(self.env[behind['model']].search_count(behind['domain']), count)

    def test_the_chart_adds_up_to_the_volume(self):
        for days_ago, fen in ((0, 100), (3, 250)):
            order, _attempt = self._create_paid(fen)
            self._set_paid_at(order, days_ago)
        data = self._load()
        self.assertEqual(len(data['flow']['days']), 30)
        series = {each['name']: each['amounts'] for each in data['flow']['series']}
        self.assertEqual(series[self.channel.name][-4:], ['250', '0', '0', '100'])
        total = sum(int(amount) for amounts in series.values() for amount in amounts)
        self.assertEqual(total, int(data['volume']['month']['amount']))

    def test_channels_tell_their_health(self):
        self._create_pending()
        self.env['wx.payment.channel']._fold_calls()
        [channel] = [each for each in self._load()['channels'] if each['id'] == self.channel.id]
        self.assertEqual((channel['health'], channel['share']), ('up', 100))
        self.assertTrue(channel['called'])

    # === COST AND RIGHTS === #

    def test_more_payments_take_no_more_queries(self):
        self._create_paid()
        self._load()
        queries = self._count_queries()
        for number in range(3):
            self.env['wx.payment.channel'].create(
                channel_values(
                    self.app, name=f'More {number}', slug=f'test-more-{number}', weight=0
                )
            )
            order, _attempt = self._create_paid()
            self._request(order, 10)
        # New channels empty the caches of the server.
        self._load()
        self.assertEqual(self._count_queries(), queries)
        self.assertLess(queries, 25)

    def _count_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env['wx.payment.dashboard'].with_user(self.finance).load_dashboard()
        return self.env.cr.sql_log_count - before

    def test_another_company_sees_an_empty_page(self):
        self._create_paid()
        company = self.env['res.company'].create({'name': 'Other company'})
        user = self._create_staff(
            'dash_elsewhere', 'finance', company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        data = self._load(user)
        self.assertTrue(data['empty'])
        self.assertEqual(data['volume']['month'], {'count': 0, 'amount': '0'})
        self.assertEqual((data['ways'], data['channels'], data['troubles']), ([], [], 0))

    def test_differences_are_for_who_may_see_them(self):
        self.assertIsNone(self._load(self._create_staff('dash_support', 'support'))['differences'])
        self.assertIsInstance(self.before['differences'], int)

    def test_who_may_not_see_payments_sees_no_figures(self):
        nobody = new_test_user(self.env, 'dash_nobody', groups='base.group_user')
        with self.assertRaises(AccessError):
            self._load(nobody)
        with self.assertRaises(AccessError):
            self._load(self.env.ref('wx_base.user_api'))

    def test_money_paid_from_wallets_is_a_series_of_its_own(self):
        self.assertEqual(WAY.wallets, ())
        order, _attempt = self._create_paid(700)
        self._set_paid_at(order, 2)
        order.leg_ids.attempt_ids.write({'state': 'closed'})
        series = {each['name']: each['amounts'] for each in self._load()['flow']['series']}
        old = {each['name']: each['amounts'] for each in self.before['flow']['series']}
        gain = int(series[''][-3]) - int(old.get('', ['0'] * 30)[-3])
        self.assertEqual(gain, 700)
