from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import RechargeHttpCase


@tagged('post_install', '-at_install')
class TestCatalogueCacheHttp(RechargeHttpCase):
    """A client that has the answer hears that it has, and any change that it sees is one."""

    def ask(self, path, known=None, **values):
        """Return the status and the entity tag of the answer."""
        headers = {
            'Authorization': f'Bearer {self._token(values.pop("user", self.user_a))}',
            'Accept-Language': 'en-US',
            **({'If-None-Match': known} if known else {}),
            **values,
        }
        self.last_response = self.url_open(f'/api/mp/v1{path}', headers=headers)
        return self.last_response.status_code, self.last_response.headers.get('ETag')

    def _assert_changes(self, path, change, **values):
        """Assert that what the client has is good until `change` was called."""
        _status, tag = self.ask(path)
        self.assertEqual(self.ask(path, tag), (304, tag))
        change()
        status, changed = self.ask(path, tag, **values)
        self.assertEqual(status, 200)
        self.assertNotEqual(changed, tag)
        self.assertEqual(self.ask(path, changed, **values)[0], 304)

    PACKAGES = '/packages?country=SG'

    def test_client_that_has_the_answer_is_sent_nothing(self):
        package = f'/packages/{self.package.id}'
        for path in ('/countries', '/operators?country=SG', self.PACKAGES, package):
            with self.subTest(path=path):
                status, tag = self.ask(path)
                self.assertEqual((status, bool(tag)), (200, True))
                self.assertEqual(self.last_response.headers['Cache-Control'], 'private, no-cache')
                for known in (tag, f'W/{tag}', f'"other", {tag}', '*'):
                    self.assertEqual(self.ask(path, known), (304, tag))
                    self.assertEqual(self.last_response.content, b'')
                self.assertEqual(self.ask(path, '"other"'), (200, tag))

    def test_other_answers_are_never_kept(self):
        self.assertIsNone(self.ask('/profile')[1])
        self.assertEqual(self.last_response.headers['Cache-Control'], 'no-store')

    def test_error_is_never_kept(self):
        status, tag = self.ask('/packages?limit=0', '*')
        self.assertEqual((status, tag), (400, None))

    def test_whatever_is_shown_of_a_package_changes_the_answer(self):
        for values in (
            {'price_fen': 2390},
            {'name': 'Singtel Four'},
            {'description': 'For visitors'},
            {'benefits': '1 GB'},
            {'validity_days': 8},
            {'redemption': 'pin'},
            {'hot': True},
            {'recommended': True},
            {'sale_until': '2099-01-01'},
            {'limit_number': 2},
            {'face_value': 4.5},
            {'kind': 'data'},
        ):
            with self.subTest(values=values):
                self._assert_changes(
                    self.PACKAGES, lambda values=values: self.package.write(values)
                )

    def test_what_belongs_to_a_package_changes_the_answer(self):
        self._assert_changes(self.PACKAGES, lambda: self.operator.write({'name': 'Other'}))
        self._assert_changes(self.PACKAGES, lambda: self.operator.write({'hot': True}))
        self._assert_changes(self.PACKAGES, lambda: self._create_package(name='New'))
        self._assert_changes(self.PACKAGES, lambda: self.package.write({'sequence': 99}))
        self._assert_changes(self.PACKAGES, lambda: self.package.write({'active': False}))

    def test_stock_changes_the_answer_when_it_is_used_up(self):
        self.package.write({'stock_limited': True, 'stock_qty': 2})
        _status, tag = self.ask(self.PACKAGES)
        self.package._take_stock()
        self.assertEqual(self.ask(self.PACKAGES, tag)[0], 304)
        self._assert_changes(self.PACKAGES, self.package._take_stock)
        self._assert_changes(self.PACKAGES, self.package._return_stock)

    def test_time_of_sale_changes_the_answer_as_it_passes(self):
        now = fields.Datetime.now()
        self._create_package(name='Other')
        with freeze_time(now) as clock:
            self.package.write({'sale_until': now + timedelta(hours=1)})
            self._assert_changes(self.PACKAGES, lambda: clock.tick(timedelta(hours=1)))

    def test_language_changes_the_answer(self):
        self.env['res.lang']._activate_lang('zh_CN')
        for path in ('/countries', '/operators?country=SG', self.PACKAGES):
            with self.subTest(path=path):
                _status, tag = self.ask(path)
                status, chinese = self.ask(path, tag, **{'Accept-Language': 'zh-CN'})
                self.assertEqual((status, chinese == tag), (200, False))

    def test_platform_changes_the_answer_when_it_sees_something_else(self):
        self.package.show_ios = False
        self._assert_changes(self.PACKAGES, lambda: None, **{'X-Platform': 'android'})

    def test_answer_of_another_customer_is_no_other_one_at_the_same_price(self):
        _status, tag = self.ask(self.PACKAGES)
        self.assertEqual(self.ask(self.PACKAGES, tag, user=self.user_b)[0], 304)

    def test_page_that_others_follow_is_another_answer(self):
        path = f'{self.PACKAGES}&limit=1'
        self._assert_changes(path, lambda: self._create_package(name='Next', sequence=99))

    def test_countries_and_operators_change_with_what_is_shown_of_them(self):
        self._assert_changes('/countries', lambda: self.country.write({'hot': True}))
        self._assert_changes('/countries', lambda: self.country.write({'active': False}))
        self.country.active = True
        path = '/operators?country=SG'
        self._assert_changes(path, lambda: self.operator.write({'name': 'Other'}))
        self._assert_changes(path, lambda: self.operator.write({'logo_url': 'https://x.example/1'}))
        self._assert_changes(path, lambda: self._create_operator(name='New'))

    def test_price_of_the_member_level_is_told_and_changes_the_answer(self):
        level = self.env['wx.member.level'].create({'name': 'Gold', 'code': 'gold_test'})

        def price(package, level_id):
            return 2142 if level_id == level.id else 2380

        with patch.object(self.env.registry['wx.recharge.package'], '_price_fen_for', price):
            self._assert_changes(
                self.PACKAGES, lambda: self.user_a.write({'member_level_id': level.id})
            )
            self.assertEqual(self._prices(self.user_a), (2380, 2142))
            self.assertEqual(self._prices(self.user_b), (2380, 2380))

    def _prices(self, user):
        _status, envelope = self.api('GET', self.PACKAGES, user=user)
        package = envelope['data']['items'][0]
        return package['list_price_fen'], package['price_fen']
