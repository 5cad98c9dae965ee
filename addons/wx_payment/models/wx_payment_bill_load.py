import csv
import gzip
import hashlib
import io
import logging
import zlib
from datetime import UTC

import psycopg2

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.wx_base.tools.transaction import lock_rows

from ..lib.paywire.errors import MalformedLine
from .wx_payment_bill_fetch import CHUNK_BYTES

_logger = logging.getLogger(__name__)

# Columns of the tables, in the order in which a line of the wire client becomes a row.
TRADE_COLUMNS = (
    *('bill_id', 'line_no', 'kind', 'number', 'moment', 'appid', 'mchid', 'out_trade_no'),
    *('transaction_id', 'out_refund_no', 'refund_id', 'trade_state', 'amount_fen', 'fee_fen'),
    'currency',
)
FUND_COLUMNS = (
    *('bill_id', 'line_no', 'kind', 'number', 'moment', 'serial', 'voucher', 'business'),
    *('in_fen', 'out_fen', 'balance_fen'),
)
SUMS = {
    'trade': """SELECT count(*), sum(amount_fen) FILTER (WHERE kind = 'payment'),
                       sum(amount_fen) FILTER (WHERE kind = 'refund'), sum(fee_fen)
                  FROM wx_payment_bill_line WHERE bill_id = %s""",
    'fund': """SELECT count(*), sum(in_fen), sum(out_fen),
                      sum(out_fen - in_fen) FILTER (WHERE kind = 'fee')
                 FROM wx_payment_bill_movement WHERE bill_id = %s""",
}


class RowFile(io.RawIOBase):
    """Rows as the file that COPY reads, made while it reads: no two batches are in memory.

    :param rows: iterable of tuples of texts and numbers; None becomes NULL
    """

    def __init__(self, rows):
        self.error = None
        self._rows = rows
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, lineterminator='\n')
        self._left = b''

    def readable(self):
        return True

    def readinto(self, buffer):
        """Fill `buffer` with the next bytes; return how many, 0 at the end."""
        try:
            if not self._left:
                self._fill(len(buffer))
        except Exception as error:
            # COPY only tells that reading failed.
            self.error = error
            raise
        head, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(head)] = head
        return len(head)

    def _fill(self, size):
        for row in self._rows:
            self._writer.writerow(row)
            if self._text.tell() >= size:
                break
        self._left += self._text.getvalue().encode()
        self._text.seek(0)
        self._text.truncate()


class WxPaymentBill(models.Model):
    """Reading: all lines of a bill in one transaction, so they are here whole or not at all."""

    _inherit = 'wx.payment.bill'

    # === BUSINESS METHODS - READING === #

    def _run_load(self):
        """Load the lines and tell whether there is a next step to do."""
        lock_rows(self)
        try:
            with self.env.cr.savepoint():
                self._load()
        except (MalformedLine, OSError, EOFError, zlib.error, psycopg2.DataError) as error:
            self._job_bury(self.env._('The bill cannot be read: %(error)s', error=error))
            return False
        self.state = 'parsed'
        return True

    def _load(self):
        """Replace the bill's lines by those of its file.

        :raise MalformedLine: the text is not as documented, or its totals are not right
        :raise OSError: the file is damaged, or not the one that was fetched
        """
        trade = self.kind == 'trade'
        table, columns = (
            ('wx_payment_bill_line', TRADE_COLUMNS)
            if trade
            else ('wx_payment_bill_movement', FUND_COLUMNS)
        )
        prepare = self._prepare_trade_row if trade else self._prepare_fund_row
        checksum = hashlib.sha256()
        self.env.flush_all()
        self.env.cr.execute(
            SQL('DELETE FROM %s WHERE bill_id = %s', SQL.identifier(table), self.id)
        )
        # Whatever asks the database comes first: during COPY the connection is taken.
        provider, bill_id = self.channel_id._provider(), self.id
        with self._open_file() as file:
            lines = provider._read_bill(self.kind, _unpack(file, checksum))
            rows = RowFile(prepare(bill_id, *pair) for pair in enumerate(lines, start=1))
            self._copy(f'COPY {table} ({", ".join(columns)}) FROM STDIN (FORMAT csv)', rows)
        if checksum.hexdigest() != self.checksum:
            raise OSError('the file is not the one that was fetched')
        self._sum_up()

    def _copy(self, query, rows):
        try:
            self.env.cr.copy_expert(query, rows)
        except psycopg2.Error:
            if rows.error:
                raise rows.error from None
            raise

    @api.model
    def _prepare_trade_row(self, bill_id, line_no, line):
        own = line.out_refund_no if line.kind == 'refund' else line.out_trade_no
        # A refund made in the provider's console may have no number of ours.
        theirs = line.refund_id if line.kind == 'refund' else line.transaction_id
        return (
            *(bill_id, line_no, line.kind, own or theirs or line.out_trade_no),
            _moment(line.trade_time),
            *(line.appid, line.mchid, line.out_trade_no, line.transaction_id),
            *(line.out_refund_no, line.refund_id, line.state, line.amount_fen, line.fee_fen),
            line.currency,
        )

    @api.model
    def _prepare_fund_row(self, bill_id, line_no, line):
        return (
            *(bill_id, line_no, line.kind, line.business_no or line.voucher or line.number),
            _moment(line.time),
            *(line.number, line.voucher, line.business),
            *(line.in_fen, line.out_fen, line.balance_fen),
        )

    def _sum_up(self):
        """Write what the lines add up to."""
        self.env.cr.execute(SUMS[self.kind], (self.id,))
        lines, came, went, fees = self.env.cr.fetchone()
        self.write(
            {
                'line_count': lines,
                'in_fen': int(came or 0),
                'out_fen': int(went or 0),
                'fee_fen': int(fees or 0),
            }
        )
        _logger.info('bill %s: %s lines read', self.id, lines)


def _moment(moment):
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(' ')


def _unpack(file, checksum):
    """Yield the text of a packed file piece by piece and add it to a sum."""
    with gzip.open(file) as text:
        while chunk := text.read(CHUNK_BYTES):
            checksum.update(chunk)
            yield chunk
