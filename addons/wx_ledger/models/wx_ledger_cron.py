import logging

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .. import const
from ..exceptions import LedgerError
from ..values import Transfer

_logger = logging.getLogger(__name__)


class WxLedger(models.AbstractModel):
    """What is done without anybody: folding, the end of holds and of lots."""

    _inherit = 'wx.ledger'

    @api.model
    def _cron_fold(self):
        """Fold what was booked on deferred accounts, in batches that are committed."""
        while True:
            self.env.cr.execute('SELECT folded, below FROM wx_ledger_fold(%s)', (const.FOLD_BATCH,))
            folded, below = self.env.cr.fetchone()
            if not folded:
                return
            self._forget()
            self.env['wx.ledger.account'].browse(below or [])._report_below_limit()
            if not self._go_on(folded):
                return

    @api.model
    def _cron_expire_holds(self):
        """Release holds whose time is over, in batches that are committed."""
        while True:
            # Holds that other transactions are at are left out; a batch of nothing else ends it.
            self.env.cr.execute(
                'SELECT wx_ledger_expire_holds(%s, %s)', (self.env.uid, const.HOLD_BATCH)
            )
            count = self.env.cr.fetchone()[0]
            self._forget()
            if not count or not self._go_on(count):
                return

    @api.model
    def _cron_expire_lots(self):
        """Book lots whose time is over to the expiry account of their asset, one by one.

        What is held stays: it is asked for again when the hold has ended. So does what another
        transaction is at, or what cannot be booked now: the others do not wait for it.
        """
        last = ('-infinity', 0)
        while due := self._due_lots(*last):
            for _expires_at, lot_id in due:
                self._try_to_expire_lot(lot_id)
                if not self._go_on(1):
                    return
            last = due[-1]

    def _due_lots(self, expires_at, lot_id):
        """Return `(expires_at, id)` of due lots that come after the given one, in their order."""
        self.env.cr.execute(
            """SELECT l.expires_at, l.id
                 FROM wx_ledger_lot l JOIN wx_ledger_account a ON a.id = l.account_id
                WHERE l.remaining > 0 AND l.expires_at <= now() AT TIME ZONE 'UTC'
                  AND (l.expires_at, l.id) > (%s, %s)
                  AND a.state = 'open' AND a.balance > a.held
                ORDER BY l.expires_at, l.id LIMIT %s""",
            (expires_at, lot_id, const.LOT_BATCH),
        )
        return self.env.cr.fetchall()

    def _try_to_expire_lot(self, lot_id):
        try:
            self._expire_lot(lot_id)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()
        except LedgerError as refusal:
            _logger.warning('lot %s does not expire: %s', lot_id, refusal)

    def _expire_lot(self, lot_id):
        """Book what is left of a lot, as far as it is not held.

        The account is locked before the lot is read: nobody spends it in between.
        """
        self.env.cr.execute(
            'SELECT wx_ledger_lock_accounts(ARRAY[account_id]) FROM wx_ledger_lot WHERE id = %s',
            (lot_id,),
            log_exceptions=False,
        )
        self.env.cr.execute(
            """SELECT l.account_id, least(l.remaining, a.balance - a.held), l.remaining,
                      l.expires_at
                 FROM wx_ledger_lot l JOIN wx_ledger_account a ON a.id = l.account_id
                WHERE l.id = %s""",
            (lot_id,),
        )
        account_id, amount, remaining, expires_at = self.env.cr.fetchone()
        if amount <= 0:
            return
        account = self.env['wx.ledger.account'].browse(account_id)
        target = account._of_purpose(account.asset_id, 'expiry')
        # A lot may expire in parts: the rest of it when a hold has ended, or what came back.
        self._post(
            [Transfer(account_id, target.id, amount, const.REASON_EXPIRY)],
            key=f'expiry:{lot_id}:{expires_at:%Y%m%d%H%M%S}:{remaining}:{account.version}',
        )

    def _go_on(self, count):
        """Commit a batch and tell whether time is left for another one."""
        return bool(self.env['ir.cron']._commit_progress(count))
