import gzip
import json
import tempfile

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.rbac_ext.permission import requires

from .. import const_proof

# What stands before the chain: query of one JSON text a row.
PREAMBLE = (
    """SELECT json_build_object('asset', id, 'code', code, 'decimal_places', decimal_places,
                                'expiring', COALESCE(expiring, false))
         FROM wx_ledger_asset ORDER BY id""",
    "SELECT json_build_object('reason', id, 'code', code) FROM wx_ledger_reason ORDER BY id",
    """SELECT json_build_object('account', a.id, 'asset', a.asset_id, 'kind', a.kind,
                  'booking_mode', a.booking_mode, 'owner_kind', a.owner_kind,
                  'owner_model', a.owner_model, 'owner', a.owner_res_id, 'purpose', a.purpose,
                  'balance', a.balance + COALESCE(d.amount, 0), 'held', a.held,
                  'version', a.version)
         FROM wx_ledger_account a
         LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM wx_ledger_delta
                     GROUP BY account_id) d ON d.account_id = a.id
        ORDER BY a.id""",
    """SELECT json_build_object('hold', id, 'account', account_id,
                                'open', amount - captured - released)
         FROM wx_ledger_hold WHERE state = 'open' ORDER BY id""",
    """SELECT json_build_object('lot', id, 'account', account_id, 'remaining', remaining)
         FROM wx_ledger_lot WHERE remaining > 0 ORDER BY id""",
)


class WxLedgerExport(models.AbstractModel):
    """The whole ledger as a file of lines that tools/verify_ledger.py verifies anywhere.

    All queries see one snapshot, so nothing is posted between the parts of the file.
    """

    _name = 'wx.ledger.export'
    _description = 'Export of the Ledger'

    # === ACTION METHODS === #

    @api.model
    @requires('ledger.export')
    def action_download(self):
        """Return the action that downloads the export."""
        self._check_companies()
        return {'type': 'ir.actions.act_url', 'url': '/wx_ledger/export', 'target': 'download'}

    # === BUSINESS METHODS === #

    @api.model
    @requires('ledger.export')
    def _take(self):
        """Return the export as a compressed temporary file, open at its beginning.

        A file, because an error halfway must not look like the end of a download.
        """
        self._check_companies()
        file = tempfile.TemporaryFile()
        with gzip.open(file, 'wb', compresslevel=5) as packed:
            self._write(packed)
        file.seek(0)
        return file

    @api.model
    def _check_companies(self):
        """Refuse who may not see every company: they share one chain."""
        # Which companies there are is no secret here, what they book is.
        if self.env['res.company'].sudo().search([]) - self.env.user.company_ids:
            raise AccessError(self.env._('The export holds the postings of all companies.'))

    @api.model
    def _write(self, file):
        """Write the export to a binary file, in bounded memory."""
        self.env.flush_all()
        count = 0
        for line in self._lines():
            file.write(line.encode() + b'\n')
            count += 1
        file.write(json.dumps({'end': count}).encode() + b'\n')

    def _lines(self):
        yield json.dumps(
            {
                'ledger': 1,
                'database': self.env.cr.dbname,
                'exported_at': fields.Datetime.now().isoformat() + 'Z',
            }
        )
        for query in PREAMBLE:
            yield from self._stream(SQL('SELECT line::text FROM (%s) AS q (line)', SQL(query)))
        yield from self._block_lines()
        yield json.dumps({'unsealed': True})
        yield from self._unsealed_lines()

    def _block_lines(self):
        """Yield each block, followed by its postings."""
        number = 0
        while True:
            self.env.cr.execute(
                """SELECT id, json_build_object('block', id, 'previous',
                              encode(previous_hash, 'hex'), 'hash', encode(hash, 'hex'),
                              'postings', posting_count, 'sealed_at', sealed_at)::text,
                          wx_ledger_block_postings(postings, posting_count)
                     FROM wx_ledger_block WHERE id > %s ORDER BY id LIMIT 1""",
                (number,),
            )
            row = self.env.cr.fetchone()
            if not row:
                return
            number, header, posting_ids = row
            yield header
            yield from self._posting_lines(posting_ids or [])

    def _unsealed_lines(self):
        """Yield the postings that wait for their block."""
        last = 0
        while True:
            self.env.cr.execute(
                'SELECT posting_id FROM wx_ledger_unsealed WHERE posting_id > %s'
                ' ORDER BY posting_id LIMIT %s',
                (last, const_proof.EXPORT_BATCH),
            )
            posting_ids = [posting_id for (posting_id,) in self.env.cr.fetchall()]
            if not posting_ids:
                return
            yield from self._posting_lines(posting_ids)
            last = posting_ids[-1]

    def _posting_lines(self, posting_ids):
        return self._stream(SQL('SELECT line FROM wx_ledger_lines(%s::bigint[])', posting_ids))

    def _stream(self, query):
        """Yield the texts a query gives, through a cursor of the server."""
        cr = self.env.cr
        cr.execute(SQL('DECLARE wx_ledger_export NO SCROLL CURSOR FOR %s', query))
        while True:
            cr.execute(SQL('FETCH %s FROM wx_ledger_export', const_proof.EXPORT_BATCH))
            rows = cr.fetchall()
            if not rows:
                break
            for (text,) in rows:
                yield text
        cr.execute('CLOSE wx_ledger_export')
