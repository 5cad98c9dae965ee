from odoo.tests import tagged

from .common import PHONE, RechargeHttpCase

ORDERS = '/recharge/orders'


@tagged('post_install', '-at_install')
class TestReceiptHttp(RechargeHttpCase):
    def delivered(self):
        order = self._place()
        order._set_delivered(self._pay(order))
        self.env.flush_all()
        return order

    def post(self, order, act, user=None, **body):
        path = f'{ORDERS}/{order.order_no}/{act}'
        return self.api('POST', path, user=user or self.user_a, body=body)

    def test_the_customer_confirms_the_receipt(self):
        order = self.delivered()
        _status, envelope = self.api('GET', f'{ORDERS}/{order.order_no}', user=self.user_a)
        self.assertEqual(envelope['data']['actions'], ['confirm', 'request_refund'])
        for _time in range(2):
            status, envelope = self.post(order, 'confirm')
            self.assertEqual((status, envelope['data']['actions']), (200, []))
            self.assertRegex(envelope['data']['confirmed_at'], r'\+08:00$')
        status, envelope = self.post(order, 'refund-request', reason='not_received')
        self.assertEqual((status, envelope['code']), (409, 5))
        self.assertFalse(order.refund_request_ids)

    def test_the_customer_asks_for_the_money(self):
        order = self.delivered()
        status, envelope = self.post(order, 'refund-request', reason='too_little', note='Half')
        self.assertEqual(status, 200, envelope)
        shown = envelope['data']['refund_request']
        self.assertRegex(shown.pop('created_at'), r'\+08:00$')
        self.assertEqual(
            shown, {'state': 'open', 'reason': 'too_little', 'note': 'Half', 'answer': ''}
        )
        self.assertEqual((order.phone, order.state), (PHONE, 'delivered'))
        order.refund_request_ids.action_refuse('It has arrived.')
        _status, envelope = self.api('GET', f'{ORDERS}/{order.order_no}', user=self.user_a)
        self.assertEqual(envelope['data']['refund_request']['answer'], 'It has arrived.')
        self.assertEqual(envelope['data']['actions'], ['confirm'])

    def test_wrong_reasons_are_named(self):
        order = self.delivered()
        for body, field in (
            ({}, 'reason'),
            ({'reason': 'greed'}, 'reason'),
            ({'reason': 'other', 'note': 'x' * 201}, 'note'),
            ({'reason': 'other', 'amount_fen': 1}, 'amount_fen'),
        ):
            with self.subTest(body=body):
                status, envelope = self.post(order, 'refund-request', **body)
                self.assertEqual((status, envelope['code']), (400, 1))
                self.assertIn(field, envelope['data']['fields'])
        self.assertFalse(order.refund_request_ids)

    def test_an_unpaid_order_has_nothing_to_confirm_or_refund(self):
        order = self._place()
        for act, body in (('confirm', {}), ('refund-request', {'reason': 'other'})):
            status, envelope = self.post(order, act, **body)
            self.assertEqual((status, envelope['code']), (409, 5))

    def test_another_customers_order_is_not_found_and_not_moved(self):
        order = self.delivered()
        for act, body in (('confirm', {}), ('refund-request', {'reason': 'other'})):
            status, envelope = self.post(order, act, user=self.user_b, **body)
            self.assertEqual((status, envelope['code']), (404, 4))
        self.assertFalse(order.confirmed_at)
        self.assertFalse(order.refund_request_ids)

    def test_a_page_of_orders_takes_the_same_number_of_queries(self):
        counts = []
        for _round in range(2):
            for _number in range(3):
                order = self.delivered()
                order._ask_refund('other')
            self.env.flush_all()
            self.api('GET', ORDERS, user=self.user_a)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.api('GET', ORDERS, user=self.user_a)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
