from odoo.tests import tagged

from .common import AUTO_DETECT, RechargeHttpCase, error_reply


@tagged('post_install', '-at_install')
class TestCatalogueHttp(RechargeHttpCase):
    def get(self, path, user=None):
        status, envelope = self.api('GET', path, user=user or self.user_a)
        self.assertEqual((status, envelope['code']), (200, 0), envelope)
        return envelope['data']

    # === COUNTRIES === #

    def test_countries_are_listed_with_code_and_calling_code(self):
        items = self.get('/countries')['items']
        self.assertIn({'iso2': 'SG', 'name': 'Singapore', 'calling_code': 65}, items)

    def test_archived_country_is_not_listed(self):
        self.country.active = False
        self.assertNotIn('SG', [item['iso2'] for item in self.get('/countries')['items']])

    # === PACKAGES === #

    def test_package_has_all_facts_and_no_cost(self):
        self.package.validity_days = 30
        data = self.get('/packages?country=SG')
        self.assertEqual(
            data,
            {
                'items': [
                    {
                        'id': self.package.id,
                        'name': 'Singtel 4 SGD',
                        'description': '',
                        'kind': 'airtime',
                        'country': 'SG',
                        'operator': {'id': self.operator.id, 'name': 'Singtel'},
                        'face_value': '4.00',
                        'face_currency': 'SGD',
                        'validity_days': 30,
                        'price_fen': 2380,
                        'currency': 'CNY',
                        'in_stock': True,
                    }
                ],
                'next_cursor': None,
            },
        )

    def test_packages_are_filtered(self):
        other = self._create_operator(name='StarHub')
        data = self._create_package(name='Data', kind='data', operator_id=other.id, face_value=0)
        for query, expected in (
            ('kind=airtime', self.package),
            ('kind=data', data),
            (f'operator_id={other.id}', data),
            (f'operator_id={other.id}&kind=airtime', self.env['wx.recharge.package']),
        ):
            with self.subTest(query=query):
                items = self.get(f'/packages?country=SG&{query}')['items']
                self.assertEqual([item['id'] for item in items], expected.ids)
        self.assertIsNone(self.get('/packages?country=SG&kind=data')['items'][0]['face_value'])

    def test_pages_follow_each_other(self):
        packages = self.package + self._create_package(name='B') + self._create_package(name='C')
        first = self.get('/packages?country=SG&limit=2')
        second = self.get(f'/packages?country=SG&limit=2&cursor={first["next_cursor"]}')
        ids = [item['id'] for page in (first, second) for item in page['items']]
        self.assertEqual(ids, packages.ids)
        self.assertIsNone(second['next_cursor'])

    def test_sold_out_package_says_so(self):
        self.package.stock_limited = True
        self.assertIs(self.get('/packages?country=SG')['items'][0]['in_stock'], False)

    def test_name_is_in_the_language_of_the_client(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.package.with_context(lang='zh_CN').name = '新电信 4 新元'
        _status, envelope = self.api(
            'GET', '/packages?country=SG', user=self.user_a, headers={'Accept-Language': 'zh-CN'}
        )
        self.assertEqual(envelope['data']['items'][0]['name'], '新电信 4 新元')

    def test_wrong_parameters_are_named(self):
        for query, field in (
            ('country=Singapore', 'country'),
            ('country=sg', 'country'),
            ('kind=voice', 'kind'),
            ('operator_id=x', 'operator_id'),
            ('operator_id=0', 'operator_id'),
            ('operator_id=99999999999', 'operator_id'),
            ('limit=0', 'limit'),
            ('limit=101', 'limit'),
            ('cursor=%00', 'cursor'),
            ('cursor=!!', 'cursor'),
            ('price_fen=1', 'price_fen'),
        ):
            with self.subTest(query=query):
                status, envelope = self.api('GET', f'/packages?{query}', user=self.user_a)
                self.assertEqual((status, envelope['code']), (400, 1))
                self.assertIn(field, envelope['data']['fields'])

    def test_catalogue_needs_a_token(self):
        for path in ('/countries', '/packages'):
            status, envelope = self.api('GET', path)
            self.assertEqual((status, envelope['code']), (401, 2))

    def test_number_of_queries_does_not_grow_with_the_list(self):
        self.get('/packages?country=SG&limit=100')
        counts = []
        for number in (1, 30, 0):
            for index in range(number):
                operator = self._create_operator(name=f'Operator {number} {index}')
                self._create_package(name=f'P{number} {index}', operator_id=operator.id)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.get('/packages?country=SG&limit=100')
            counts.append(self.env.cr.sql_log_count - before)
        changed_little, changed_much, unchanged = counts
        self.assertEqual(changed_little, changed_much)
        self.assertLessEqual(unchanged, 3)

    # === LOOKUP === #

    def lookup(self, **body):
        return self.api('POST', '/lookup', user=self.user_a, body=body)

    def test_lookup_offers_the_detected_operator_first_and_chooses_none(self):
        first = self._create_operator(name='M1', sequence=1)
        self.outside.on(AUTO_DETECT, {'operatorId': 901, 'name': 'Singtel'})
        status, envelope = self.lookup(phone='+65 8123 4567')
        self.assertEqual(status, 200)
        self.assertEqual(
            envelope['data'],
            {
                'phone': '+6581234567',
                'country': 'SG',
                'candidates': [
                    {'operator': {'id': self.operator.id, 'name': 'Singtel'}, 'detected': True},
                    {'operator': {'id': first.id, 'name': 'M1'}, 'detected': False},
                ],
            },
        )

    def test_lookup_of_a_national_number_needs_the_country(self):
        self.outside.on(AUTO_DETECT, TimeoutError)
        self.assertEqual(self.lookup(phone='81234567', country='SG')[0], 200)
        status, envelope = self.lookup(phone='81234567')
        self.assertEqual((status, envelope['code']), (400, 1))
        self.assertIn('phone', envelope['data']['fields'])

    def test_lookup_works_though_the_supplier_does_not(self):
        self.outside.on(AUTO_DETECT, error_reply(500, 'X'))
        status, envelope = self.lookup(phone='+6581234567')
        self.assertEqual(status, 200)
        self.assertEqual(
            envelope['data']['candidates'],
            [{'operator': {'id': self.operator.id, 'name': 'Singtel'}, 'detected': False}],
        )

    def test_lookup_of_a_country_not_sold_names_the_phone(self):
        status, envelope = self.lookup(phone='+254712123456')
        self.assertEqual((status, envelope['code']), (400, 1))
        self.assertIn('phone', envelope['data']['fields'])
        self.assertFalse(self.outside.calls)

    def test_lookup_of_nonsense_is_refused(self):
        for phone in ('', 'abc', '+65', '\x00\x00\x00\x00\x00', '9' * 40, None, 5, ['+65']):
            with self.subTest(phone=phone):
                status, envelope = self.lookup(phone=phone)
                self.assertEqual((status, envelope['code']), (400, 1))
