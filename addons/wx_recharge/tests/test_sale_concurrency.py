from odoo.tests import tagged

from odoo.addons.wx_base.exceptions import Conflict

from .common import PHONE
from .concurrency_common import RechargeConcurrencyCase


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestSaleConcurrency(RechargeConcurrencyCase):
    """Coupons, refunds and receipts when everybody comes at the same moment."""

    def setUp(self):
        super().setUp()
        with self.environment() as env:
            template = env['wx.coupon.template'].create(
                {'name': 'Race', 'kind': 'fixed', 'amount_fen': 100, 'state': 'open'}
            )
            coupon = template._issue([{'wx_user_id': self.user_ids[0], 'source': 'gift'}])
            self.template_id, self.coupon_id = template.id, coupon.id

    def _clean_up(self):
        with self.environment() as env:
            orders = env['wx.recharge.order'].search([('package_id', '=', self.ids['package'])])
            orders.write({'coupon_ids': [(5,)]})
            coupons = env['wx.coupon'].search([('template_id', '=', self.template_id)])
            env.cr.execute('DELETE FROM wx_coupon WHERE id IN %s', [tuple(coupons.ids)])
            env.cr.execute('DELETE FROM wx_coupon_template WHERE id = %s', [self.template_id])
        return super()._clean_up()

    def _buy_with_coupon(self, env):
        customer = env(user=env.ref('wx_base.user_api'), su=False)
        customer = customer(context={'wx_user_id': self.user_ids[0]})
        order = customer['wx.recharge.order']._place(
            customer['wx.user'].browse(self.user_ids[0]),
            self.ids['package'],
            PHONE,
            [self.coupon_id],
        )
        return order.id

    def _delivered(self):
        """Return the id of a delivered order for which a refund is asked."""
        with self.environment() as env:
            type(self).env = env
            type(self).app = env['wx.app'].browse(self.ids['app'])
            order = env['wx.recharge.order'].browse(self.buyer(self.user_ids[0])(env))
            order._set_delivered(self._pay(order))
            order._ask_refund('not_received')
            return order.id

    # === TESTS === #

    def test_a_coupon_is_used_by_one_of_many_orders(self):
        results = self.run_parallel([self._buy_with_coupon] * 5, overlapping=True)
        sold = [result for result in results if isinstance(result, int)]
        refused = [result for result in results if isinstance(result, Conflict)]
        self.assertEqual((len(sold), len(refused)), (1, 4), results)
        with self.environment() as env:
            coupon = env['wx.coupon'].browse(self.coupon_id)
            self.assertEqual((coupon.state, coupon.res_id), ('held', sold[0]))
            orders = env['wx.recharge.order'].search([('package_id', '=', self.ids['package'])])
            self.assertEqual(orders.mapped('price_fen'), [2280])

    def test_a_coupon_given_up_by_many_at_once_is_free_once(self):
        with self.environment() as env:
            order_id = self._buy_with_coupon(env)

        def cancel(env):
            env['wx.recharge.order'].browse(order_id)._cancel('no')

        self.run_parallel([cancel] * 4)
        with self.environment() as env:
            coupon = env['wx.coupon'].browse(self.coupon_id)
            self.assertEqual((coupon.state, coupon.given_back_count), ('issued', 1))

    def test_a_refund_is_granted_once_and_never_after_the_receipt(self):
        order_id = self._delivered()

        def request(env):
            return env['wx.recharge.order'].browse(order_id).refund_request_ids

        def grant(env):
            return request(env).action_grant(2380)

        def confirm(env):
            env['wx.recharge.order'].browse(order_id)._confirm_receipt()
            return True

        results = self.run_parallel([grant, confirm, grant, confirm, grant], overlapping=True)
        with self.environment() as env:
            order = env['wx.recharge.order'].browse(order_id)
            found = (order.state, bool(order.confirmed_at), order.refund_request_ids.state)
            refunds = order.payment_order_id.refund_ids.mapped('amount_fen')
        if found[0] == 'refunding':
            self.assertEqual((found[1:], refunds), ((False, 'granted'), [2380]), results)
        else:
            self.assertEqual((found, refunds), (('delivered', True, 'withdrawn'), []), results)
        lost = [result for result in results if result is not True]
        self.assertTrue(all(isinstance(result, Conflict) for result in lost), results)

    def test_asked_by_many_at_once_there_is_one_request(self):
        order_id = self._delivered()
        with self.environment() as env:
            env['wx.recharge.order'].browse(order_id).refund_request_ids.unlink()

        def ask(env):
            env['wx.recharge.order'].browse(order_id)._ask_refund('other')

        self.assertEqual(self.run_parallel([ask] * 5, overlapping=True), [None] * 5)
        with self.environment() as env:
            order = env['wx.recharge.order'].browse(order_id)
            self.assertEqual(len(order.refund_request_ids), 1)
