import os
from datetime import UTC, datetime, time, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo.tests import tagged

from .common import COIN, GEM, WalletHttpCase

SHANGHAI = ZoneInfo('Asia/Shanghai')
TRANSFER = f'/wallets/{COIN}/transfer'


@tagged('post_install', '-at_install')
class TestTransferHttp(WalletHttpCase):
    def setUp(self):
        super().setUp()
        self._fund(self.user_a, 1000)

    def send(self, amount=300, to=None, **values):
        to = self.user_b.wallet_no if to is None else to
        return self.post(TRANSFER, {'to': to, 'amount': amount}, **values)

    def assertMoved(self, amount):
        self.assertEqual(self._balance(self.user_a), 1000 - amount)
        self.assertEqual(self._balance(self.user_b), amount)

    # === BOOKED === #

    def test_amount_moves_from_sender_to_recipient(self):
        status, envelope = self.send()
        self.assertEqual((status, envelope['code']), (200, 0), envelope)
        data = envelope['data']
        self.assertRegex(data['entry'].pop('posted_at'), r'^20\d\d-.*\+08:00$')
        self.assertEqual(
            data['entry'],
            {
                'number': 2,
                'amount': -300,
                'balance_after': 700,
                'reason': {'code': '500003', 'text': self._reason('500003').name},
                'document_no': None,
            },
        )
        self.assertEqual(
            (data['wallet']['asset'], data['wallet']['balance'], data['wallet']['available']),
            (COIN, 700, 700),
        )
        self.assertMoved(300)

    def _reason(self, code):
        return self.env['wx.ledger.reason'].search([('code', '=', code)])

    def test_recipient_sees_what_was_received_and_not_from_whom(self):
        self.send()
        [entry] = self.get(f'/wallets/{COIN}/entries', self.user_b)['items']
        self.assertEqual((entry['amount'], entry['balance_after']), (300, 300))
        for secret in (self.user_a.wallet_no, self.user_a.openid):
            self.assertNotIn(secret, self.last_response.text)

    def test_everything_may_be_sent(self):
        self.assertEqual(self.send(1000)[0], 200)
        self.assertMoved(1000)

    def test_number_is_read_as_people_write_it(self):
        number = self.user_b.wallet_no.lower()
        self.assertEqual(self.send(to=f' {number[:4]} {number[4:8]}-{number[8:]}')[0], 200)
        self.assertMoved(300)

    def test_same_key_books_once_and_answers_alike(self):
        first, second = self.send(key='key-00000001'), self.send(key='key-00000001')
        self.assertEqual(first[1]['data'], second[1]['data'])
        self.assertMoved(300)

    def test_same_key_with_another_body_is_a_conflict(self):
        self.send(key='key-00000001')
        self.assertRefused(self.send(301, key='key-00000001'), 409, 5)
        self.assertMoved(300)

    def test_ledger_knows_the_key_when_the_kernel_has_forgotten_it(self):
        first = self.send(key='key-00000001')
        keys = self.env['wx.idempotency.key']
        keys.search([('key', '=', 'key-00000001')]).unlink()
        second = self.send(key='key-00000001')
        self.assertEqual(second[1]['data']['entry'], first[1]['data']['entry'])
        self.assertMoved(300)
        keys.search([('key', '=', 'key-00000001')]).unlink()
        self.assertRefused(self.send(301, key='key-00000001'), 409, 5)
        self.assertMoved(300)

    def test_key_is_each_customers_own(self):
        self._fund(self.user_b, 1000)
        self.send(300, key='key-00000001')
        self.send(200, key='key-00000001', user=self.user_b, to=self.user_a.wallet_no)
        self.assertEqual(self._balance(self.user_a), 900)

    # === REFUSED === #

    def test_refused_transfer_leaves_the_key_free(self):
        self.assertRefused(self.send(1001, key='key-00000001'), 409, 5)
        self._fund(self.user_a, 1)
        self.assertEqual(self.send(1001, key='key-00000001')[0], 200)

    def test_more_than_there_is_tells_what_is_available(self):
        with self.assertNothingBooked():
            envelope = self.assertRefused(self.send(1001), 409, 5)
        self.assertEqual(envelope['msg'], 'There is not enough in your wallet.')
        self.assertEqual(envelope['data']['available'], 1000)

    def test_held_units_are_not_available(self):
        self.env['wx.ledger'].hold(
            self._wallet(self.user_a).id, 900, key='test:hold', reason='200001'
        )
        with self.assertNothingBooked():
            envelope = self.assertRefused(self.send(101), 409, 5)
        self.assertEqual(envelope['data']['available'], 100)

    def test_customer_without_an_account_has_nothing_to_send(self):
        with self.assertNothingBooked():
            answer = self.send(1, user=self.user_b, to=self.user_a.wallet_no)
            envelope = self.assertRefused(answer, 409, 5)
        self.assertEqual(envelope['data']['available'], 0)

    def test_unknown_and_not_allowed_recipients_are_answered_alike(self):
        other_company = self.env['res.company'].create({'name': 'Other'})
        other_app = self.env['wx.app'].create(
            {'name': 'Other', 'appid': 'wx00000000000other', 'company_id': other_company.id}
        )
        stranger = self.env['wx.user'].create({'app_id': other_app.id, 'openid': 'stranger'})
        blocked = self._create_wx_user('blocked', state='blocked')
        frozen = self._create_wx_user('frozen')
        self._wallet(frozen)._set_state('frozen', 'test')
        numbers = ['0' * 16, 'nonsense', stranger.wallet_no, blocked.wallet_no, frozen.wallet_no]
        messages = set()
        for number in numbers:
            with self.subTest(number=number), self.assertNothingBooked():
                envelope = self.assertRefused(self.send(to=number), 404, 4)
                messages.add((envelope['msg'], str(envelope['data'])))
        self.assertEqual(len(messages), 1, messages)

    def test_nobody_sends_to_oneself(self):
        with self.assertNothingBooked():
            envelope = self.assertRefused(self.send(to=self.user_a.wallet_no), 400, 1)
        self.assertEqual(list(envelope['data']['fields']), ['to'])

    def test_blocked_customer_sends_nothing(self):
        self.user_a.write({'state': 'blocked'})
        with self.assertNothingBooked():
            self.assertRefused(self.send(), 401, 2)

    def test_frozen_wallet_sends_nothing(self):
        self._wallet(self.user_a)._set_state('frozen', 'test')
        with self.assertNothingBooked():
            envelope = self.assertRefused(self.send(), 409, 5)
        self.assertIn('frozen', envelope['msg'])

    def test_asset_that_is_not_transferable_stays(self):
        self._fund(self.user_a, 500, self.gem)
        with self.assertNothingBooked():
            self.assertRefused(
                self.post(f'/wallets/{GEM}/transfer', {'to': self.user_b.wallet_no, 'amount': 1}),
                409,
                5,
            )

    def test_unknown_asset_is_not_found(self):
        body = {'to': self.user_b.wallet_no, 'amount': 1}
        for code in ('NOSUCH', 'x' * 99, '1', "'", '%0A', '%F0%9F%90%BC'):
            with self.subTest(code=code):
                self.assertRefused(self.post(f'/wallets/{code}/transfer', body), 404, 4)

    def test_what_cannot_be_a_code_is_no_address(self):
        body = {'to': self.user_b.wallet_no, 'amount': 1}
        for code in ('%00', 'a%2Fb'):
            # The kernel reads the body before it says that there is no such address.
            with self.subTest(code=code), self.assertNothingBooked():
                self.assertIn(self.post(f'/wallets/{code}/transfer', body)[0], (400, 404))
                self.assertRefused(self.post(f'/wallets/{code}/transfer', {}), 404, 4)

    def test_amount_is_a_positive_integer(self):
        for amount in (0, -1, 1.5, '1', True, None, 2**63, 1e30):
            with self.subTest(amount=amount), self.assertNothingBooked():
                envelope = self.assertRefused(self.send(amount), 400, 1)
                self.assertEqual(list(envelope['data']['fields']), ['amount'])

    def test_client_names_neither_sender_nor_reason(self):
        for extra in ({'from': 1}, {'source': 1}, {'reason': '100001'}, {'wx_user_id': 1}):
            body = {'to': self.user_b.wallet_no, 'amount': 1, **extra}
            with self.subTest(extra=extra), self.assertNothingBooked():
                self.assertRefused(self.post(TRANSFER, body), 400, 1)

    def test_transfer_without_a_key_is_refused(self):
        with self.assertNothingBooked():
            answer = self.api(
                'POST',
                TRANSFER,
                user=self.user_a,
                body={'to': self.user_b.wallet_no, 'amount': 1},
            )
            envelope = self.assertRefused(answer, 400, 1)
        self.assertIn('Idempotency-Key', envelope['data']['fields'])

    def test_guessing_numbers_is_slowed_down(self):
        with patch.dict(os.environ, {'WX_RATE_LIMITS': ''}):
            answers = [self.send(to=f'{number:016X}') for number in range(11)]
        self.assertEqual([answer[0] for answer in answers], [404] * 10 + [429])

    # === LIMITS === #

    def test_limit_per_transfer(self):
        self.coin.transfer_max = 300
        with self.assertNothingBooked():
            envelope = self.assertRefused(self.send(301), 409, 5)
        self.assertEqual(envelope['data']['transfer_max'], 300)
        self.assertEqual(self.send(300)[0], 200)

    def test_limit_per_day_counts_what_was_sent_today(self):
        self.coin.transfer_day_max = 500
        self.assertEqual(self.send(300)[0], 200)
        with self.assertNothingBooked():
            envelope = self.assertRefused(self.send(201), 409, 5)
        self.assertEqual(envelope['data']['left_today'], 200)
        self.assertEqual(self.send(200)[0], 200)
        self.assertMoved(500)

    def test_limit_per_day_begins_anew_at_midnight_in_shanghai(self):
        self.send(300)
        source = self._wallet(self.user_a)
        wallets = self._as_customer(self.user_a)['wx.wallet']
        [entry] = self.env['wx.ledger.entry'].search(
            [('account_id', '=', source.id), ('amount', '<', 0)]
        )
        today = entry.posted_at.replace(tzinfo=UTC).astimezone(SHANGHAI).date()
        midnight = datetime.combine(today + timedelta(days=1), time(), SHANGHAI)
        with freeze_time(midnight - timedelta(seconds=1)):
            self.assertEqual(wallets._sent_today(source), 300)
        with freeze_time(midnight):
            self.assertEqual(wallets._sent_today(source), 0)

    def test_limit_per_day_counts_transfers_only(self):
        self.coin.transfer_day_max = 300
        self._burn(self.user_a, 500)
        self.assertEqual(self.send(300)[0], 200)
