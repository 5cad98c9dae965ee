from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .common import COIN, GEM, WalletHttpCase

CONVERT = f'/wallets/{COIN}/convert'


@tagged('post_install', '-at_install')
class TestConversionHttp(WalletHttpCase):
    def setUp(self):
        super().setUp()
        self.gem.convertible = True
        # 10 coins give 3 gems; 2 % of the coins are the fee.
        self.rate = self._create_rate(source_amount=10, target_amount=3, fee_permille=20)
        self._fund(self.user_a, 1000)

    def _create_rate(self, source=None, target=None, **values):
        return self.env['wx.ledger.rate'].create(
            {
                'source_asset_id': (source or self.coin).id,
                'target_asset_id': (target or self.gem).id,
                'valid_from': fields.Datetime.now() - timedelta(hours=1),
                'source_amount': 1,
                'target_amount': 1,
                **values,
            }
        )

    def convert(self, amount=500, expected=147, **values):
        values.setdefault('key', None)
        body = {'to_asset': GEM, 'amount': amount, 'expected': expected}
        return self.post(CONVERT, body, **values)

    def quote(self, amount, to_asset=GEM, asset=COIN):
        path = f'/wallets/{asset}/quote?to_asset={to_asset}&amount={amount}'
        return self.api('GET', path, user=self.user_a)

    def rates(self):
        return [
            rate
            for rate in self.get('/wallets/rates')['items']
            if rate['from_asset'].startswith('W')
        ]

    # === RATES AND QUOTES === #

    def test_rates_in_force_are_listed_one_a_pair(self):
        past = fields.Datetime.now() - timedelta(days=1)
        future = fields.Datetime.now() + timedelta(days=1)
        self._create_rate(valid_from=past, source_amount=7)
        self._create_rate(valid_from=future, source_amount=8)
        self._create_rate(self.gem, self.coin, target_amount=2)
        listed = {(rate['from_asset'], rate['to_asset']): rate for rate in self.rates()}
        self.assertEqual(len(self.rates()), 2)
        forward = listed[COIN, GEM]
        self.assertRegex(forward.pop('valid_from'), r'\+08:00$')
        self.assertEqual(
            forward,
            {
                'from_asset': COIN,
                'to_asset': GEM,
                'source_amount': 10,
                'target_amount': 3,
                'fee_permille': 20,
            },
        )
        self.assertEqual(listed[GEM, COIN]['target_amount'], 2)

    def test_rates_of_what_is_not_converted_any_more_are_not_listed(self):
        self.gem.convertible = False
        self.assertEqual(self.rates(), [])
        self.assertRefused(self.quote(100), 409, 5)
        with self.assertNothingBooked():
            self.assertRefused(self.convert(), 409, 5)

    def test_quote_tells_what_comes_out(self):
        status, envelope = self.quote(500)
        self.assertEqual(status, 200, envelope)
        self.assertEqual(
            envelope['data'],
            {'from_asset': COIN, 'to_asset': GEM, 'amount': 500, 'fee': 10, 'received': 147},
        )

    def test_quote_opens_no_account_and_needs_no_balance(self):
        with self.assertNothingBooked():
            _status, envelope = self.quote(10**15)
        self.assertEqual(envelope['data']['received'], 10**15 * 98 // 100 * 3 // 10)

    def test_pair_without_a_rate_is_a_conflict(self):
        self.assertRefused(self.quote(100, to_asset=COIN, asset=GEM), 409, 5)
        self.assertRefused(self.quote(100, to_asset=COIN), 409, 5)

    def test_unknown_asset_is_not_found(self):
        self.assertRefused(self.quote(100, to_asset='NOSUCH'), 404, 4)
        self.assertRefused(self.quote(100, asset='NOSUCH'), 404, 4)
        body = {'to_asset': 'NOSUCH', 'amount': 1, 'expected': 1}
        self.assertRefused(self.post(CONVERT, body), 404, 4)
        self.assertRefused(self.post('/wallets/NOSUCH/convert', {**body, 'to_asset': GEM}), 404, 4)

    # === CONVERSION === #

    def test_conversion_gives_what_the_quote_told(self):
        status, envelope = self.convert()
        self.assertEqual(status, 200, envelope)
        data = envelope['data']
        self.assertEqual(data['quote']['received'], 147)
        self.assertEqual((data['source']['asset'], data['source']['balance']), (COIN, 500))
        self.assertEqual((data['target']['asset'], data['target']['balance']), (GEM, 147))
        self.assertEqual(self._balance(self.user_a), 500)
        self.assertEqual(self._balance(self.user_a, self.gem), 147)

    def test_nothing_is_created_or_lost(self):
        self.convert()
        accounts = self.env['wx.ledger.account'].search(
            [('asset_id', 'in', (self.coin | self.gem).ids)]
        )
        for asset, found in accounts.grouped('asset_id').items():
            self.assertEqual(sum(found.mapped('current_balance')), 0, asset.code)

    def test_entries_tell_the_conversion(self):
        self.convert()
        spent = self.get(f'/wallets/{COIN}/entries')['items'][:-1]
        self.assertEqual(sum(entry['amount'] for entry in spent), -500)
        [received] = self.get(f'/wallets/{GEM}/entries')['items']
        self.assertEqual((received['amount'], received['reason']['code']), (147, '400001'))

    def test_same_key_converts_once(self):
        first, second = self.convert(key='key-00000001'), self.convert(key='key-00000001')
        self.assertEqual(first[1]['data'], second[1]['data'])
        self.assertEqual(self._balance(self.user_a), 500)

    def test_other_expectation_is_a_conflict_with_the_new_figure(self):
        for expected in (146, 148):
            with self.subTest(expected=expected), self.assertNothingBooked():
                envelope = self.assertRefused(self.convert(expected=expected), 409, 5)
                self.assertEqual(envelope['data']['received'], 147)

    def test_rate_that_came_into_force_meanwhile_is_not_taken_unseen(self):
        self._create_rate(valid_from=fields.Datetime.now(), target_amount=2, source_amount=10)
        with self.assertNothingBooked():
            envelope = self.assertRefused(self.convert(key='key-00000001'), 409, 5)
        self.assertEqual(envelope['data']['received'], 100)
        answer = self.convert(expected=100, key='key-00000002')
        self.assertEqual(answer[0], 200)

    def test_rate_that_comes_into_force_within_the_request_is_not_taken_unseen(self):
        wallets = type(self.env['wx.wallet'])
        present = wallets._offer
        newer = []

        def offer_and_then_a_new_rate(*arguments):
            result = present(*arguments)
            if not newer:
                newer.append(self._create_rate(valid_from=fields.Datetime.now(), source_amount=2))
            return result

        with patch.object(wallets, '_offer', offer_and_then_a_new_rate):
            with self.assertNothingBooked():
                envelope = self.assertRefused(self.convert(), 409, 5)
        self.assertEqual(envelope['data']['received'], 250)

    def test_more_than_there_is_is_refused(self):
        with self.assertNothingBooked():
            envelope = self.assertRefused(self.convert(2000, 588), 409, 5)
        self.assertEqual(envelope['data']['available'], 1000)

    def test_customer_without_an_account_has_nothing_to_convert(self):
        with self.assertNothingBooked():
            envelope = self.assertRefused(self.convert(user=self.user_b), 409, 5)
        self.assertEqual(envelope['data']['available'], 0)

    def test_too_little_to_give_anything_is_refused(self):
        with self.assertNothingBooked():
            envelope = self.assertRefused(self.convert(1, 1), 409, 5)
        self.assertIn('too little', envelope['msg'])

    def test_frozen_wallets_convert_nothing(self):
        for asset in (self.coin, self.gem):
            account = self._wallet(self.user_a, asset)
            account._set_state('frozen', 'test')
            with self.subTest(asset=asset.code), self.assertNothingBooked():
                envelope = self.assertRefused(self.convert(), 409, 5)
                self.assertIn('frozen', envelope['msg'])
            account._set_state('open')

    def test_conversion_without_a_key_is_refused(self):
        body = {'to_asset': GEM, 'amount': 500, 'expected': 147}
        with self.assertNothingBooked():
            answer = self.api('POST', CONVERT, user=self.user_a, body=body)
            envelope = self.assertRefused(answer, 400, 1)
        self.assertIn('Idempotency-Key', envelope['data']['fields'])

    def test_client_names_no_rate(self):
        body = {'to_asset': GEM, 'amount': 500, 'expected': 147}
        for extra in ({'rate_id': 1}, {'target_amount': 9}, {'received': 9}):
            with self.subTest(extra=extra), self.assertNothingBooked():
                self.assertRefused(self.post(CONVERT, {**body, **extra}), 400, 1)
