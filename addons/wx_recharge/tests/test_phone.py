import re
from datetime import datetime

from odoo.tests import tagged

from odoo.addons.wx_base.exceptions import InvalidInput

from ..utils import SHOP_ZONE, check_phone_country, make_order_no, make_reference, parse_phone
from .common import RechargeCase


@tagged('post_install', '-at_install')
class TestPhone(RechargeCase):
    def test_international_number_needs_no_country(self):
        self.assertEqual(parse_phone(self.env, '+65 8123 4567'), ('+6581234567', 'SG'))

    def test_national_number_is_read_in_its_country(self):
        self.assertEqual(parse_phone(self.env, '081-234 5678', 'TH'), ('+66812345678', 'TH'))

    def test_number_without_plus_and_country_is_refused_with_the_remedy(self):
        with self.assertRaises(InvalidInput) as caught:
            parse_phone(self.env, '81234567')
        self.assertEqual(list(caught.exception.fields), ['phone'])
        self.assertIn('+', caught.exception.fields['phone'])

    def test_numbers_nobody_can_have_are_refused(self):
        for text in (
            '',
            'abc',
            '+',
            '+65',
            '+65123',
            '+659999999999999',
            '+0000000000',
            '+65 1',
            '+6581234567 ext. 5',
            '٠٠٠',
            '+800 1234 5678',
        ):
            with self.subTest(text=text), self.assertRaises(InvalidInput) as caught:
                parse_phone(self.env, text)
            self.assertEqual(list(caught.exception.fields), ['phone'])

    def test_fixed_lines_and_service_numbers_are_refused(self):
        for text in ('+6562345678', '+18002345678', '+441632960000', '+6618001234567'):
            with self.subTest(text=text), self.assertRaises(InvalidInput) as caught:
                parse_phone(self.env, text)
            self.assertEqual(list(caught.exception.fields), ['phone'])

    def test_kinds_the_metadata_cannot_tell_apart_are_let_pass(self):
        self.assertEqual(parse_phone(self.env, '+12025550123'), ('+12025550123', 'US'))

    def test_number_must_be_of_the_package_country(self):
        self.assertEqual(check_phone_country(self.env, '81234567', self.country), PHONE_SG)
        with self.assertRaises(InvalidInput) as caught:
            check_phone_country(self.env, '+66812345678', self.country)
        self.assertIn('Singapore', caught.exception.fields['phone'])

    def test_shared_calling_code_does_not_make_the_country(self):
        self.country.country_id = self.env.ref('base.ca')
        with self.assertRaises(InvalidInput):
            check_phone_country(self.env, '+12025550123', self.country)

    def test_references_fit_every_supplier_and_differ(self):
        references = {make_reference() for _number in range(100)}
        self.assertEqual(len(references), 100)
        for reference in references:
            self.assertTrue(re.fullmatch('[A-Z2-7]{24}', reference))

    def test_order_number_begins_with_the_time_in_shanghai(self):
        number = make_order_no(datetime(2026, 1, 2, 3, 4, 5, tzinfo=SHOP_ZONE))
        self.assertTrue(re.fullmatch('R20260102030405[0-9]{8}', number))


PHONE_SG = '+6581234567'
