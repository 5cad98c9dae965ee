from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import RechargeHttpCase

BEGIN = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42m'
PIXEL = BEGIN + 'Nk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
OTHER_PIXEL = BEGIN + 'P8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='


@tagged('post_install', '-at_install')
class TestCatalogueHttp(RechargeHttpCase):
    def get(self, path, user=None):
        status, envelope = self.api('GET', path, user=user or self.user_a)
        self.assertEqual((status, envelope['code']), (200, 0), envelope)
        return envelope['data']

    def base(self):
        return self.package.get_base_url()

    def shown(self, operator, **values):
        """Return the operator as the API shows it."""
        plain = {'id': operator.id, 'name': operator.name, 'hot': False, 'logo_url': None}
        return plain | values

    # === COUNTRIES AND OPERATORS === #

    def test_countries_are_listed_with_code_and_calling_code(self):
        self.country.hot = True
        items = {item['iso2']: item for item in self.get('/countries')['items']}
        self.assertEqual(
            items['SG'],
            {
                'iso2': 'SG',
                'name': 'Singapore',
                'calling_code': 65,
                'hot': True,
                'flag_url': f'{self.base()}/base/static/img/country_flags/sg.png',
            },
        )

    def test_archived_country_is_not_listed(self):
        self.country.active = False
        self.assertNotIn('SG', [item['iso2'] for item in self.get('/countries')['items']])

    def test_operators_of_a_country_are_listed_in_the_shops_order(self):
        first = self._create_operator(name='M1', sequence=1, hot=True)
        self._create_operator(name='Gone', active=False)
        self.assertEqual(
            self.get('/operators?country=SG'),
            {
                'items': [self.shown(first, hot=True), self.shown(self.operator)],
                'next_cursor': None,
            },
        )
        self.assertEqual(self.get('/operators?country=KP')['items'], [])
        status, envelope = self.api('GET', '/operators', user=self.user_a)
        self.assertEqual((status, list(envelope['data']['fields'])), (400, ['country']))

    # === LOGOS === #

    def test_logo_is_public_and_kept_for_good(self):
        self.operator.logo = PIXEL
        logo_url = self.get('/operators?country=SG')['items'][0]['logo_url']
        path = logo_url.removeprefix(self.base())
        self.assertNotEqual(path, logo_url)
        answer = self.url_open(path)
        self.assertEqual((answer.status_code, answer.headers['Content-Type']), (200, 'image/png'))
        self.assertIn('immutable', answer.headers['Cache-Control'])
        self.assertIn('public', answer.headers['Cache-Control'])
        self.assertNotIn('Set-Cookie', answer.headers)

    def test_another_logo_has_another_address(self):
        self.operator.logo = PIXEL
        first = self.get('/operators?country=SG')['items'][0]['logo_url']
        self.operator.logo = OTHER_PIXEL
        second = self.get('/operators?country=SG')['items'][0]['logo_url']
        self.assertNotEqual(first, second)
        for path in (first.removeprefix(self.base()), '/recharge/logo/99999999/x'):
            with self.subTest(path=path):
                self.assertEqual(self.url_open(path).status_code, 404)

    def test_logo_of_an_operator_that_is_not_on_show_is_not_given(self):
        self.operator.logo = PIXEL
        path = self.get('/operators?country=SG')['items'][0]['logo_url'].removeprefix(self.base())
        self.operator.active = False
        self.assertEqual(self.url_open(path).status_code, 404)

    def test_supplier_logo_stands_in_for_our_own(self):
        self.operator.logo_url = 'https://supplier.example/singtel.png'
        item = self.get('/operators?country=SG')['items'][0]
        self.assertEqual(item['logo_url'], 'https://supplier.example/singtel.png')

    # === PACKAGES === #

    def test_package_has_all_facts_and_no_cost(self):
        self.package.write(
            {
                'validity_days': 30,
                'benefits': '5 GB\n\n 100 minutes ',
                'hot': True,
                'redemption': 'pin',
                'sale_until': '2099-12-31 16:00:00',
                'limit_user': 3,
                'limit_days': 7,
            }
        )
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
                        'operator': self.shown(self.operator),
                        'face_value': '4.00',
                        'face_currency': 'SGD',
                        'validity_days': 30,
                        'benefits': ['5 GB', '100 minutes'],
                        'redemption': 'pin',
                        'hot': True,
                        'recommended': False,
                        'list_price_fen': 2380,
                        'price_fen': 2380,
                        'currency': 'CNY',
                        'in_stock': True,
                        'sale_until': '2100-01-01T00:00:00+08:00',
                        'limit_user': 3,
                        'limit_number': None,
                        'limit_days': 7,
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

    def test_packages_are_found_by_text_and_mark(self):
        other = self._create_operator(name='StarHub')
        data = self._create_package(
            name='Traveller', description='10 GB', operator_id=other.id, hot=True
        )
        both = self.package + data
        for query, expected in (
            ('q=starhub', data),
            ('q=10+gb', data),
            ('q=SINGTEL', self.package),
            ('q=singapore', both),
            ('q=nothing+like+it', self.env['wx.recharge.package']),
            ('q=', both),
            ('hot=true', data),
            ('hot=false', self.package),
            ('hot=true&q=singtel', self.env['wx.recharge.package']),
        ):
            with self.subTest(query=query):
                items = self.get(f'/packages?country=SG&{query}')['items']
                self.assertEqual([item['id'] for item in items], expected.ids)

    def test_package_hidden_from_a_platform_is_not_shown_there(self):
        self.package.show_ios = False
        path = '/packages?country=SG'
        for query, header, shown in (
            ('', {}, False),
            ('', {'X-Platform': 'ios'}, False),
            ('', {'X-Platform': 'Android'}, True),
            ('', {'X-Platform': 'windows'}, False),
            ('&platform=android', {}, True),
            ('&platform=ios', {'X-Platform': 'android'}, False),
        ):
            with self.subTest(query=query, header=header):
                _status, envelope = self.api('GET', path + query, user=self.user_a, headers=header)
                self.assertEqual(bool(envelope['data']['items']), shown)

    def test_package_is_shown_within_its_time_of_sale_only(self):
        now = fields.Datetime.now()
        with freeze_time(now) as clock:
            self.package.write(
                {
                    'sale_from': now + timedelta(minutes=1),
                    'sale_until': now + timedelta(minutes=3),
                }
            )
            for shown in (False, True, True, False):
                items = self.get('/packages?country=SG')['items']
                self.assertEqual(bool(items), shown, clock.time_to_freeze)
                clock.tick(timedelta(minutes=1))

    def test_one_package_is_read_by_its_id(self):
        path = f'/packages/{self.package.id}'
        self.assertEqual(self.get(path), self.get('/packages?country=SG')['items'][0])
        self.package.sale_until = '2000-01-01'
        for number in (self.package.id, 0, 2**31 - 1, 2**40, 'x', '٣'):
            with self.subTest(number=number):
                status, envelope = self.api('GET', f'/packages/{number}', user=self.user_a)
                self.assertEqual((status, envelope['code']), (404, 4))

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
        # The token's customer, the customer's level, and whether the catalogue has changed.
        self.assertLessEqual(unchanged, 4)
