from odoo.tests import tagged

from .common import RechargeHttpCase


@tagged('post_install', '-at_install')
class TestAgainHttp(RechargeHttpCase):
    """Buying once more: told what it would be, and nothing is ordered by asking."""

    def setUp(self):
        super().setUp()
        self.order = self._place()

    def again(self, user=None, order_no=None):
        path = f'/recharge/orders/{order_no or self.order.order_no}/again'
        status, envelope = self.api('GET', path, user=user or self.user_a)
        return envelope['data'] if status == 200 else status

    def _assert_offers(self, package, same):
        data = self.again()
        self.assertEqual(data['phone'], self.order.phone)
        self.assertEqual(data['package'] and data['package']['id'], package.id or None)
        self.assertIs(data['same'], same)

    def test_package_that_still_sells_is_offered_at_the_price_of_now(self):
        self.package.price_fen = 2500
        data = self.again()
        self.assertEqual((data['package']['id'], data['same']), (self.package.id, True))
        self.assertEqual(data['package']['price_fen'], 2500)

    def test_asking_orders_nothing(self):
        orders = self.env['wx.recharge.order']
        before = orders.search_count([])
        self.again()
        self.assertEqual(orders.search_count([]), before)

    def test_nearest_of_the_same_operator_and_kind_stands_in(self):
        elsewhere = self._create_operator(name='StarHub')
        self._create_package(name='Other operator', operator_id=elsewhere.id)
        self._create_package(name='Other kind', kind='data')
        usd = self.env.ref('base.USD').id
        foreign = self._create_package(name='4 USD', face_currency_id=usd)
        far = self._create_package(name='9 SGD', face_value=9)
        near = self._create_package(name='5 SGD', face_value=5, price_fen=9000)
        nearer = self._create_package(name='5 SGD too', face_value=5, price_fen=2900)
        self.package.active = False
        for package in (nearer, near, far, foreign):
            self._assert_offers(package, same=False)
            package.active = False
        self._assert_offers(self.package.browse(), same=False)

    def test_what_is_sold_out_hidden_or_over_is_not_offered(self):
        near = self._create_package(name='5 SGD', face_value=5)
        for values, back in (
            ({'stock_limited': True, 'stock_qty': 0}, {'stock_limited': False}),
            ({'sale_until': '2000-01-01'}, {'sale_until': False}),
            ({'show_ios': False}, {'show_ios': True}),
        ):
            with self.subTest(values=values):
                self.package.write(values)
                self._assert_offers(near, same=False)
                near.write(values)
                self._assert_offers(self.package.browse(), same=False)
                (self.package + near).write(back)
        self._assert_offers(self.package, same=True)

    def test_orders_of_others_are_not_there(self):
        self.assertEqual(self.again(user=self.user_b), 404)
        self.assertEqual(self.again(order_no='R0000000000000000000000'), 404)
        self.assertEqual(self.again(order_no='nonsense'), 404)
