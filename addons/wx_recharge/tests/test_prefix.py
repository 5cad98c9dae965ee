import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PHONE, RechargeCase


@tagged('post_install', '-at_install')
class TestPrefix(RechargeCase):
    def _enter(self, prefix, operator=None):
        return self.env['wx.recharge.prefix'].create(
            {'prefix': prefix, 'operator_id': (operator or self.operator).id}
        )

    def _match(self, e164=PHONE):
        return self.env['wx.recharge.prefix']._match(e164)

    def test_longest_prefix_counts(self):
        starhub = self._create_operator(name='StarHub')
        self._enter('+658')
        self.assertEqual(self._match(), self.operator)
        self._enter('+6581', starhub)
        self.assertEqual(self._match(), starhub)
        self.assertEqual(self._match('+6591234567'), self.env['wx.recharge.operator'])

    def test_prefix_of_several_operators_offers_all_of_them(self):
        starhub = self._create_operator(name='StarHub')
        self._enter('+6581')
        self._enter('+6581', starhub)
        self.assertEqual(self._match(), self.operator + starhub)

    def test_whole_number_may_be_a_prefix(self):
        self._enter(PHONE)
        self.assertEqual(self._match(), self.operator)

    def test_prefix_is_kept_with_the_country_code(self):
        for text, kept in (
            ('+65 81', '+6581'),
            ('81', '+6581'),
            ('0 8-1', '+6581'),
            ('+65', '+65'),
        ):
            with self.subTest(text=text):
                entry = self._enter(text)
                self.assertEqual((entry.prefix, entry.country_id), (kept, self.country))
                entry.unlink()
        entry = self._enter('81')
        entry.prefix = '082'
        self.assertEqual(entry.prefix, '+6582')

    def test_prefix_of_another_country_or_nonsense_is_refused(self):
        for text in ('+66', '+6', '', '+', '+65x', 'abc', '0'):
            with self.subTest(text=text), self.assertRaises(ValidationError):
                self._enter(text)

    def test_prefix_of_an_operator_is_entered_once(self):
        self._enter('+6581')
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger('odoo.sql_db'):
            self._enter('81')

    def test_table_is_imported_with_names_of_operators(self):
        outcome = self.env['wx.recharge.prefix'].load(
            ['prefix', 'operator_id'], [['081', 'Singtel'], ['+65 82', 'Singtel']]
        )
        self.assertFalse(outcome['messages'])
        self.assertEqual(
            self.env['wx.recharge.prefix'].browse(outcome['ids']).mapped('prefix'),
            ['+6581', '+6582'],
        )
        with mute_logger('odoo.sql_db'):
            outcome = self.env['wx.recharge.prefix'].load(
                ['prefix', 'operator_id'], [['1', 'Nobody']]
            )
        self.assertFalse(outcome['ids'])
