from decimal import Decimal

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict

from .common import RechargeCase


@tagged('post_install', '-at_install')
class TestPriceRule(RechargeCase):
    """Which rule a package follows, and its floor at the present cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_rates(USD=1, CNY=7.2)
        cls.company_id = cls.env.company.id

    def _rule(self, **values):
        return self.env['wx.recharge.price.rule'].create({'name': 'Rule', **values})

    def _floor(self):
        self.env.flush_all()
        return self.package._floor_price_fen(self.company_id)

    def test_without_a_rule_there_is_no_floor(self):
        self.assertEqual(self._floor(), 0)

    def test_floor_is_the_greater_of_share_and_amount(self):
        rule = self._rule(floor_percent=5)
        self.assertEqual(self._floor(), 2160 + 108)
        rule.floor_fen = 200
        self.assertEqual(self._floor(), 2360)

    def test_floor_follows_the_cost_at_once(self):
        self._rule(floor_percent=10)
        self.assertEqual(self._floor(), 2376)
        self.product.cost = 4
        self.assertEqual(self._floor(), 3168)

    def test_lowest_sequence_wins(self):
        self._rule(floor_fen=100, sequence=20, operator_id=self.operator.id)
        self._rule(floor_fen=200, sequence=10)
        self.assertEqual(self._floor(), 2360)

    def test_of_one_sequence_the_narrowest_wins(self):
        for floor, values in (
            (100, {}),
            (200, {'kind': 'airtime'}),
            (300, {'country_id': self.country.id}),
            (400, {'country_id': self.country.id, 'kind': 'airtime'}),
            (500, {'operator_id': self.operator.id}),
        ):
            self._rule(floor_fen=floor, **values)
            self.assertEqual(self._floor(), 2160 + floor)

    def test_rules_of_others_do_not_count(self):
        elsewhere = self.env['res.company'].create({'name': 'Elsewhere'})
        thailand = self.env['wx.recharge.country'].search([('iso2', '=', 'MY')], limit=1)
        country = thailand or self.env['wx.recharge.country'].create(
            {'country_id': self.env.ref('base.my').id}
        )
        for values in (
            {'kind': 'data'},
            {'country_id': country.id},
            {'operator_id': self._create_operator(name='StarHub').id},
            {'company_id': elsewhere.id},
            {'active': False},
        ):
            self._rule(floor_fen=500, **values)
        self.assertEqual(self._floor(), 0)

    def test_floor_without_a_rate_is_refused(self):
        self._rule(floor_percent=5)
        self.env['res.currency.rate'].search([]).unlink()
        with (
            self.assertRaises(Conflict),
            self.assertLogs('odoo.addons.wx_recharge.models.wx_recharge_package_price', 'ERROR'),
        ):
            self._floor()

    def test_package_that_cannot_be_delivered_has_no_floor(self):
        self._rule(floor_percent=5)
        self.product.active = False
        self.assertEqual(self._floor(), 0)

    def test_margins_are_not_negative(self):
        for name in ('margin_percent', 'margin_fen', 'floor_percent', 'floor_fen'):
            with (
                self.subTest(field=name),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger('odoo.sql_db'),
                self.env.cr.savepoint(),
            ):
                self._rule(**{name: -1})

    # === RATES === #

    def test_rate_is_yuan_for_one_unit(self):
        self._set_rates(SGD=1.35)
        rate = self.env.ref('base.SGD')._yuan_rate(self.env.company)
        self.assertEqual(rate, Decimal('5.3333333333'))
        self.assertEqual(self.env.ref('base.CNY')._yuan_rate(self.env.company), 1)

    def test_missing_rate_names_the_currency(self):
        self.env['res.currency.rate'].search(
            [('currency_id', '=', self.env.ref('base.SGD').id)]
        ).unlink()
        with self.assertRaisesRegex(UserError, r'No exchange rate on .* for: SGD$'):
            self.env.ref('base.SGD')._yuan_rate(self.env.company)

    def test_missing_rate_of_the_yuan_itself_is_named(self):
        self.env['res.currency.rate'].search(
            [('currency_id', '=', self.env.ref('base.CNY').id)]
        ).unlink()
        with self.assertRaisesRegex(UserError, r'for: CNY$'):
            self.env.ref('base.USD')._yuan_rate(self.env.company)

    def test_rate_of_a_later_day_does_not_count(self):
        self.env['res.currency.rate'].create(
            {
                'name': '2999-01-01',
                'currency_id': self.env.ref('base.CNY').id,
                'rate': 9,
                'company_id': self.company_id,
            }
        )
        rate = self.env.ref('base.USD')._yuan_rate(self.env.company)
        self.assertEqual(rate, Decimal('7.2'))
