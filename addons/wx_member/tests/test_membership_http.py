import secrets
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.wx_ledger.values import Transfer

from .common import MemberHttpCase

PLAN_KEYS = {
    'id',
    'name',
    'description',
    'level',
    'duration',
    'duration_unit',
    'is_trial',
    'price_fen',
    'currency',
    'sale_until',
    'available',
}


@tagged('post_install', '-at_install')
class TestMembershipHttp(MemberHttpCase):
    def get(self, path, user=None):
        status, envelope = self.api('GET', path, user=user or self.user_a)
        self.assertEqual((status, envelope['code']), (200, 0), envelope)
        return envelope['data']

    def post(self, path, body=None, user=None, key=None):
        return self.api(
            'POST',
            path,
            user=user or self.user_a,
            body=body or {},
            headers={'Idempotency-Key': key or secrets.token_hex(8)},
        )

    def place(self, plan, **values):
        return self.post('/membership/orders', {'plan_id': plan.id}, **values)

    # === STATE === #

    def test_who_is_no_member_is_told_so(self):
        self.assertEqual(
            self.get('/membership'),
            {'level': None, 'until': None, 'periods': [], 'trial_available': True},
        )
        self.assertIsNone(self.get('/profile')['member_level'])

    def test_member_is_told_level_end_and_benefits(self):
        self._buy(self.plan_gold)
        self._buy()
        self.env.flush_all()
        data = self.get('/membership')
        self.assertEqual(
            data['level'],
            {
                'code': 't-gold',
                'name': 'Test Gold',
                'description': '',
                'benefits': {'lookup_quota': 0, 'points_percent': 150},
            },
        )
        self.assertEqual([p['level']['code'] for p in data['periods']], ['t-gold', 't-silver'])
        self.assertEqual(data['until'], data['periods'][0]['until'])
        self.assertTrue(data['until'].endswith('T00:00:00+08:00'))
        self.assertTrue(data['trial_available'])
        self.assertEqual(
            self.get('/profile')['member_level'], {'code': 't-gold', 'name': 'Test Gold'}
        )

    def test_profile_can_still_be_changed(self):
        status, envelope = self.api('PUT', '/profile', user=self.user_a, body={'nickname': 'New'})
        self.assertEqual((status, envelope['data']['nickname']), (200, 'New'))
        self.assertIsNone(envelope['data']['member_level'])

    # === PLANS === #

    def test_plans_on_sale_are_listed(self):
        self.plan_gold.sale_until = fields.Datetime.now() - timedelta(days=1)
        self.env.flush_all()
        plans = {plan['id']: plan for plan in self.get('/membership/plans')['items']}
        self.assertNotIn(self.plan_gold.id, plans)
        silver = plans[self.plan_silver.id]
        self.assertEqual(set(silver), PLAN_KEYS)
        self.assertEqual(
            (silver['price_fen'], silver['duration'], silver['duration_unit']), (990, 1, 'month')
        )
        self.assertEqual(silver['level']['benefits'], {'lookup_quota': 5, 'points_percent': 100})

    def test_trial_is_shown_as_had(self):
        self._buy(self.plan_trial)
        self.env.flush_all()
        for user, available in ((self.user_a, False), (self.user_b, True)):
            items = self.get('/membership/plans', user)['items']
            plans = {plan['id']: plan['available'] for plan in items}
            self.assertEqual(plans[self.plan_trial.id], available)
            self.assertTrue(plans[self.plan_silver.id])

    # === ORDERS === #

    def test_order_is_placed_once_for_a_key(self):
        key = secrets.token_hex(8)
        first = self.place(self.plan_silver, key=key)
        again = self.place(self.plan_silver, key=key)
        self.assertEqual(first[0], 200, first)
        self.assertEqual(first[1]['data'], again[1]['data'])
        order = first[1]['data']
        self.assertRegex(order['order_no'], r'^M\d{22}$')
        self.assertEqual(
            (order['state'], order['amount_fen'], order['plan'], order['periods']),
            ('awaiting_payment', 990, 'Silver Month', []),
        )
        orders = self.env['wx.membership.order'].search([('wx_user_id', '=', self.user_a.id)])
        self.assertEqual(orders.mapped('order_no'), [order['order_no']])

    def test_free_trial_is_booked_by_ordering_it(self):
        status, envelope = self.place(self.plan_trial)
        self.assertEqual((status, envelope['data']['state']), (200, 'active'))
        self.assertEqual(len(envelope['data']['periods']), 1)
        self.assertEqual(self.get('/membership')['level']['code'], 't-silver')
        status, envelope = self.place(self.plan_trial)
        self.assertEqual((status, envelope['code']), (409, 5))

    def test_wrong_requests_are_refused(self):
        for body, status in (
            ({}, 400),
            ({'plan_id': 0}, 400),
            ({'plan_id': 'x'}, 400),
            ({'plan_id': self.plan_silver.id, 'price_fen': 1}, 400),
            ({'plan_id': 2**31 - 1}, 404),
        ):
            with self.subTest(body=body):
                self.assertEqual(self.post('/membership/orders', body)[0], status)

    def test_order_of_somebody_else_does_not_exist(self):
        order = self._place(user=self.user_b)
        self.env.flush_all()
        path = f'/membership/orders/{order.order_no}'
        for method, suffix, body in (
            ('GET', '', None),
            ('POST', '/pay', {'scene': 'miniprogram'}),
            ('POST', '/refresh', {}),
            ('POST', '/cancel', {}),
        ):
            with self.subTest(suffix=suffix):
                status, envelope = self.api(method, path + suffix, user=self.user_a, body=body)
                self.assertEqual((status, envelope['code']), (404, 4))
        self.assertEqual(order.state, 'awaiting_payment')
        self.assertEqual(self.get('/membership/orders')['items'], [])

    def test_number_that_is_none_of_ours_does_not_exist(self):
        for number in ('M1', 'R' + '1' * 22, "M' OR 1=1"):
            status, _envelope = self.api('GET', f'/membership/orders/{number}', user=self.user_a)
            self.assertEqual(status, 404)

    def test_unpaid_order_is_cancelled(self):
        order = self._place()
        self.env.flush_all()
        status, envelope = self.post(f'/membership/orders/{order.order_no}/cancel')
        self.assertEqual((status, envelope['data']['state']), (200, 'cancelled'))
        status, envelope = self.api(
            'POST',
            f'/membership/orders/{order.order_no}/pay',
            user=self.user_a,
            body={'scene': 'miniprogram'},
        )
        self.assertEqual((status, envelope['code']), (409, 5))

    def test_order_is_paid_from_a_wallet(self):
        """The whole road: place, pay, member."""
        company, currency = self.env.company, self.env.ref('base.CNY')
        money = self.env['wx.ledger.asset']._money_of(company, currency)
        money.payable = True
        accounts, ledger = self.env['wx.ledger.account'], self.env['wx.ledger']
        wallet = accounts._of_owner(money, self.user_a, 'customer')
        transfer = Transfer(accounts._central(money).id, wallet.id, 1000, '900003')
        ledger.post([transfer], key=f'test:{secrets.token_hex(8)}')
        number = self.place(self.plan_silver)[1]['data']['order_no']
        status, envelope = self.api(
            'POST',
            f'/membership/orders/{number}/pay',
            user=self.user_a,
            body={'channel': None, 'wallets': [{'asset': money.code}]},
        )
        self.assertEqual((status, envelope['data']['state']), (200, 'paid'), envelope)
        self.assertEqual(self.get(f'/membership/orders/{number}')['state'], 'active')
        self.assertEqual(self.get('/membership')['level']['code'], 't-silver')
        self.env.invalidate_all()
        self.assertEqual(ledger.balance([wallet.id])[wallet.id].balance, 10)

    def test_orders_are_paged_newest_first(self):
        orders = [self._place() for _ in range(3)]
        self.env.flush_all()
        page = self.get('/membership/orders?limit=2')
        rest = self.get(f'/membership/orders?limit=2&cursor={page["next_cursor"]}')
        numbers = [item['order_no'] for item in (*page['items'], *rest['items'])]
        self.assertEqual(numbers, [order.order_no for order in reversed(orders)])
        self.assertIsNone(rest['next_cursor'])
        self.assertEqual(self.get('/membership/orders?state=active')['items'], [])
