import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..const.routing import (
    JUDGED_ATTEMPTS,
    JUDGED_HOURS,
    JUDGED_LEAST,
    SHARE_STEP,
    SILENT_SECONDS,
)
from ..lib.topup.errors import AccountProblem, NotSent, Refused, TopupError
from ..routing import may_return, probe_delay

_logger = logging.getLogger(__name__)

JUDGED_FIELDS = (
    'success_share',
    'judged_count',
    'average_seconds',
    'failure_streak',
    'failure',
    'failure_at',
)
# One row a supplier. `worked`: delivered, if only in part; `fresh`: since it was used again;
# `place`: 1 is the newest.
TALLY_QUERY = """
WITH judged AS (
    SELECT attempt.*, coalesce(attempt.finished_at, submitted_at) AS moment,
           attempt.state IN ('succeeded', 'partially_succeeded') AS worked,
           coalesce(attempt.finished_at, submitted_at)
               > coalesce(supplier.resumed_at, '-infinity') AS fresh,
           row_number() OVER (
               PARTITION BY supplier_id
               ORDER BY coalesce(attempt.finished_at, submitted_at) DESC,
                        attempt.id DESC) AS place
      FROM wx_recharge_attempt attempt
      JOIN wx_recharge_supplier supplier ON supplier.id = supplier_id
     WHERE (attempt.finished_at > %(since)s
            AND attempt.state IN ('succeeded', 'partially_succeeded', 'failed',
                                  'cancelled', 'reversed')
            OR attempt.state = 'unknown'
               AND submitted_at > %(since)s AND submitted_at < %(silent)s)
       AND submitted_at IS NOT NULL
       AND result_class IS DISTINCT FROM 'final_input'),
newest AS (
    SELECT supplier_id,
           coalesce(min(place) FILTER (WHERE worked), 1000000) AS good,
           min(place) FILTER (WHERE NOT worked) AS bad
      FROM judged GROUP BY supplier_id)
SELECT supplier_id, count(*) AS judged, count(*) FILTER (WHERE worked) AS worked,
       avg(duration) FILTER (WHERE worked) AS seconds,
       count(*) FILTER (WHERE place < good AND fresh) AS streak,
       bool_or(worked AND fresh AND place = good) AS delivers,
       max(result_class) FILTER (WHERE place = 1 AND fresh) AS newest_class,
       max(concat_ws(' ', error_code, error_text)) FILTER (WHERE place = bad)
           AS failure,
       max(moment) FILTER (WHERE place = bad) AS failure_at
  FROM judged JOIN newest USING (supplier_id)
 WHERE place <= %(most)s GROUP BY supplier_id
"""


