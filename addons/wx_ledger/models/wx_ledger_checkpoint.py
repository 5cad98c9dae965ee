from datetime import datetime, time, timedelta

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger

from .. import const, const_proof


class WxLedgerCheckpoint(models.Model):
    """Balance of a deferred account at the end of a day (UTC).

    Serial accounts need none: their entries carry the balance. A deferred account has one for
    each day on which it moved; its balance at any moment is that of the last checkpoint and the
    entries since.
    """

    _name = 'wx.ledger.checkpoint'
    _description = 'Ledger Checkpoint'
    _inherit = ['rbac.read.only']
    _auto = False
    _log_access = False
    _order = 'day desc, id desc'
    _rec_name = 'day'

    account_id = fields.Many2one('wx.ledger.account')
    company_id = fields.Many2one(related='account_id.company_id')
    asset_id = fields.Many2one(related='account_id.asset_id')
    day = fields.Date()
    balance = BigInteger(aggregator=None)
    decimal_places = fields.Integer(related='account_id.decimal_places', aggregator=None)

    # === BUSINESS METHODS === #

    @api.model
    def _settled_until(self):
        """Return the first day that may still change.

        A posting bears a time of its own transaction, so a day is settled when every transaction
        that began on it has ended. This must be asked in an earlier transaction than the one
        that reads the entries: the reader's snapshot may be older than the end of the other.
        """
        self.env.cr.execute(
            """SELECT LEAST(
                          clock_timestamp() - make_interval(hours => %s),
                          (SELECT min(xact_start) FROM pg_stat_activity
                            WHERE datname = current_database() AND pid <> pg_backend_pid()
                              AND backend_type = 'client backend'),
                          (SELECT min(prepared) FROM pg_prepared_xacts
                            WHERE database = current_database())
                      ) AT TIME ZONE 'UTC'""",
            (const.CHECKPOINT_DELAY_HOURS,),
        )
        return self.env.cr.fetchone()[0].date()

    @api.model
    def _next_day(self):
        """Return the first day without checkpoints, None if nothing was ever booked.

        The first posting may have been overtaken by one of the day before.
        """
        self.env.cr.execute(
            """SELECT COALESCE((SELECT max(day) + 1 FROM wx_ledger_checkpoint),
                               (SELECT posted_at::date - 1 FROM wx_ledger_posting
                                 ORDER BY id LIMIT 1))"""
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _make(self, first, end):
        """Write the checkpoints of the days from `first` until before `end`.

        :return: their number
        """
        midnight = datetime.combine(end, time())
        self.env.cr.execute(
            """INSERT INTO wx_ledger_checkpoint (account_id, day, balance)
               SELECT m.account_id, m.day, COALESCE(p.balance, 0) + m.amount
                 FROM (SELECT a.id AS account_id, e.day,
                              sum(e.amount) OVER (PARTITION BY a.id ORDER BY e.day) AS amount
                         FROM wx_ledger_account a
                        CROSS JOIN LATERAL (
                              SELECT n.posted_at::date AS day, sum(n.amount) AS amount
                                FROM wx_ledger_entry n
                               WHERE n.account_id = a.id AND n.posted_at >= %(first)s
                                 AND n.posted_at < %(end)s
                               GROUP BY n.posted_at::date) e
                        WHERE a.booking_mode = 'deferred') m
                 LEFT JOIN LATERAL (SELECT k.balance FROM wx_ledger_checkpoint k
                                     WHERE k.account_id = m.account_id AND k.day < %(first)s
                                     ORDER BY k.day DESC LIMIT 1) p ON true
                ORDER BY m.day, m.account_id""",
            {'first': first, 'end': midnight},
        )
        return self.env.cr.rowcount

    # === CRON METHODS === #

    @api.model
    def _cron_checkpoint(self):
        """Write the checkpoints of all days that are settled, some days in one transaction."""
        cron = self.env['ir.cron']
        until, day = self._settled_until(), self._next_day()
        cron._commit_progress(remaining=max(0, (until - day).days) if day else 0)
        while day and day < until:
            end = min(until, day + timedelta(days=const_proof.CHECKPOINT_DAYS))
            self._make(day, end)
            if not cron._commit_progress((end - day).days):
                return
            day = end
