from datetime import timedelta
from unittest.mock import patch
from urllib.parse import quote

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.wx_base.api import encode_cursor

from .common import COIN, GEM, GIFT, WalletHttpCase

WALLETS = '/wallets'
ENTRIES = f'/wallets/{COIN}/entries'


@tagged('post_install', '-at_install')
class TestWalletHttp(WalletHttpCase):
    def wallets(self, user=None):
        """Return the customer's wallets by asset."""
        return {wallet['asset']: wallet for wallet in self.get(WALLETS, user)['items']}

    def entries(self, query='', user=None):
        return self.get(f'{ENTRIES}{query}', user)

    def amounts(self, query='', user=None):
        return [entry['amount'] for entry in self.entries(query, user)['items']]

    def numbered_users(self):
        """Let users stand for documents with a public number."""
        wallets = type(self.env['wx.wallet'])
        return patch.object(
            wallets, '_document_number_fields', autospec=True, return_value={'wx.user': 'wallet_no'}
        )

    # === WALLETS === #

    def test_wallet_shows_balance_and_rules(self):
        self._fund(self.user_a, 1000)
        self.coin.transfer_max = 50
        self.assertEqual(
            self.wallets()[COIN],
            {
                'asset': COIN,
                'name': 'Coins',
                'kind': 'points',
                'decimal_places': 0,
                'balance': 1000,
                'held': 0,
                'available': 1000,
                'state': 'open',
                'rules': {
                    'transferable': True,
                    'convertible': True,
                    'withdrawable': False,
                    'expiring': False,
                    'expiry_days': None,
                    'transfer_max': 50,
                    'transfer_day_max': None,
                },
            },
        )

    def test_wallet_number_is_the_customers_own(self):
        number = self.get(WALLETS)['wallet_no']
        self.assertRegex(number, r'^[0-9A-F]{16}$')
        self.assertEqual(number, self.user_a.wallet_no)
        self.assertNotEqual(number, self.get(WALLETS, self.user_b)['wallet_no'])

    def test_held_units_are_shown_apart(self):
        account = self._fund(self.user_a, 1000)
        self.env['wx.ledger'].hold(account.id, 400, key='test:hold', reason='200001')
        wallet = self.wallets()[COIN]
        self.assertEqual((wallet['balance'], wallet['held'], wallet['available']), (1000, 400, 600))

    def test_reading_opens_no_account(self):
        self._fund(self.user_b, 1000)
        with self.assertNothingBooked():
            wallet = self.wallets()[COIN]
            self.assertEqual((wallet['balance'], wallet['state']), (0, 'open'))
            self.assertEqual(self.entries(), {'items': [], 'next_cursor': None})

    def test_large_balances_are_exact(self):
        self._fund(self.user_a, 10**15 + 1)
        self.assertEqual(self.wallets()[COIN]['balance'], 10**15 + 1)
        # All of an asset that is in circulation is up to 2⁶².
        self._fund(self.user_a, 2**62 - 10**15 - 2)
        self.assertEqual(self.wallets()[COIN]['balance'], 2**62 - 1)

    def test_assets_out_of_use_of_merchants_and_of_others_are_no_wallets(self):
        other = self.env['res.company'].create({'name': 'Other'})
        self._create_asset(code='WOLD', name='Old', active=False)
        self._create_asset(code='WOTHER', name='Other', company_id=other.id)
        self._create_asset(
            code='WMERCHANT',
            name='Merchant',
            owner_model='res.partner',
            owner_res_id=self.env.user.partner_id.id,
        )
        hidden = {'WOLD', 'WOTHER', 'WMERCHANT'}
        self.assertFalse(hidden & set(self.wallets()))
        for code in hidden:
            with self.subTest(code=code):
                self.assertRefused(
                    self.api('GET', f'{WALLETS}/{code}/entries', user=self.user_a), 404, 4
                )

    def test_name_is_in_the_customers_language(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.coin.with_context(lang='zh_CN').name = '金币'
        status, envelope = self.api(
            'GET', WALLETS, user=self.user_a, headers={'Accept-Language': 'zh-CN'}
        )
        self.assertEqual(status, 200)
        names = {wallet['asset']: wallet['name'] for wallet in envelope['data']['items']}
        self.assertEqual(names[COIN], '金币')
        self.assertEqual(self.wallets()[COIN]['name'], 'Coins')

    def test_without_a_token_nothing_is_shown(self):
        for path in (WALLETS, ENTRIES, '/wallets/rates'):
            with self.subTest(path=path):
                self.assertRefused(self.api('GET', path), 401, 2)

    # === ENTRIES === #

    def test_entry_shows_what_happened(self):
        self._fund(self.user_a, 1000, reason=GIFT)
        self._burn(self.user_a, 400)
        first, second = self.entries()['items']
        self.assertRegex(first.pop('posted_at'), r'^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d.*\+08:00$')
        gift = self.env['wx.ledger.reason'].search([('code', '=', GIFT)])
        self.assertEqual((first['number'], first['amount'], first['balance_after']), (2, -400, 600))
        self.assertEqual((second['number'], second['amount']), (1, 1000))
        self.assertEqual(second['reason'], {'code': GIFT, 'text': gift.name})
        self.assertIsNone(second['document_no'])

    def test_reason_is_in_the_customers_language(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self._fund(self.user_a, 1, reason=GIFT)
        reason = self.env['wx.ledger.reason'].search([('code', '=', GIFT)])
        reason.with_context(lang='zh_CN').name = '测试赠送'
        _status, envelope = self.api(
            'GET', ENTRIES, user=self.user_a, headers={'Accept-Language': 'zh-CN'}
        )
        self.assertEqual(envelope['data']['items'][0]['reason']['text'], '测试赠送')

    def test_pages_follow_each_other_without_gap_and_without_repetition(self):
        for amount in range(1, 6):
            self._fund(self.user_a, amount)
        seen, cursor = [], ''
        for expected in (2, 2, 1):
            page = self.entries(f'?limit=2{cursor}')
            self.assertEqual(len(page['items']), expected)
            seen += [entry['amount'] for entry in page['items']]
            cursor = f'&cursor={page["next_cursor"]}'
            self._fund(self.user_a, 99)  # what comes in meanwhile moves no page
        self.assertEqual(seen, [5, 4, 3, 2, 1])
        self.assertIsNone(page['next_cursor'])

    def test_entries_are_filtered_by_reason(self):
        self._fund(self.user_a, 1)
        self._fund(self.user_a, 2, reason=GIFT)
        self.assertEqual(self.amounts(f'?reason={GIFT}'), [2])
        self.assertEqual(self.amounts('?reason=300002'), [])

    def test_entries_are_filtered_by_time(self):
        account = self._fund(self.user_a, 1)
        moment = self.env['wx.ledger.entry'].search([('account_id', '=', account.id)]).posted_at
        at = quote((moment + timedelta(hours=8)).isoformat() + '+08:00')
        later = quote((moment + timedelta(seconds=1, hours=8)).isoformat() + '+08:00')
        self.assertEqual(self.amounts(f'?from={at}'), [1])
        self.assertEqual(self.amounts(f'?from={later}'), [])
        self.assertEqual(self.amounts(f'?to={at}'), [])
        self.assertEqual(self.amounts(f'?to={later}'), [1])
        # The plus sign of the offset is often not escaped.
        self.assertEqual(self.amounts(f'?from={at.replace("%2B", "+")}'), [1])

    def test_wrong_parameters_are_named(self):
        for query in (
            'limit=0',
            'limit=101',
            'limit=x',
            'cursor=!!',
            'reason=1',
            'reason=600001',
            'from=0',
            'from=2026-01-01',
            'from=2026-01-01T00:00:00',
            'to=0001-01-01T00:00:00%2B08:00',
            'to=9999-12-31T23:59:59-08:00',
            'to=tomorrow',
            'account_id=1',
        ):
            with self.subTest(query=query):
                answer = self.api('GET', f'{ENTRIES}?{query}', user=self.user_a)
                envelope = self.assertRefused(answer, 400, 1)
                self.assertEqual(list(envelope['data']['fields']), [query.split('=')[0]])

    def test_unknown_asset_is_not_found(self):
        for code in ('NOSUCH', 'a' * 99, '%00', "'", '%F0%9F%90%BC', '1'):
            with self.subTest(code=code):
                self.assertRefused(
                    self.api('GET', f'{WALLETS}/{code}/entries', user=self.user_a), 404, 4
                )

    def test_document_is_named_by_its_public_number_only(self):
        self._post(self._central(), self._wallet(self.user_a), 5, GIFT, document=self.user_a)
        [entry] = self.entries()['items']
        self.assertIsNone(entry['document_no'])
        with self.numbered_users():
            [entry] = self.entries()['items']
        self.assertEqual(entry['document_no'], self.user_a.wallet_no)

    def test_document_of_somebody_else_is_not_named(self):
        self._post(self._central(), self._wallet(self.user_a), 5, GIFT, document=self.user_b)
        with self.numbered_users():
            [entry] = self.entries()['items']
        self.assertIsNone(entry['document_no'])

    # === OTHER CUSTOMERS === #

    def test_nobody_sees_the_entries_of_others(self):
        self._fund(self.user_a, 1000)
        for amount in range(1, 4):
            self._fund(self.user_b, amount)
        cursor = self.entries('?limit=1', self.user_b)['next_cursor']
        self.assertEqual(self.amounts(f'?cursor={cursor}'), [1000])
        entry = self.env['wx.ledger.entry'].search(
            [('account_id', '=', self._wallet(self.user_b).id)], limit=1
        )
        for number in (entry.id, entry.transfer_id.id, entry.account_id.id, 2**31 - 1):
            with self.subTest(number=number):
                self.assertLessEqual(set(self.amounts(f'?cursor={encode_cursor(number)}')), {1000})

    def test_wallets_of_others_are_not_mixed_in(self):
        self._fund(self.user_b, 777)
        self._fund(self.user_b, 888, self.gem)
        wallets = self.wallets()
        self.assertEqual((wallets[COIN]['balance'], wallets[GEM]['balance']), (0, 0))

    # === COST === #

    def test_wallets_cost_the_same_however_many_there_are(self):
        self._fund(self.user_a, 1)
        before = self._queries(WALLETS)
        for number in range(5):
            self._fund(self.user_a, 1, self._create_asset(code=f'WMORE{number}', name='More'))
        self.assertEqual(self._queries(WALLETS), before)

    def test_page_of_entries_costs_the_same_however_long_it_is(self):
        self._fund(self.user_a, 1, reason=GIFT)
        before = self._queries(ENTRIES)
        for reason in (GIFT, '900003', '100003', GIFT, GIFT):
            self._fund(self.user_a, 1, reason=reason)
        self.assertEqual(self._queries(ENTRIES), before)

    def _queries(self, path):
        """Return the number of SQL statements of a second, warm request."""
        self.get(path)
        self.env.flush_all()
        self.env.invalidate_all()
        cursor = self.env.cr
        before = cursor.sql_log_count
        self.get(path)
        return cursor.sql_log_count - before

    def test_page_far_back_is_found_by_the_index(self):
        account = self._fund(self.user_a, 1)
        wallets = self._as_customer(self.user_a)['wx.wallet']
        self.env.cr.execute('SET LOCAL enable_seqscan = off')
        query = wallets.env['wx.ledger.entry']._search(
            wallets._entry_domain(account, 1000), order='version desc', limit=21
        )
        plan = self.env.execute_query(SQL('EXPLAIN %s', query.select()))
        text = '\n'.join(line for (line,) in plan)
        self.assertRegex(text, r'wx_ledger_entry_version.*\n.*Index Cond: .*version < 1000')
