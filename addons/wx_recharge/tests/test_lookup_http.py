from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from odoo.addons.wx_base.api import rate_limit
from odoo.addons.wx_base.tools.http import Reply

from .common import AUTO_DETECT, PHONE, RechargeHttpCase, error_reply


@tagged('post_install', '-at_install')
class TestLookupHttp(RechargeHttpCase):
    """Whose number it is: our table, what is known, a supplier; and never a guess."""

    def setUp(self):
        super().setUp()
        # More is asked here than a person would.
        self.startPatcher(patch.object(rate_limit, 'check', autospec=True))
        self.outside.on(AUTO_DETECT, {'operatorId': 901, 'name': 'Singtel'})
        self.user_a.company_id.wx_lookup_quota = 2

    def lookup(self, user=None, **body):
        return self.api('POST', '/lookup', user=user or self.user_a, body=body or {'phone': PHONE})

    def found(self, **values):
        """Return ids of detected operators, source, cached and what is left."""
        status, envelope = self.lookup(**values)
        self.assertEqual(status, 200, envelope)
        data = envelope['data']
        self.assertEqual(
            {item['operator']['id'] for item in data['candidates']}, set(self.all_operators.ids)
        )
        detected = [item['operator']['id'] for item in data['candidates'] if item['detected']]
        return detected, data['source'], data['cached'], data['lookups_left']

    @property
    def all_operators(self):
        return self.env['wx.recharge.operator'].search([('country_id', '=', self.country.id)])

    def asked(self):
        return self.outside.count(AUTO_DETECT)

    def test_supplier_of_another_company_is_not_asked(self):
        self.supplier.company_id = self.env['res.company'].create({'name': 'Elsewhere'})
        self.assertEqual(self.found(), ([], 'none', False, 2))
        self.assertEqual(self.asked(), 0)

    # === CANDIDATES === #

    def test_lookup_offers_the_detected_operator_first_and_chooses_none(self):
        first = self._create_operator(name='M1', sequence=1)
        _status, envelope = self.lookup(phone='+65 8123 4567')
        plain = {'hot': False, 'logo_url': None}
        self.assertEqual(
            envelope['data'],
            {
                'phone': '+6581234567',
                'country': 'SG',
                'candidates': [
                    {
                        'operator': {'id': self.operator.id, 'name': 'Singtel', **plain},
                        'detected': True,
                    },
                    {'operator': {'id': first.id, 'name': 'M1', **plain}, 'detected': False},
                ],
                'source': 'supplier',
                'cached': False,
                'lookups_left': 1,
            },
        )

    def test_our_own_prefixes_come_first_and_cost_nothing(self):
        starhub = self._create_operator(name='StarHub')
        self.env['wx.recharge.prefix'].create({'prefix': '+6581', 'operator_id': starhub.id})
        self.assertEqual(self.found(), ([starhub.id], 'prefix', False, 2))
        self.assertFalse(self.outside.calls)

    def test_operator_that_customers_do_not_see_is_no_candidate(self):
        starhub = self._create_operator(name='StarHub', active=False)
        self.env['wx.recharge.prefix'].create({'prefix': '+6581', 'operator_id': starhub.id})
        self.assertEqual(self.found()[0], [])

    def test_operator_of_the_supplier_that_we_do_not_sell_offers_all(self):
        self.outside.on(AUTO_DETECT, {'operatorId': 999, 'name': 'Else'})
        self.assertEqual(self.found(), ([], 'supplier', False, 1))

    def test_number_that_the_supplier_cannot_tell_offers_all(self):
        self.outside.on(AUTO_DETECT, error_reply(404, 'COULD_NOT_AUTO_DETECT_OPERATOR'))
        self.assertEqual(self.found(), ([], 'supplier', False, 1))
        self.assertEqual(self.found(), ([], 'supplier', True, 1))

    # === ASKED ONCE === #

    def test_number_is_asked_for_once_in_a_month(self):
        now = fields.Datetime.now()
        with freeze_time(now) as clock:
            self.assertEqual(self.found(), ([self.operator.id], 'supplier', False, 1))
            self.assertEqual(
                self.found(user=self.user_b), ([self.operator.id], 'supplier', True, 2)
            )
            self.assertEqual(self.asked(), 1)
            clock.tick(timedelta(days=31))
            self.assertEqual(self.found(), ([self.operator.id], 'supplier', False, 1))
        self.assertEqual(self.asked(), 2)

    def test_what_is_known_is_forgotten_in_time(self):
        self.found()
        lookups = self.env['wx.recharge.lookup']
        usage = self.env['wx.recharge.lookup.usage']
        lookups._gc_lookups()
        usage._gc_usage()
        self.assertEqual((len(lookups.search([])), len(usage.search([]))), (1, 1))
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            lookups._gc_lookups()
            usage._gc_usage()
        self.env.invalidate_all()
        self.assertEqual((len(lookups.search([])), len(usage.search([]))), (0, 0))

    # === QUOTA === #

    def test_suppliers_are_asked_as_often_a_day_as_the_quota_says(self):
        now = fields.Datetime.now()
        with freeze_time(now) as clock:
            phones = iter(f'+65812345{number}' for number in range(67, 80))
            path = '/operators/auto-detect/phone/{}/countries/SG'
            for left in (1, 0):
                phone = next(phones)
                self.outside.on(path.format(phone[1:]), {'operatorId': 901, 'name': 'Singtel'})
                self.assertEqual(
                    self.found(phone=phone), ([self.operator.id], 'supplier', False, left)
                )
            asked = len(self.outside.calls)
            self.assertEqual(self.found(phone=next(phones)), ([], 'none', False, 0))
            self.assertEqual(len(self.outside.calls), asked)
            # What is known costs nothing, and others have their own.
            self.assertEqual(self.found(), ([self.operator.id], 'supplier', True, 0))
            clock.tick(timedelta(days=1))
            phone = next(phones)
            self.outside.on(path.format(phone[1:]), {'operatorId': 901, 'name': 'Singtel'})
            self.assertEqual(self.found(phone=phone)[3], 1)

    def test_member_level_adds_to_the_quota(self):
        level = self.env['wx.member.level'].create(
            {'name': 'Gold', 'code': 'gold_test', 'lookup_quota': 5}
        )
        self.user_a.member_level_id = level
        self.assertEqual(self.found()[3], 6)

    def test_without_a_quota_nobody_is_asked(self):
        self.user_a.company_id.wx_lookup_quota = 0
        self.assertEqual(self.found(), ([], 'none', False, 0))
        self.assertFalse(self.outside.calls)

    # === FAILURES === #

    def test_supplier_that_does_not_answer_leaves_the_whole_list(self):
        self.user_a.company_id.wx_lookup_quota = 10
        for answer in (
            TimeoutError(),
            error_reply(429, 'RATE_LIMIT_REACHED'),
            Reply(500, {}, b'<html>'),
            Reply(200, {}, b'garbage'),
        ):
            with self.subTest(answer=answer):
                self.outside.on(AUTO_DETECT, answer)
                self.assertEqual(self.found()[:3], ([], 'none', False))

    def test_without_a_supplier_nobody_is_asked(self):
        self.supplier.paused = True
        self.assertEqual(self.found(), ([], 'none', False, 2))
        self.assertFalse(self.outside.calls)

    # === INPUT === #

    def test_lookup_of_a_national_number_needs_the_country(self):
        self.assertEqual(self.lookup(phone='81234567', country='SG')[0], 200)
        status, envelope = self.lookup(phone='81234567')
        self.assertEqual((status, envelope['code']), (400, 1))
        self.assertIn('phone', envelope['data']['fields'])

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
