"""Writers of statements: CSV, XLSX, PDF.

Each takes a binary file and an iterable of parts, which it reads once, so that memory does not
grow with the statement (only the PDF keeps its compressed pages, 100 bytes a line). A part is a
kind and its cells:

    ('title', [text])            once, at the beginning
    ('heading', [text])          an account
    ('fact', [label, cell])
    ('columns', [label, …])      begins a table
    ('row', [cell, …])

A cell is a text, or a Decimal: an amount in the asset's own unit. No amount becomes a float that
is not the very same number.
"""

import csv
import io
from decimal import Decimal

import xlsxwriter
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

# What makes a spreadsheet take a text for a formula.
FORMULA_STARTS = ('=', '+', '-', '@', '\t', '\r')
FONT = 'STSong-Light'  # has Chinese and is part of every PDF reader, so no font file is needed
FONT_SIZE = 7
LINE_HEIGHT = 12
MARGIN = 36


def plain(cell):
    """Return a cell as text."""
    return f'{cell:f}' if isinstance(cell, Decimal) else cell


def write_csv(file, parts):
    """Write UTF-8 with a mark that spreadsheets recognize; texts cannot be formulas."""
    text = io.TextIOWrapper(file, encoding='utf-8-sig', newline='', write_through=True)
    writer = csv.writer(text)
    for kind, cells in parts:
        if kind == 'heading':
            writer.writerow([])
        writer.writerow([plain(c) if isinstance(c, Decimal) else harmless(c) for c in cells])
    text.detach()


def harmless(text):
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_xlsx(file, parts):
    """Write a workbook; amounts are numbers where a spreadsheet keeps every digit, else text."""
    options = {'constant_memory': True, 'strings_to_formulas': False, 'strings_to_urls': False}
    workbook = xlsxwriter.Workbook(file, options)
    sheet = workbook.add_worksheet()
    sheet.set_column(0, 10, 20)
    bold = workbook.add_format({'bold': True})
    right = workbook.add_format({'align': 'right'})
    formats = {}
    number = 0
    for kind, cells in parts:
        number += kind == 'heading'
        for column, cell in enumerate(cells):
            if not isinstance(cell, Decimal):
                sheet.write_string(number, column, cell, None if kind == 'row' else bold)
            elif is_exact(cell):
                places = max(0, -cell.as_tuple().exponent)
                if places not in formats:
                    shape = '#,##0.' + '0' * places if places else '#,##0'
                    formats[places] = workbook.add_format({'num_format': shape})
                sheet.write_number(number, column, cell, formats[places])
            else:
                sheet.write_string(number, column, plain(cell), right)
        number += 1
    workbook.close()


def is_exact(amount):
    """Tell whether a spreadsheet, which reckons in doubles, shows and keeps every digit."""
    return len(amount.as_tuple().digits) <= 15 and Decimal(f'{float(amount):.16G}') == amount


def write_pdf(file, parts):
    """Write pages of A4; the font brings Chinese."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    pages = _Pages(Canvas(file, pagesize=landscape(A4), pageCompression=1))
    for kind, cells in parts:
        getattr(pages, f'add_{kind}')([plain(cell) for cell in cells])
    pages.close()


class _Pages:
    """Puts lines on pages; every page of a table begins with its columns."""

    def __init__(self, canvas):
        self.canvas = canvas
        self.width, self.height = landscape(A4)
        self.title = ''
        self.columns = []
        self.number = 0
        self._begin_page()

    def _begin_page(self):
        self.number += 1
        self.canvas.setFont(FONT, FONT_SIZE)
        self.y = self.height - MARGIN
        foot = f'{self.title}   {self.number}' if self.title else str(self.number)
        self.canvas.drawRightString(self.width - MARGIN, MARGIN / 2, foot)

    def _end_page(self):
        """End the page and compress it at once: reportlab would keep them as they are."""
        self.canvas.showPage()
        page = self.canvas._doc.Pages.pages[-1]
        packed = pdfdoc.PDFZCompress.encode(page.stream)
        filters = pdfdoc.PDFArray([pdfdoc.PDFName('FlateDecode')])
        page.Contents = pdfdoc.PDFStream(pdfdoc.PDFDictionary({'Filter': filters}), packed)
        page.stream = None

    def _next_line(self):
        self.y -= LINE_HEIGHT
        if self.y < MARGIN:
            self._end_page()
            self._begin_page()
            if self.columns:
                self._draw(self.columns)
            self.y -= LINE_HEIGHT

    def add_title(self, cells):
        self.title = cells[0]
        self.canvas.setTitle(self.title)
        self.canvas.setFont(FONT, 2 * FONT_SIZE)
        self.canvas.drawString(MARGIN, self.y, self.title)
        self.canvas.setFont(FONT, FONT_SIZE)
        self.y -= LINE_HEIGHT

    def add_heading(self, cells):
        self.columns = []
        self._next_line()
        self._next_line()
        self.canvas.setFont(FONT, FONT_SIZE + 3)
        self.canvas.drawString(MARGIN, self.y, cells[0])
        self.canvas.setFont(FONT, FONT_SIZE)

    def add_fact(self, cells):
        self.columns = []
        self._next_line()
        self.canvas.drawString(MARGIN, self.y, f'{cells[0]}: {cells[1]}')

    def add_columns(self, cells):
        self.columns = []
        self._next_line()
        self._draw(cells)
        self.columns = cells

    def add_row(self, cells):
        self._next_line()
        self._draw(cells)

    def _draw(self, cells):
        """Draw a line of a table: texts from the left, the last three columns to the right."""
        step = (self.width - 2 * MARGIN) / len(cells)
        chars = int(step / FONT_SIZE * 2)
        for column, cell in enumerate(cells):
            if column >= len(cells) - 3:
                self.canvas.drawRightString(MARGIN + step * (column + 1), self.y, cell)
            elif cell:
                self.canvas.drawString(MARGIN + step * column, self.y, _cut(cell, chars))
        if not self.columns:
            self.canvas.line(MARGIN, self.y - 3, self.width - MARGIN, self.y - 3)

    def close(self):
        self._end_page()
        self.canvas.save()


def _cut(text, chars):
    """Return as much of a text as fits; a Chinese character is as wide as two others."""
    room = chars
    for index, char in enumerate(text):
        room -= 2 if ord(char) > 0x2E7F else 1
        if room < 0:
            return f'{text[: index - 1]}…'
    return text


WRITERS = {
    'csv': (write_csv, 'text/csv; charset=utf-8'),
    'xlsx': (write_xlsx, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'),
    'pdf': (write_pdf, 'application/pdf'),
}
