import logging

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger

from .. import const, const_proof

_logger = logging.getLogger(__name__)


class WxLedgerBlock(models.Model):
    """A link of the chain: a few thousand postings under one hash; see sql/seal.sql.

    Sealing follows the postings at some seconds' distance, so that no posting waits for another.
    """

    _name = 'wx.ledger.block'
    _description = 'Ledger Block'
    _inherit = ['rbac.read.only']
    _auto = False
    _log_access = False
    _order = 'id desc'
    _rec_name = 'id'

    posting_count = fields.Integer(string='# Postings')
    sealed_at = fields.Datetime(string='Sealed')
    hash_hex = fields.Char(compute='_compute_hashes', string='Hash (SHA-256)')
    previous_hex = fields.Char(compute='_compute_hashes', string='Previous Hash')
    posting_ranges = fields.Char(compute='_compute_hashes', string='Postings')
    first_posting = BigInteger(compute='_compute_hashes', aggregator=None)

    # === COMPUTE METHODS === #

    def _compute_hashes(self):
        self.env.cr.execute(
            """SELECT id, encode(hash, 'hex'), encode(previous_hash, 'hex'), postings::text,
                      lower(postings)
                 FROM wx_ledger_block WHERE id = ANY(%s)""",
            (self.ids,),
        )
        rows = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        for block in self:
            block.hash_hex, block.previous_hex, block.posting_ranges, block.first_posting = (
                rows.get(block.id, (False, False, False, 0))
            )

    # === BUSINESS METHODS === #

    @api.model
    def _seal(self):
        """Seal one block of what waits.

        :return: `(block id, hash in hex, number of postings)` or None
        """
        self.env.cr.execute(
            'SELECT block_id, block_hash, sealed FROM wx_ledger_seal(%s, %s)',
            (const.SEAL_BATCH, const_proof.SEAL_TRANSFERS),
        )
        return self.env.cr.fetchone()

    @api.model
    def _count_waiting(self):
        self.env.cr.execute('SELECT count(*) FROM wx_ledger_unsealed')
        return self.env.cr.fetchone()[0]

    # === CRON METHODS === #

    @api.model
    def _cron_seal(self):
        """Seal what waits, one block in one transaction, until nothing does or the time is over.

        The log has the hash of each block: an anchor outside the database.
        """
        cron = self.env['ir.cron']
        cron._commit_progress(remaining=self._count_waiting())
        while block := self._seal():
            _logger.info('block %s seals %s postings: %s', block[0], block[2], block[1])
            if not cron._commit_progress(block[2]):
                return
        cron._commit_progress(remaining=0)

    @api.model
    def _cron_watch(self):
        """Raise a to-do when postings wait too long: nothing tells when tampering with them."""
        self = self.with_context(lang=self.env.company.partner_id.lang)
        self.env.cr.execute(
            """SELECT posting_id, queued_at FROM wx_ledger_unsealed
                WHERE queued_at < clock_timestamp() AT TIME ZONE 'UTC' - make_interval(mins => %s)
                ORDER BY queued_at LIMIT 1""",
            (const.UNSEALED_ALARM_MINUTES,),
        )
        if oldest := self.env.cr.fetchone():
            self.env['wx.ledger.proof']._report_unsealed(*oldest)
