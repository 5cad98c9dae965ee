import csv
import gzip
import io
import zipfile
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

from pypdf import PdfReader

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.rbac_ext.tests.role_common import RoleCase

from ..report import statement_writers as writers
from ..tools.verify_ledger import Verifier
from .proof_common import ProofCase

SHEET = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'


@tagged('post_install', '-at_install')
class TestStatementFiles(ProofCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.book((cls.central, cls.alice, 10**17 + 1), note='=HYPERLINK("http://x")')
        cls.book((cls.alice, cls.sales, 1205), note='话费充值 30 元')
        cls.statement = cls.env['wx.ledger.statement'].create(
            {
                'account_ids': cls.alice.ids,
                'date_from': date(2020, 1, 1),
                'date_to': date(2099, 1, 1),
            }
        )

    def _content(self, kind):
        with self.statement._take(kind) as file:
            return file.read()

    def _parts(self, *rows):
        return [('title', ['T']), ('columns', ['a', 'b', 'c']), *(('row', row) for row in rows)]

    def test_csv_has_exact_amounts_and_no_formula(self):
        content = self._content('csv')
        self.assertTrue(content.startswith(b'\xef\xbb\xbf'))
        rows = list(csv.reader(io.StringIO(content.decode('utf-8-sig'))))
        self.assertIn(['Opening Balance', '0.00'], rows)
        self.assertIn(['Closing Balance', '999999999999987.96'], rows)
        labels = next(row for row in rows if 'Note' in row)
        booked = [dict(zip(labels, row, strict=True)) for row in rows if len(row) == len(labels)]
        self.assertEqual(
            [(row['Debit'], row['Credit'], row['Balance']) for row in booked[1:]],
            [
                ('', '1000000000000000.01', '1000000000000000.01'),
                ('12.05', '', '999999999999987.96'),
            ],
        )
        self.assertEqual(booked[1]['Note'], '\'=HYPERLINK("http://x")')
        self.assertEqual(booked[2]['Note'], '话费充值 30 元')

    def test_texts_that_begin_like_formulas_are_made_harmless(self):
        for text in ('=1', '+1', '-1', '@x', '\t=1', '\r=1'):
            self.assertEqual(writers.harmless(text), f"'{text}")
        for text in ('', 'a=1', '中文', "'=1"):
            self.assertEqual(writers.harmless(text), text)

    def test_negative_amounts_stay_numbers_in_csv(self):
        file = io.BytesIO()
        writers.write_csv(file, self._parts(['x', Decimal('-1.50'), '-1.50']))
        self.assertEqual(file.getvalue().decode('utf-8-sig').splitlines()[-1], "x,-1.50,'-1.50")

    def test_xlsx_has_numbers_only_where_they_are_exact(self):
        cells = self._cells(self._content('xlsx'))
        self.assertEqual(cells['999999999999987.96'], 'text')
        self.assertEqual(cells['12.05'], 'number')
        self.assertEqual(cells['=HYPERLINK("http://x")'], 'text')

    def _cells(self, content):
        """Return kind by value of all cells of the workbook."""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sheet = ElementTree.fromstring(archive.read('xl/worksheets/sheet1.xml'))
        self.assertIsNone(sheet.find(f'.//{SHEET}f'), 'no cell is a formula')
        cells = {}
        for cell in sheet.iter(f'{SHEET}c'):
            if cell.get('t') == 'inlineStr':
                cells[''.join(cell.itertext())] = 'text'
            elif cell.find(f'{SHEET}v') is not None:
                cells[cell.find(f'{SHEET}v').text] = 'number'
        return cells

    def test_doubles_that_are_not_the_amount_are_not_written(self):
        for text in ('0.1', '12.05', '-999999999999.99', '123456789012345', '0'):
            self.assertTrue(writers.is_exact(Decimal(text)), text)
        for text in ('9007199254740993', '1000000000000000.01', '1E+15', '9007199254740.97'):
            exact = writers.is_exact(Decimal(text))
            if exact:
                self.assertEqual(Decimal(f'{float(Decimal(text)):.16G}'), Decimal(text))
        self.assertFalse(writers.is_exact(Decimal('9007199254740993')))
        self.assertFalse(writers.is_exact(Decimal('1000000000000000.01')))

    def test_pdf_has_all_lines_and_chinese(self):
        reader = PdfReader(io.BytesIO(self._content('pdf')))
        text = reader.pages[0].extract_text()
        for expected in ('1000000000000000.01', '12.05', '999999999999987.96', '话费充值'):
            self.assertIn(expected, text)

    def test_pdf_repeats_the_columns_on_each_page(self):
        file = io.BytesIO()
        writers.write_pdf(file, self._parts(*[[str(n), 'x', Decimal(n)] for n in range(100)]))
        pages = PdfReader(io.BytesIO(file.getvalue())).pages
        self.assertGreater(len(pages), 2)
        texts = [page.extract_text().split() for page in pages]
        for words in texts:
            self.assertEqual([words.count(label) for label in 'abc'], [1, 1, 1])
        numbers = [int(word) for words in texts for word in words if word.isdigit()]
        self.assertEqual(sorted(set(numbers)), list(range(100)))

    def test_long_texts_are_cut_where_the_column_ends(self):
        self.assertEqual(writers._cut('abcdef', 6), 'abcdef')
        self.assertEqual(writers._cut('abcdefg', 6), 'abcde…')
        self.assertEqual(writers._cut('充值充值', 6), '充值…')

    def test_selection_is_named_in_the_file(self):
        self.statement.direction = 'debit'
        rows = self._content('csv').decode('utf-8-sig')
        self.assertIn('a selection; the balances are those of all entries', rows)
        self.assertNotIn('HYPERLINK', rows)
        self.assertIn('Credited,1000000000000000.01', rows)

    def test_times_are_those_of_the_zone(self):
        self.assertEqual(
            self.statement._local(self.sql_value("SELECT timestamp '2026-03-01 20:15:01.5'")),
            '2026-03-02 04:15:01',
        )


@tagged('post_install', '-at_install')
class TestDownloads(RoleCase, HttpCase):
    """Who gets which file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env['wx.ledger.account']._central(
            cls.env['wx.ledger.asset'].create(
                {'code': 'DWN', 'name': 'DWN', 'company_id': cls.env.company.id, 'kind': 'money'}
            )
        )
        cls.clerk = new_test_user(cls.env, 'ledger_clerk', groups='base.group_user')
        cls.auditor = cls._create_user('ledger_auditor', cls.builtin['auditor'])

    def _statement(self, user):
        return (
            self.env['wx.ledger.statement']
            .with_user(user)
            .create({'account_ids': self.account.ids})
        )

    def test_auditor_downloads_the_export(self):
        self.authenticate('ledger_auditor', 'ledger_auditor')
        answer = self.url_open('/wx_ledger/export')
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers['Content-Type'], 'application/gzip')
        self.assertIn('ledger.jsonl.gz', answer.headers['Content-Disposition'])
        lines = gzip.decompress(answer.content).splitlines(keepends=True)
        self.assertTrue(Verifier().verify(lines))

    def test_auditor_downloads_a_statement_in_each_format(self):
        statement = self._statement(self.auditor)
        self.authenticate('ledger_auditor', 'ledger_auditor')
        for kind, start in (('csv', b'\xef\xbb\xbf'), ('xlsx', b'PK'), ('pdf', b'%PDF')):
            answer = self.url_open(f'/wx_ledger/statement/{statement.id}/{kind}')
            self.assertEqual(answer.status_code, 200)
            self.assertTrue(answer.content.startswith(start))

    @mute_logger('odoo.http', 'odoo.addons.rbac_ext.models.rbac_gate')
    def test_others_get_nothing(self):
        statement = self._statement(self.auditor)
        self.authenticate('ledger_clerk', 'ledger_clerk')
        for path in ('/wx_ledger/export', f'/wx_ledger/statement/{statement.id}/csv'):
            self.assertEqual(self.url_open(path).status_code, 403)
        self.authenticate(None, None)
        self.assertIn('/web/login', self.url_open('/wx_ledger/export').url)

    @mute_logger('odoo.http')
    def test_unknown_formats_and_statements_are_not_found(self):
        self.authenticate('ledger_auditor', 'ledger_auditor')
        self.assertEqual(self.url_open('/wx_ledger/statement/0/csv').status_code, 404)
        self.assertEqual(self.url_open('/wx_ledger/statement/1/html').status_code, 404)

    def test_export_needs_all_companies(self):
        export = self.env['wx.ledger.export'].with_user(self.auditor)
        self.assertEqual(export.action_download()['url'], '/wx_ledger/export')
        self.env['res.company'].create({'name': 'Other'})
        with self.assertRaises(AccessError):
            export.action_download()
        with self.assertRaises(AccessError):
            export._take()
