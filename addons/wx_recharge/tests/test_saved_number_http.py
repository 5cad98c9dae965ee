import secrets

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const.numbers import RECENT_MAX, SAVED_MAX
from .common import OTHER_PHONE, PHONE, RechargeHttpCase

NUMBERS = '/recharge/numbers'


@tagged('post_install', '-at_install')
class TestSavedNumberHttp(RechargeHttpCase):
    def save(self, user=None, key=None, **body):
        return self.api(
            'POST',
            NUMBERS,
            user=user or self.user_a,
            body={'phone': PHONE, **body},
            headers={'Idempotency-Key': key or secrets.token_hex(8)},
        )

    def saved(self, user=None, **body):
        status, envelope = self.save(user, **body)
        self.assertEqual(status, 200, envelope)
        return envelope['data']

    def listed(self, user=None):
        status, envelope = self.api('GET', NUMBERS, user=user or self.user_a)
        self.assertEqual(status, 200, envelope)
        return envelope['data']

    # === SAVING === #

    def test_number_is_saved_as_orders_have_it(self):
        data = self.saved(
            phone='8123 4567', country='SG', label='Mum', operator_id=self.operator.id
        )
        expected = {
            'id': data['id'],
            'phone': PHONE,
            'label': 'Mum',
            'country': 'SG',
            'operator': {
                'id': self.operator.id,
                'name': 'Singtel',
                'hot': False,
                'logo_url': None,
            },
            'last_used_at': None,
        }
        self.assertEqual(data, expected)
        self.assertEqual(self.listed(), {'items': [expected], 'recent': []})
        self.assertEqual(self.listed(self.user_b), {'items': [], 'recent': []})

    def test_number_is_saved_once_for_a_customer(self):
        self.saved(label='Mum')
        status, envelope = self.save(label='Dad')
        self.assertEqual((status, envelope['code']), (409, 5))
        self.assertEqual([item['label'] for item in self.listed()['items']], ['Mum'])
        self.saved(user=self.user_b)

    def test_request_that_is_repeated_saves_once(self):
        first = self.save(key='the-same-key')
        self.assertEqual(self.save(key='the-same-key')[1]['data'], first[1]['data'])
        self.assertEqual(len(self.listed()['items']), 1)

    def test_number_of_numbers_is_limited(self):
        self.env['wx.recharge.saved.number'].create(
            [
                {
                    'wx_user_id': self.user_a.id,
                    'number': f'+659000{number:04}',
                    'country_id': self.country.id,
                }
                for number in range(SAVED_MAX)
            ]
        )
        status, envelope = self.save()
        self.assertEqual((status, envelope['code']), (409, 5))
        self.assertIn(str(SAVED_MAX), envelope['msg'])

    def test_wrong_input_is_named(self):
        other = (
            self.env['wx.recharge.operator'].search(
                [('country_id', '!=', self.country.id)], limit=1
            )
            or self._operator_elsewhere()
        )
        for body, field in (
            ({'phone': '81234567'}, 'phone'),
            ({'phone': '+254712123456'}, 'phone'),
            ({'label': 'x' * 41}, 'label'),
            ({'operator_id': other.id}, 'operator_id'),
            ({'operator_id': 2**31}, 'operator_id'),
            ({'wx_user_id': 1}, 'wx_user_id'),
        ):
            with self.subTest(body=body):
                status, envelope = self.save(**body)
                self.assertEqual((status, list(envelope['data']['fields'])), (400, [field]))
        self.assertEqual(self.listed()['items'], [])

    def _operator_elsewhere(self):
        bhutan = self.env['wx.recharge.country'].create({'country_id': self.env.ref('base.bt').id})
        return self._create_operator(name='TashiCell', country_id=bhutan.id)

    # === CHANGING === #

    def test_only_what_is_sent_is_changed(self):
        number = self.saved(label='Mum', operator_id=self.operator.id)
        for body, expected in (
            ({'label': 'Mother'}, ('Mother', self.operator.id)),
            ({'operator_id': None}, ('Mother', None)),
            ({}, ('Mother', None)),
            ({'label': None, 'operator_id': self.operator.id}, (None, self.operator.id)),
        ):
            with self.subTest(body=body):
                _status, envelope = self.api(
                    'PATCH', f'{NUMBERS}/{number["id"]}', user=self.user_a, body=body
                )
                data = envelope['data']
                operator = data['operator'] and data['operator']['id']
                self.assertEqual((data['label'], operator), expected)

    def test_number_itself_is_not_changed(self):
        number = self.saved()
        status, _envelope = self.api(
            'PATCH', f'{NUMBERS}/{number["id"]}', user=self.user_a, body={'phone': OTHER_PHONE}
        )
        self.assertEqual(status, 400)

    def test_number_is_deleted(self):
        number = self.saved()
        path = f'{NUMBERS}/{number["id"]}'
        self.assertEqual(self.api('DELETE', path, user=self.user_a)[0], 200)
        self.assertEqual(self.api('DELETE', path, user=self.user_a)[0], 404)
        self.assertEqual(self.listed()['items'], [])

    def test_numbers_of_others_are_not_there(self):
        number = self.saved(label='Mum')
        for number_id in (number['id'], 2**31 - 1, 2**40, 'x'):
            path = f'{NUMBERS}/{number_id}'
            for method in ('PATCH', 'DELETE'):
                with self.subTest(method=method, number_id=number_id):
                    body = {'label': 'Mine'} if method == 'PATCH' else None
                    status, _envelope = self.api(method, path, user=self.user_b, body=body)
                    self.assertEqual(status, 404)
        self.assertEqual([item['label'] for item in self.listed()['items']], ['Mum'])

    def test_token_is_asked_for_before_the_id(self):
        for path in (f'{NUMBERS}/x', f'{NUMBERS}/1'):
            with self.subTest(path=path):
                self.assertEqual(self.api('DELETE', path)[0], 401)
        self.assertEqual(self.api('GET', '/packages/x')[0], 401)

    # === RECENT === #

    def test_numbers_of_orders_are_offered_the_last_one_first(self):
        first = self._place()
        second = self._place(phone=OTHER_PHONE)
        self._place(user=self.user_b, phone='+6581234569')
        recent = self.listed()['recent']
        self.assertEqual(
            [(item['phone'], item['order_no'], item['country']) for item in recent],
            [(OTHER_PHONE, second.order_no, 'SG'), (PHONE, first.order_no, 'SG')],
        )
        self.assertEqual(recent[0]['operator']['id'], self.operator.id)
        again = self._place()
        recent = self.listed()['recent']
        self.assertEqual([item['order_no'] for item in recent], [again.order_no, second.order_no])

    def test_saved_number_is_not_offered_a_second_time_but_says_when_it_was_used(self):
        order = self._place()
        self._place(user=self.user_b)
        self.saved()
        data = self.listed()
        self.assertEqual(data['recent'], [])
        used = data['items'][0]['last_used_at']
        self.assertTrue(used.endswith('+08:00'))
        saved = self.env['wx.recharge.saved.number'].search([('wx_user_id', '=', self.user_a.id)])
        self.assertEqual(saved.last_used_at, order.create_date)

    def test_so_many_recent_numbers_and_no_more(self):
        for number in range(RECENT_MAX + 2):
            self._place(phone=f'+6581234{number + 100}')
        self.assertEqual(len(self.listed()['recent']), RECENT_MAX)

    def test_number_of_queries_does_not_grow_with_the_list(self):
        self.saved()
        self.listed()
        counts = []
        for number in (1, 10):
            for index in range(number):
                self.saved(phone=f'+658123{number:02}{index:02}')
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.listed()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    # === STAFF === #

    def test_operator_must_be_of_the_numbers_country(self):
        with self.assertRaisesRegex(Exception, 'another country'), mute_logger('odoo.sql_db'):
            self.env['wx.recharge.saved.number'].create(
                {
                    'wx_user_id': self.user_a.id,
                    'number': PHONE,
                    'country_id': self.country.id,
                    'operator_id': self._operator_elsewhere().id,
                }
            )