class WxRechargeSupplier(models.Model):
    """What a supplier's newest attempts say about it, and what follows by itself."""

    _inherit = 'wx.recharge.supplier'

    # Written by SQL only, but for `routing_share`: they change all the time.
    success_share = fields.Float(
        string='Delivered (%)',
        digits=(5, 1),
        readonly=True,
        copy=False,
        aggregator='avg',
        help='Of the newest attempts within a day; wrong numbers do not count.',
    )
    judged_count = fields.Integer(
        string='Attempts Judged', readonly=True, copy=False, help='What the share is taken of.'
    )
    average_seconds = fields.Integer(
        string='Average Time (s)',
        readonly=True,
        copy=False,
        aggregator='avg',
        help='From the order at the supplier to the delivery.',
    )
    failure_streak = fields.Integer(
        string='Failures in a Row', readonly=True, copy=False, aggregator='max'
    )
    failure = fields.Char(string='Last Failure', readonly=True, copy=False)
    failure_at = fields.Datetime(string='Last Failure At', readonly=True, copy=False)
    routing_share = fields.Integer(
        readonly=True, copy=False, default=-1, aggregator=None, help='-1: too few attempts.'
    )

    # === BUSINESS METHODS - JUDGEMENT === #

    @api.model
    def _judge_suppliers(self):
        """Write down how well every supplier works, and pause those that fail in a row."""
        tallies = self._tally_attempts()
        for supplier in self.search([]):
            tally = tallies.get(supplier.id, {})
            if tally or supplier.judged_count:
                supplier._note_tally(tally)
            if tally and not supplier.paused and supplier.is_wired:
                supplier._pause_when_failing(tally)

    @api.model
    def _tally_attempts(self):
        """Return supplier id → what its newest attempts came to. One query for all."""
        self.env['wx.recharge.attempt'].flush_model()
        self.flush_model(['resumed_at'])
        rows = self.env.execute_query_dict(
            SQL(
                TALLY_QUERY,
                since=fields.Datetime.now() - timedelta(hours=JUDGED_HOURS),
                silent=fields.Datetime.now() - timedelta(seconds=SILENT_SECONDS),
                most=JUDGED_ATTEMPTS,
            )
        )
        return {row.pop('supplier_id'): row for row in rows}

    def _note_tally(self, tally):
        """Write what was found out; what people and routing do not see has not changed."""
        judged, worked = tally.get('judged', 0), tally.get('worked', 0)
        share = 100 * worked / judged if judged else 0
        self.env.cr.execute(
            SQL(
                """UPDATE wx_recharge_supplier
                      SET success_share = %s, judged_count = %s, average_seconds = %s,
                          failure_streak = %s, failure = coalesce(%s, failure),
                          failure_at = coalesce(%s, failure_at)
                    WHERE id = %s""",
                round(share, 1),
                judged,
                round(tally.get('seconds') or 0),
                tally.get('streak', 0),
                (tally.get('failure') or '')[:200] or None,
                tally.get('failure_at'),
                self.id,
            )
        )
        self.invalidate_recordset(JUDGED_FIELDS)
        step = round(share / SHARE_STEP) * SHARE_STEP if judged >= JUDGED_LEAST else -1
        if self.routing_share != step:
            self.routing_share = step
        if tally.get('delivers') and self.pause_count and not self.paused:
            self.pause_count = 0

    def _pause_when_failing(self, tally):
        if tally['newest_class'] == 'account':
            self._pause(tally['failure'] or '', 'account')
        elif 0 < self.pause_after <= tally['streak']:
            reason = self.env._(
                '%(count)s failures in a row, the last: %(failure)s',
                count=tally['streak'],
                failure=tally['failure'] or '–',
            )
            self._pause(reason, 'failures')

    # === BUSINESS METHODS - RETURN === #

    def _probe(self):
        """Ask a supplier that the machine has paused, and order there again if it works.

        Nothing written may be uncommitted.
        """
        self.ensure_one()
        try:
            balance = self._refresh_balance()
        except (AccountProblem, NotSent) as error:
            _logger.info('supplier %s: probe: %s', self.id, error)
            refused = isinstance(error, AccountProblem) or error.account_problem
            self._ask_later(probe_refused=self.probe_refused or refused)
        except TopupError as error:
            _logger.info('supplier %s: probe: %s', self.id, error)
            # A plain no is an answer too; some dialects cannot be asked for the balance.
            if self.pause_kind == 'failures' and type(error) is Refused:
                self._return()
            else:
                self._ask_later()
        else:
            self._judge_probe(float(balance.amount))

    def _judge_probe(self, balance):
        baseline = self.probe_baseline
        known = baseline is not None and baseline is not False
        if may_return(
            self.pause_kind,
            balance,
            baseline if known else None,
            self.balance_reserve,
            was_refused=self.probe_refused,
        ):
            self._return()
        else:
            self._ask_later(probe_baseline=baseline if known else balance)

    def _return(self):
        """Order there again, and say so."""
        self._resume()
        self.message_post(body=self.env._('The supplier works again and is used again.'))
        _logger.info('supplier %s is used again', self.id)

    def _ask_later(self, **values):
        at = fields.Datetime.now() + timedelta(seconds=probe_delay(1))
        self.write({'probe_at': at, **values})

    # === CRON METHODS === #

    @api.model
    def _cron_watch_suppliers(self):
        """Judge the suppliers, and ask those that the machine has paused."""
        # What is written for people is in the shop's language.
        self = self.with_context(lang=self.env.company.partner_id.lang)
        cron = self.env['ir.cron']
        try:
            self._judge_suppliers()
            cron._commit_progress(1)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            self.env.cr.rollback()
            _logger.info('suppliers are not judged this time: %s', error)
            return
        due = self.search([('paused', '=', True), ('probe_at', '<=', fields.Datetime.now())])
        cron._commit_progress(remaining=len(due))
        for supplier in due:
            supplier._alone(supplier._probe)
            if not cron._commit_progress(1):
                break
