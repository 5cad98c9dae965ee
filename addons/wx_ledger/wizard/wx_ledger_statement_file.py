import tempfile
from itertools import islice
from zoneinfo import ZoneInfo

from odoo import fields, models

from odoo.addons.rbac_ext.permission import requires

from ..amounts import scaled
from ..report.statement_writers import WRITERS

BATCH = 500


class WxLedgerStatement(models.TransientModel):
    """The statement as a file: everything that the pages on the screen show."""

    _inherit = 'wx.ledger.statement'

    # === ACTION METHODS === #

    @requires('ledger.export')
    def action_csv(self):
        return self._action_download('csv')

    @requires('ledger.export')
    def action_xlsx(self):
        return self._action_download('xlsx')

    @requires('ledger.export')
    def action_pdf(self):
        return self._action_download('pdf')

    def _action_download(self, kind):
        self.ensure_one()
        self._check_accounts()
        url = f'/wx_ledger/statement/{self.id}/{kind}'
        return {'type': 'ir.actions.act_url', 'url': url, 'target': 'download'}

    # === BUSINESS METHODS === #

    @requires('ledger.export')
    def _take(self, kind):
        """Return the statement as a temporary file, open at its beginning.

        :param str kind: key of `WRITERS`
        """
        self.ensure_one()
        self._check_accounts()
        file = tempfile.TemporaryFile()
        WRITERS[kind][0](file, self._parts())
        file.seek(0)
        return file

    def _file_name(self, kind):
        return f'statement_{self.date_from}_{self.date_to}.{kind}'

    def _parts(self):
        """Yield the parts of the file, see report/statement_writers.py."""
        yield 'title', [self.env._('Statement of Accounts')]
        period = self.env._(
            '%(first)s to %(last)s', first=str(self.date_from), last=str(self.date_to)
        )
        yield 'fact', [self.env._('Period'), f'{period} ({self.zone})']
        if self._filter().is_narrow:
            yield (
                'fact',
                [
                    self.env._('Entries'),
                    self.env._('a selection; the balances are those of all entries'),
                ],
            )
        for account in self._accounts():
            yield from self._account_parts(account)

    def _account_parts(self, account):
        statement, places = self._statement_of(account), account.decimal_places
        summary = statement.summary()
        yield 'heading', [f'{account.display_name} ({account.asset_id.name})']
        yield 'fact', [self.env._('Opening Balance'), scaled(summary.opening, places)]
        yield 'columns', self._labels()
        lines = statement.lines()
        while batch := list(islice(lines, BATCH)):
            yield from self._rows(batch, places)
        yield 'fact', [self.env._('Credited'), scaled(summary.credited, places)]
        yield 'fact', [self.env._('Debited'), scaled(summary.debited, places)]
        yield 'fact', [self.env._('Closing Balance'), scaled(summary.closing, places)]

    def _labels(self):
        names = ('posted_at', 'event_at', 'version', 'reason_id', 'counter_id')
        fields_by_name = self.env['wx.ledger.statement.line'].fields_get(names, ['string'])
        labels = [fields_by_name[name]['string'] for name in names]
        return [
            *labels,
            self.env._('Document'),
            self.env._('Note'),
            self.env._('Debit'),
            self.env._('Credit'),
            self.env._('Balance'),
        ]

    def _rows(self, batch, places):
        """Yield the rows of some lines; names are looked up for all of them together."""
        names = self._names('wx.ledger.account', {line.counter_id for line in batch})
        reasons = self._names('wx.ledger.reason', {line.reason_id for line in batch})
        for line in batch:
            amount = scaled(abs(line.amount), places)
            document = f'{line.document_model},{line.document_id}' if line.document_model else ''
            yield (
                'row',
                [
                    self._local(line.posted_at),
                    self._local(line.event_at),
                    str(line.version or ''),
                    reasons[line.reason_id],
                    names[line.counter_id],
                    document,
                    line.note or '',
                    amount if line.amount < 0 else '',
                    amount if line.amount > 0 else '',
                    scaled(line.balance, places),
                ],
            )

    def _names(self, model, ids):
        """Return name by id. In sudo: the other side of an own entry is no secret."""
        records = self.env[model].sudo().browse(ids)
        names = {record.id: record.display_name for record in records}
        # A long statement would fill the cache.
        records.invalidate_recordset(flush=False)
        return names

    def _local(self, moment):
        aware = moment.replace(tzinfo=ZoneInfo('UTC')).astimezone(ZoneInfo(self.zone))
        return fields.Datetime.to_string(aware.replace(tzinfo=None))
