import io
import json
from decimal import Decimal

from openpyxl import load_workbook

from odoo.http import Request
from odoo.tests import HttpCase, TransactionCase, tagged

from ..amounts import MAX_SAFE, parse_amount, scaled


@tagged('post_install', '-at_install')
class TestParseAmount(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lang = cls.env['res.lang'].search([('code', '=', 'en_US')])

    def test_what_is_typed_becomes_smallest_units(self):
        for text, places, amount in (
            ('12.50', 2, 1250),
            (' 0.05 ', 2, 5),
            ('1,234.5', 2, 123450),
            ('7', 0, 7),
            ('92233720368547758.07', 2, 2**63 - 1),
        ):
            with self.subTest(text=text):
                self.assertEqual(parse_amount(text, places, self.lang), amount)

    def test_what_is_no_amount_of_the_asset_is_refused(self):
        for text in ('', ' ', '-1', '+1', '1.234', '1.', '.5', '1e3', '1,23', '0x1', '１', '1 000'):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_amount(text, 2, self.lang)
        with self.assertRaises(ValueError):
            parse_amount('92233720368547758.08', 2, self.lang)

    def test_another_language_writes_it_another_way(self):
        self.lang.write({'decimal_point': ',', 'thousands_sep': '.'})
        self.assertEqual(parse_amount('1.234,5', 2, self.lang), 123450)
        with self.assertRaises(ValueError):
            parse_amount('1,234.5', 2, self.lang)

    def test_scaling_is_exact_and_written_out(self):
        self.assertEqual(scaled(123456, 2), Decimal('1234.56'))
        self.assertEqual(str(scaled(9 * 10**18 + 1, 8)), '90000000000.00000001')
        self.assertEqual(str(scaled(1, 8)), '0.00000001')
        self.assertEqual(str(scaled(0, 8)), '0.00000000')
        self.assertEqual(str(scaled(-5, 2)), '-0.05')


class LargeAmounts:
    """Accounts of three sizes and one of another asset, written by SQL."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asset = cls.env['wx.ledger.asset'].create(
            {'code': 'BIG', 'name': 'Big', 'decimal_places': 2}
        )
        cls.other = cls.env['wx.ledger.asset'].create({'code': 'OTHER', 'name': 'Other'})
        accounts = cls.env['wx.ledger.account']
        owners = cls.env['res.country'].search([], limit=3)
        cls.small, cls.middle, cls.large = (
            accounts._of_owner(cls.asset, owner, 'customer') for owner in owners
        )
        cls.foreign = accounts._of_owner(cls.other, owners[0], 'customer')
        for account, balance in (
            (cls.small, 10**15),
            (cls.middle, 9 * 10**18),
            (cls.large, 9 * 10**18 + 1),
            (cls.foreign, 5),
        ):
            cls.env.cr.execute(
                'UPDATE wx_ledger_account SET balance = %s WHERE id = %s', (balance, account.id)
            )
        cls.accounts = cls.small | cls.middle | cls.large
        cls.accounts.invalidate_recordset()


@tagged('post_install', '-at_install')
class TestAmounts(LargeAmounts, TransactionCase):
    """How amounts leave the server."""

    def test_a_number_that_javascript_would_round_is_read_as_text(self):
        rows = {row['id']: row['balance'] for row in self.accounts.read(['balance'])}
        self.assertEqual(rows[self.small.id], 10**15)
        self.assertEqual(rows[self.middle.id], '9000000000000000000')
        self.assertEqual(rows[self.large.id], '9000000000000000001')

    def test_the_last_safe_number_is_a_number(self):
        convert = self.small._fields['balance'].convert_to_read
        self.assertEqual(convert(MAX_SAFE, self.small), MAX_SAFE)
        self.assertEqual(convert(-MAX_SAFE - 1, self.small), str(-MAX_SAFE - 1))
        self.assertEqual(convert(5, self.small), 5)
        self.assertEqual(convert(0, self.small), 0)

    def test_text_is_written_as_it_was_read(self):
        self.small.sudo().overdraft_limit = '9007199254740993'
        self.assertEqual(self.small.overdraft_limit, 9007199254740993)
        self.assertEqual(
            self.small.read(['overdraft_limit'])[0]['overdraft_limit'], '9007199254740993'
        )

    def test_computed_balances_are_as_large(self):
        self.assertEqual(self.large.current_balance, 9 * 10**18 + 1)
        [row] = self.large.read(['current_balance', 'available'])
        self.assertEqual(row['current_balance'], '9000000000000000001')
        self.assertEqual(row['available'], '9000000000000000001')

    def test_sums_for_python_are_exact_beyond_64_bits(self):
        [(total,)] = self.env['wx.ledger.account']._read_group(
            [('id', 'in', self.accounts.ids)], [], ['balance:sum']
        )
        self.assertEqual(total, 18 * 10**18 + 1 + 10**15)

    def test_sums_for_the_client_are_text_in_the_asset_s_own_unit(self):
        [group] = self.env['wx.ledger.account'].formatted_read_group(
            [('id', 'in', self.accounts.ids)], ['asset_id'], ['balance:sum', '__count']
        )
        self.assertEqual(group['balance:sum'], '180010000000000000.01')
        self.assertEqual(group['__count'], 3)
        self.assertNotIn('asset_id:min', group)

    def test_there_is_no_sum_over_several_assets(self):
        domain = [('id', 'in', (self.small | self.foreign).ids)]
        total, by_asset = self.env['wx.ledger.account'].formatted_read_grouping_sets(
            domain, [[], ['asset_id']], ['balance:sum']
        )
        self.assertIs(total[0]['balance:sum'], False)
        sums = {group['asset_id'][0]: group['balance:sum'] for group in by_asset}
        self.assertEqual(sums, {self.asset.id: '10000000000000.00', self.other.id: '5'})

    def test_groups_are_ordered_by_number(self):
        groups = self.env['wx.ledger.account'].formatted_read_group(
            [('id', 'in', self.accounts.ids)], ['id'], ['balance:sum'], order='balance:sum desc'
        )
        self.assertEqual(
            [group['id'][0] for group in groups], (self.large | self.middle | self.small).ids
        )

    def test_an_empty_group_has_no_sum(self):
        [group] = self.env['wx.ledger.account'].formatted_read_group(
            [('id', '=', 0)], [], ['balance:sum']
        )
        self.assertIs(group['balance:sum'], False)

    def test_web_lists_get_the_same_sums(self):
        answer = self.env['wx.ledger.account'].web_read_group(
            [('id', 'in', self.accounts.ids)], ['asset_id'], ['balance:sum']
        )
        self.assertEqual(answer['groups'][0]['balance:sum'], '180010000000000000.01')

    def test_an_export_is_exact_and_in_the_asset_s_own_unit(self):
        rows = self.accounts.export_data(['balance'])['datas']
        self.assertEqual(
            [str(row[0]) for row in rows],
            ['10000000000000.00', '90000000000000000.00', '90000000000000000.01'],
        )


@tagged('post_install', '-at_install')
class TestExports(LargeAmounts, HttpCase):
    """Files of the web client, as a person downloads them."""

    def _export(self, kind, **values):
        self.authenticate('admin', 'admin')
        field = self.env['wx.ledger.account'].fields_get(['balance'], ['type', 'string'])['balance']
        asset = {'name': 'asset_id', 'label': 'Asset', 'type': 'many2one'}
        balance = {'name': 'balance', 'label': field['string'], 'type': field['type']}
        data = {
            'model': 'wx.ledger.account',
            'fields': [asset, balance],
            'ids': self.accounts.ids,
            'domain': [],
            'import_compat': False,
            **values,
        }
        form = {'data': json.dumps(data), 'csrf_token': Request.csrf_token(self)}
        answer = self.url_open(f'/web/export/{kind}', data=form)
        self.assertEqual(answer.status_code, 200)
        return answer.content

    def _cells(self, content):
        sheet = load_workbook(io.BytesIO(content)).active
        return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]

    def test_a_spreadsheet_has_every_digit(self):
        self.assertEqual(
            self._cells(self._export('xlsx')),
            [
                ['BIG', 10000000000000],
                ['BIG', 90000000000000000],
                ['BIG', '90000000000000000.01'],
            ],
        )

    def test_sums_of_a_spreadsheet_s_groups_have_every_digit(self):
        [head, *rows] = self._cells(self._export('xlsx', groupby=['asset_id']))
        self.assertEqual(head, ['BIG (3)', '180010000000000000.01'])
        self.assertEqual(rows[-1], ['BIG', '90000000000000000.01'])

    def test_a_csv_has_every_digit_and_no_quote_before_the_sign(self):
        self.small.overdraft_limit = 10**15
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE wx_ledger_account SET balance = %s WHERE id = %s', (-5, self.small.id)
        )
        self.assertEqual(
            self._export('csv').decode().split(),
            [
                '"Asset","Balance"',
                '"BIG","-0.05"',
                '"BIG","90000000000000000.00"',
                '"BIG","90000000000000000.01"',
            ],
        )


@tagged('post_install', '-at_install')
class TestAmountUnits(HttpCase):
    def test_the_units_of_the_web_client(self):
        self.browser_js(
            '/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&filter=@wx_ledger',
            '',
            '',
            login='admin',
            timeout=300,
            success_signal='[HOOT] Test suite succeeded',
        )
