import json
import re
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.wx_base.exceptions import OutcomeUnknown

from .common import OTHER_PHONE, PHONE, RechargeHttpCase

ORDERS = '/recharge/orders'
INVOKE = {
    'timeStamp': '1700000000',
    'nonceStr': 'nonce',
    'package': 'prepay_id=wx1',
    'signType': 'RSA',
    'paySign': 'signature',
}


@tagged('post_install', '-at_install')
class TestOrderHttp(RechargeHttpCase):
    def place(self, key='key-0001', user=None, **body):
        body = {'package_id': self.package.id, 'phone': PHONE, **body}
        return self.api(
            'POST',
            ORDERS,
            user=user or self.user_a,
            body=body,
            headers={'Idempotency-Key': key},
        )

    def placed(self, **values):
        status, envelope = self.place(**values)
        self.assertEqual((status, envelope['code']), (200, 0), envelope)
        return envelope['data']

    def record(self, data):
        return self.env['wx.recharge.order'].search([('order_no', '=', data['order_no'])])

    # === PLACING === #

    def test_placed_order_is_shown_with_the_price_of_the_shop(self):
        data = self.placed()
        self.assertRegex(data.pop('order_no'), r'^R\d{22}$')
        for field in ('created_at', 'expires_at'):
            self.assertRegex(data.pop(field), r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00$')
        self.assertEqual(
            data,
            {
                'state': 'awaiting_payment',
                'phone': PHONE,
                'country': 'SG',
                'package': {
                    'id': self.package.id,
                    'name': 'Singtel 4 SGD',
                    'kind': 'airtime',
                    'operator': 'Singtel',
                    'face_value': '4.00',
                    'face_currency': 'SGD',
                },
                'list_price_fen': 2380,
                'member_saving_fen': 0,
                'coupon_saving_fen': 0,
                'amount_fen': 2380,
                'currency': 'CNY',
                'paid_at': None,
                'delivered_at': None,
                'confirmed_at': None,
                'finished_at': None,
                'failure': None,
                'refund_request': None,
                'actions': ['pay', 'cancel'],
            },
        )

    def test_code_that_was_bought_is_told_to_its_customer_while_delivered(self):
        data = self.placed()
        path = f'{ORDERS}/{data["order_no"]}'
        self.assertIsNone(self.api('GET', path, user=self.user_a)[1]['data']['voucher'])
        order = self.record(data)
        voucher = {'code': '4111-2222', 'serial': 'SN-9', 'instructions': 'Dial *123*code#'}
        order.write({'state': 'delivered', 'voucher': json.dumps(voucher)})
        self.assertEqual(self.api('GET', path, user=self.user_a)[1]['data']['voucher'], voucher)
        self.assertEqual(self.api('GET', path, user=self.user_b)[0], 404)
        _status, envelope = self.api('GET', ORDERS, user=self.user_a)
        self.assertNotIn('4111-2222', json.dumps(envelope))
        order.state = 'refunding'
        self.assertIsNone(self.api('GET', path, user=self.user_a)[1]['data']['voucher'])

    def test_same_key_gives_the_first_answer_and_no_second_order(self):
        first, second = self.placed(), self.placed()
        self.assertEqual(first, second)
        self.assertEqual(
            self.env['wx.recharge.order'].search_count([('wx_user_id', '=', self.user_a.id)]), 1
        )

    def test_same_key_with_another_body_is_a_conflict(self):
        self.placed()
        status, envelope = self.place(phone=OTHER_PHONE)
        self.assertEqual((status, envelope['code']), (409, 5))

    def test_order_without_a_key_is_refused(self):
        status, envelope = self.api(
            'POST', ORDERS, user=self.user_a, body={'package_id': self.package.id, 'phone': PHONE}
        )
        self.assertEqual((status, envelope['code']), (400, 1))
        self.assertIn('Idempotency-Key', envelope['data']['fields'])

    def test_client_cannot_name_a_price_or_a_state(self):
        for extra in ({'price_fen': 1}, {'amount_fen': 1}, {'state': 'paid'}, {'wx_user_id': 1}):
            with self.subTest(extra=extra):
                status, envelope = self.place(**extra)
                self.assertEqual((status, envelope['code']), (400, 1))
        self.assertFalse(self.env['wx.recharge.order'].search([('phone', '=', PHONE)]))

    def test_wrong_phone_is_named(self):
        for phone in ('+66812345678', '123', 'abcdef', '+65812345678901'):
            with self.subTest(phone=phone):
                status, envelope = self.place(key=f'key-{abs(hash(phone))}', phone=phone)
                self.assertEqual((status, envelope['code']), (400, 1))
                self.assertEqual(list(envelope['data']['fields']), ['phone'])

    def test_unknown_package_is_not_found(self):
        status, envelope = self.place(package_id=2**31 - 1)
        self.assertEqual((status, envelope['code']), (404, 4))

    def test_sold_out_package_is_a_conflict_and_nothing_is_written(self):
        self.package.stock_limited = True
        status, envelope = self.place()
        self.assertEqual((status, envelope['code']), (409, 5))
        self.assertFalse(self.env['wx.recharge.order'].search([('phone', '=', PHONE)]))

    # === READING === #

    def test_own_orders_are_listed_newest_first_in_pages(self):
        numbers = [
            self.placed(key=f'key-000{index}', phone=f'+658123457{index}')['order_no']
            for index in range(3)
        ]
        self.placed(user=self.user_b)
        _status, first = self.api('GET', f'{ORDERS}?limit=2', user=self.user_a)
        cursor = first['data']['next_cursor']
        _status, second = self.api('GET', f'{ORDERS}?limit=2&cursor={cursor}', user=self.user_a)
        listed = [order['order_no'] for page in (first, second) for order in page['data']['items']]
        self.assertEqual(listed, numbers[::-1])
        self.assertIsNone(second['data']['next_cursor'])

    def test_orders_are_filtered_by_state(self):
        data = self.placed()
        for state, expected in (('awaiting_payment', [data['order_no']]), ('delivered', [])):
            _status, envelope = self.api('GET', f'{ORDERS}?state={state}', user=self.user_a)
            self.assertEqual([row['order_no'] for row in envelope['data']['items']], expected)
        status, _envelope = self.api('GET', f'{ORDERS}?state=nonsense', user=self.user_a)
        self.assertEqual(status, 400)

    def test_failed_order_tells_why_in_words_for_customers(self):
        data = self.placed()
        order = self.record(data)
        self._pay(order)
        order._set_failed('refused', 'Reloadly Test · PHONE_BANNED_BY_OPERATOR')
        _status, envelope = self.api('GET', f'{ORDERS}/{data["order_no"]}', user=self.user_a)
        self.assertEqual(envelope['data']['state'], 'refunding')
        self.assertEqual(
            envelope['data']['failure'],
            {'code': 'refused', 'text': 'The operator refused the top-up.'},
        )
        self.assertNotIn('Reloadly', self.last_response.text)

    def test_delivered_order_tells_when(self):
        data = self.placed()
        order = self.record(data)
        order._set_delivered(self._pay(order))
        _status, envelope = self.api('GET', f'{ORDERS}/{data["order_no"]}', user=self.user_a)
        self.assertEqual(envelope['data']['state'], 'delivered')
        self.assertTrue(re.search(r'\+08:00$', envelope['data']['delivered_at']))

    def test_number_of_queries_does_not_grow_with_the_list(self):
        counts = []
        for number in (1, 10):
            for index in range(number):
                self._place(phone=f'+65812{number:02d}0{index:02d}')
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.api('GET', f'{ORDERS}?limit=100', user=self.user_a)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    # === OTHER PEOPLE'S ORDERS === #

    def test_orders_of_others_are_not_found_on_every_route(self):
        number = self.placed(user=self.user_b)['order_no']
        for method, path, body in (
            ('GET', f'{ORDERS}/{number}', None),
            ('POST', f'{ORDERS}/{number}/pay', {'channel': 'wechat'}),
            ('POST', f'{ORDERS}/{number}/cancel', {}),
        ):
            with self.subTest(path=path):
                status, envelope = self.api(method, path, user=self.user_a, body=body)
                self.assertEqual((status, envelope['code']), (404, 4))
        self.assertEqual(self.record({'order_no': number}).state, 'awaiting_payment')

    def test_numbers_that_are_none_are_not_found(self):
        for number in ('1', 'R', '%00', 'R' + '9' * 22, "R'--", '..'):
            with self.subTest(number=number):
                status, _envelope = self.api('POST', f'{ORDERS}/{number}/cancel', user=self.user_a)
                self.assertEqual(status, 404)

    def test_every_route_needs_a_token(self):
        for method, path in (
            ('POST', ORDERS),
            ('GET', ORDERS),
            ('GET', f'{ORDERS}/R1'),
            ('POST', f'{ORDERS}/R1/pay'),
            ('POST', f'{ORDERS}/R1/cancel'),
            ('POST', '/lookup'),
        ):
            with self.subTest(path=path):
                status, envelope = self.api(method, path, body={} if method == 'POST' else None)
                self.assertEqual((status, envelope['code']), (401, 2))

    # === PAYING AND CANCELLING === #

    def test_pay_answers_the_five_fields(self):
        number = self.placed()['order_no']
        answer = {
            'channel': 'wechat',
            'scene': 'miniprogram',
            'state': 'pending',
            'expires_at': '2026-01-01T10:00:00+08:00',
            'invoke': INVOKE,
        }
        payments = self.env.registry['wx.payment.order']
        with patch.object(payments, '_pay', autospec=True, return_value=answer):
            status, envelope = self.api(
                'POST', f'{ORDERS}/{number}/pay', user=self.user_a, body={'channel': 'wechat'}
            )
        self.assertEqual(status, 200, envelope)
        self.assertEqual(envelope['data'], answer)

    def test_pay_by_an_unknown_channel_is_refused(self):
        number = self.placed()['order_no']
        status, envelope = self.api(
            'POST', f'{ORDERS}/{number}/pay', user=self.user_a, body={'channel': 'cash'}
        )
        self.assertEqual((status, envelope['code']), (400, 1))

    def test_unknown_outcome_of_a_payment_is_told(self):
        number = self.placed()['order_no']
        payments = self.env.registry['wx.payment.order']
        error = OutcomeUnknown('ask again')
        with patch.object(payments, '_pay', autospec=True, side_effect=error):
            status, envelope = self.api('POST', f'{ORDERS}/{number}/pay', user=self.user_a, body={})
        self.assertEqual((status, envelope['code']), (202, 8))

    def test_cancelled_order_cannot_be_paid(self):
        number = self.placed()['order_no']
        status, envelope = self.api('POST', f'{ORDERS}/{number}/cancel', user=self.user_a)
        self.assertEqual((status, envelope['data']['state']), (200, 'cancelled'))
        status, envelope = self.api('POST', f'{ORDERS}/{number}/pay', user=self.user_a, body={})
        self.assertEqual((status, envelope['code']), (409, 5))

    def test_cancelling_twice_answers_the_same(self):
        number = self.placed()['order_no']
        for _time in range(2):
            status, envelope = self.api('POST', f'{ORDERS}/{number}/cancel', user=self.user_a)
            self.assertEqual((status, envelope['data']['state']), (200, 'cancelled'))

    def test_paid_order_cannot_be_cancelled(self):
        data = self.placed()
        self._pay(self.record(data))
        status, envelope = self.api('POST', f'{ORDERS}/{data["order_no"]}/cancel', user=self.user_a)
        self.assertEqual((status, envelope['code']), (409, 5))
        self.assertEqual(self.record(data).state, 'fulfilling')
