import os
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..utils import print_code
from .common import CouponHttpCase


@tagged('post_install', '-at_install')
class TestCouponHttp(CouponHttpCase):
    def _flush(self):
        self.env.flush_all()

    # === CLAIM CENTRE === #

    def test_the_claim_centre_shows_what_is_left_and_what_one_has(self):
        template = self._create_template(
            name='Ten', kind='percent', percent=10, cap_fen=300, total_qty=5, sequence=1
        )
        template._give(self.user_b, 'gift', ['one'])
        self._flush()
        items = self.get('/coupons/templates?limit=100')['items']
        shown = next(item for item in items if item['id'] == template.id)
        self.assertEqual(
            shown,
            {
                'id': template.id,
                'name': 'Ten',
                'terms': '',
                'discount': {
                    'kind': 'percent',
                    'amount_fen': None,
                    'percent': 10,
                    'cap_fen': 300,
                    'threshold_fen': 0,
                    'stackable': False,
                    'scope': shown['discount']['scope'],
                },
                'valid_from': None,
                'valid_until': None,
                'valid_days': 30,
                'claim_until': None,
                'remaining': 4,
                'own': 0,
                'per_customer': 1,
                'can_claim': True,
            },
        )

    def test_the_claim_centre_is_paged(self):
        self.env['wx.coupon.template'].search([]).write({'claimable': False})
        wanted = [self._create_template(sequence=place).id for place in (1, 2, 3)]
        self._flush()
        first = self.get('/coupons/templates?limit=2')
        self.assertEqual([item['id'] for item in first['items']], wanted[:2])
        second = self.get(f'/coupons/templates?limit=2&cursor={first["next_cursor"]}')
        self.assertEqual([item['id'] for item in second['items']], wanted[2:])
        self.assertIsNone(second['next_cursor'])

    def test_a_claim_repeated_under_its_key_is_one_claim(self):
        template = self._create_template(user_qty=5)
        self._flush()
        path = f'/coupons/templates/{template.id}/claim'
        status, first = self.post(path, key='claim-once-1')
        again = self.post(path, key='claim-once-1')
        self.assertEqual((status, again[1]['data']), (200, first['data']))
        self.assertEqual(first['data']['state'], 'issued')
        self.assertEqual(self.env['wx.coupon'].search_count([('template_id', '=', template.id)]), 1)

    def test_a_claim_needs_a_key_and_a_token(self):
        path = f'/coupons/templates/{self.template.id}/claim'
        self.assertRefused(self.api('POST', path, user=self.user_a, body={}), 400, 1)
        self.assertRefused(self.api('POST', path, body={}), 401, 2)

    def test_more_than_one_may_have_is_a_conflict(self):
        template = self._create_template()
        self._flush()
        path = f'/coupons/templates/{template.id}/claim'
        self.assertEqual(self.post(path)[0], 200)
        self.assertRefused(self.post(path), 409, 5)
        shown = next(
            item
            for item in self.get('/coupons/templates?limit=100')['items']
            if item['id'] == template.id
        )
        self.assertEqual((shown['own'], shown['can_claim']), (1, False))

    def test_what_cannot_be_claimed_is_not_found(self):
        draft = self._create_template(state='draft')
        self._flush()
        for template_id in (draft.id, 2**31 - 1, 10**30, 0, 'x', '1e3'):
            with self.subTest(template_id=template_id):
                self.assertRefused(self.post(f'/coupons/templates/{template_id}/claim'), 404, 4)

    # === OWN COUPONS === #

    def test_customers_read_their_own_coupons_and_no_others(self):
        own, foreign = self._coupon(name='Mine'), self._coupon(self.user_b)
        own.template_id.action_end()
        self._flush()
        self.assertEqual([item['id'] for item in self.get('/coupons')['items']], [own.id])
        self.assertEqual(self.get(f'/coupons/{own.id}')['name'], 'Mine')
        for coupon_id in (foreign.id, 2**31 - 1, 10**30, 'x', '%C2%B2'):
            answer = self.api('GET', f'/coupons/{coupon_id}', user=self.user_a)
            self.assertRefused(answer, 404, 4)

    def test_without_a_token_nothing_is_told(self):
        for method, path in (
            ('GET', '/coupons'),
            ('GET', '/coupons/{coupon_id}'),
            ('GET', '/coupons/templates'),
            ('POST', '/coupons/templates/{template_id}/claim'),
            ('POST', '/coupons/redeem'),
            ('GET', '/profile/birthday'),
        ):
            with self.subTest(path=path):
                body = {} if method == 'POST' else None
                self.assertRefused(self.api(method, path, body=body), 401, 2)

    def test_coupons_are_listed_by_state_as_the_clock_sees_it(self):
        good, past, used = (self._coupon() for _number in range(3))
        past.valid_until = fields.Datetime.now() - timedelta(seconds=1)
        document = self._document()
        used._hold(document)
        used._use(document)
        self._flush()
        for state, coupon in (('issued', good), ('expired', past), ('used', used)):
            with self.subTest(state=state):
                items = self.get(f'/coupons?state={state}')['items']
                self.assertEqual([(i['id'], i['state']) for i in items], [(coupon.id, state)])
        self.assertEqual(self.get('/coupons?state=held')['items'], [])
        answer = self.api('GET', '/coupons?state=ready', user=self.user_a)
        self.assertIn('state', self.assertRefused(answer, 400, 1)['data']['fields'])

    def test_own_coupons_are_paged_newest_first(self):
        coupons = [self._coupon().id for _number in range(3)]
        self._flush()
        first = self.get('/coupons?limit=2')
        self.assertEqual([item['id'] for item in first['items']], coupons[:0:-1])
        second = self.get(f'/coupons?limit=2&cursor={first["next_cursor"]}')
        self.assertEqual([item['id'] for item in second['items']], coupons[:1])
        self.assertIsNone(second['next_cursor'])

    def test_a_coupon_tells_neither_code_nor_key(self):
        coupon = self._coupon()
        self._flush()
        self.assertEqual(
            set(self.get(f'/coupons/{coupon.id}')),
            {
                'id',
                'template_id',
                'name',
                'terms',
                'state',
                'discount',
                'valid_from',
                'valid_until',
                'used_at',
            },
        )

    # === CODES === #

    def test_a_code_is_redeemed_once(self):
        batch = self.template.action_make_codes(1)
        coupon = self.env['wx.coupon'].search([('batch', '=', batch)])
        typed = {'code': print_code(coupon.code)}
        self._flush()
        for _time in range(2):
            status, envelope = self.post('/coupons/redeem', typed)
            self.assertEqual((status, envelope['data']['id']), (200, coupon.id))
        self.assertRefused(self.post('/coupons/redeem', typed, user=self.user_b), 409, 5)

    def test_guessing_is_slow(self):
        with patch.dict(os.environ, {'WX_RATE_LIMITS': 'on'}):
            answers = [
                self.post(
                    '/coupons/redeem',
                    {'code': f'AAAABBBB22{number:02}'.replace('0', 'X').replace('1', 'Y')},
                )
                for number in range(12)
            ]
        self.assertEqual([status for status, _envelope in answers], [404] * 10 + [429] * 2)

    def test_what_is_no_code_is_not_found(self):
        for code in ('x', '%%%%%%%%%%%%', 'Ａ' * 12):
            with self.subTest(code=code):
                self.assertRefused(self.post('/coupons/redeem', {'code': code}), 404, 4)
        self.assertRefused(self.post('/coupons/redeem', {'code': ''}), 400, 1)

    # === BIRTHDAY === #

    def test_a_birthday_is_told_once(self):
        path = '/profile/birthday'
        self.assertEqual(self.get(path), {'birthday': None})
        day = {'birthday': '1990-06-15'}
        for _time in range(2):
            status, envelope = self.api('PUT', path, user=self.user_a, body=day)
            self.assertEqual((status, envelope['data']), (200, day))
        self.assertEqual(self.get(path), day)
        self.assertEqual(self.get(path, self.user_b), {'birthday': None})
        other = self.api('PUT', path, user=self.user_a, body={'birthday': '1990-06-16'})
        self.assertRefused(other, 409, 5)

    def test_a_birthday_is_a_date_in_the_past(self):
        for day in ('2999-01-01', '1990-02-30', 'soon', None):
            with self.subTest(day=day):
                answer = self.api(
                    'PUT', '/profile/birthday', user=self.user_a, body={'birthday': day}
                )
                self.assertIn('birthday', self.assertRefused(answer, 400, 1)['data']['fields'])

    # === DOCUMENT === #

    def test_the_api_description_has_the_routes(self):
        paths = self.url_open('/api/mp/v1/openapi.json').json()['paths']
        for path in (
            '/coupons',
            '/coupons/{coupon_id}',
            '/coupons/redeem',
            '/coupons/templates',
            '/coupons/templates/{template_id}/claim',
            '/profile/birthday',
        ):
            self.assertIn(f'/api/mp/v1{path}', paths)
