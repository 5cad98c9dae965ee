import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..const import JOB_GAPS, JOB_LEASE_SECONDS

_logger = logging.getLogger(__name__)


class WxJobMixin(models.AbstractModel):
    """Rows of work: the base of inboxes (work on what came in) and outboxes (calls out).

    A row is due when `next_try_at` has passed. The runner leases it by moving that time
    ahead, so a killed worker's row comes back by itself when the lease is over; `_job_run`
    must therefore be safe to repeat. Rows of one model are never run twice at once.
    """

    _name = 'wx.job.mixin'
    _description = 'Row of Work'

    # The scheduled action that runs these rows.
    _job_cron = None
    # Seconds before the second, third … try; the last gap repeats.
    _job_gaps = JOB_GAPS
    # Tries after which a person has to look; 0 means never.
    _job_max_tries = 0
    _job_batch = 50
    # True: `_job_run` calls the outside, so each row is leased, committed and run alone.
    # False: it only writes here, so a batch shares one transaction, a savepoint a row.
    _job_calls_out = True

    next_try_at = fields.Datetime(
        string='Next Try', copy=False, readonly=True, help='Empty when there is nothing to do.'
    )
    try_count = fields.Integer(string='Tries', copy=False, readonly=True, aggregator='avg')
    lease_until = fields.Datetime(
        string='Leased Until', copy=False, readonly=True, help='A worker is at it until then.'
    )
    dead = fields.Boolean(
        copy=False, readonly=True, help='Given up by the machine: a person has to look.'
    )
    last_error = fields.Char(copy=False, readonly=True)

    _job_due_idx = models.Index('(next_try_at) WHERE next_try_at IS NOT NULL')

    # === BUSINESS METHODS - SCHEDULING === #

    def _job_restart(self):
        """Have the rows tried again now, for a person; also those that were given up.

        Each model that people may start again has a public method `action_job_retry` with a
        permission of its own, and calls this. Rows are read by these people, never written.
        """
        self.check_access('read')
        self.sudo()._job_queue()

    def _job_queue(self, delay=0):
        """Make the rows due in `delay` seconds and wake the scheduled action."""
        at = fields.Datetime.now() + timedelta(seconds=delay)
        self.write({'next_try_at': at, 'lease_until': False, 'dead': False})
        if self._job_cron:
            self.env['ir.cron']._wake(self._job_cron, delay)

    def _job_done(self):
        """Mark the rows' work as finished."""
        self.write({'next_try_at': False, 'lease_until': False, 'last_error': False})

    def _job_retry(self, error, delay=None):
        """Plan the next try, or give up after `_job_max_tries`.

        :param str error: what the row's page shows; must hold no secret
        :param int delay: seconds; by default the gap that belongs to the number of tries
        """
        self.ensure_one()
        if self._job_max_tries and self.try_count >= self._job_max_tries:
            self._job_bury(error)
            return
        if delay is None:
            delay = self._job_gaps[min(max(self.try_count, 1), len(self._job_gaps)) - 1]
        self.last_error = error[:500]
        self._job_queue(delay)

    def _job_bury(self, error):
        """Give the row up: it stays visible, a person has to look."""
        self.ensure_one()
        _logger.error('%s(%s) given up: %s', self._name, self.id, error)
        self.write(
            {'dead': True, 'next_try_at': False, 'lease_until': False, 'last_error': error[:500]}
        )

    def _job_run(self):
        """Do the row's work.

        Returning without `_job_retry`, `_job_bury` or `_job_queue` means it is done. Any
        exception rolls back and plans the next try.
        """
        raise NotImplementedError

    # === BUSINESS METHODS - RUNNING === #

    @api.model
    def _job_take(self, limit):
        """Lease rows that are due and return them; rows that others hold are passed over."""
        now = fields.Datetime.now()
        due = self.search([('next_try_at', '<=', now)], order='next_try_at, id', limit=limit)
        jobs = due.try_lock_for_update(allow_referencing=True)
        lease = now + timedelta(seconds=JOB_LEASE_SECONDS)
        for count, same in jobs.grouped('try_count').items():
            same.write({'next_try_at': lease, 'lease_until': lease, 'try_count': count + 1})
        jobs.flush_recordset()
        return jobs

    @api.model
    def _job_wake_for_next(self):
        """Have the scheduled action run again when the next planned row becomes due."""
        planned = self.search(
            [('next_try_at', '>', fields.Datetime.now())], order='next_try_at', limit=1
        )
        if planned:
            seconds = (planned.next_try_at - fields.Datetime.now()).total_seconds()
            self.env['ir.cron']._wake(self._job_cron, max(0, int(seconds)))

    def _job_settle(self):
        """Finish the rows whose run said nothing else."""
        for job in self:
            if job.lease_until:
                job._job_done()

    # === CRON METHODS === #

    @api.model
    def _cron_run_jobs(self):
        """Run all rows that are due, in batches, until none is left or the time is over."""
        # What jobs leave for people to read is in the shop's language.
        self = self.with_context(lang=self.env.company.partner_id.lang)
        cron = self.env['ir.cron']
        time_left = True
        while time_left:
            try:
                jobs = self._job_take(self._job_batch)
                time_left = cron._commit_progress(remaining=len(jobs))
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # Somebody changed a row since the search: look again.
                self.env.cr.rollback()
                continue
            if not jobs:
                self._job_wake_for_next()
                return
            if self._job_calls_out:
                time_left = jobs._job_run_each()
            else:
                time_left = jobs._job_run_together()
        self.env['ir.cron']._wake(self._job_cron)

    def _job_run_each(self):
        """Run rows that call out, one transaction each; return the seconds left."""
        for job in self:
            try:
                job._job_run()
                job._job_settle()
                self.env.flush_all()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                self.env.cr.rollback()
                _logger.info('%s(%s) met another transaction: %s', job._name, job.id, error)
                job._job_queue(1)
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception('%s(%s) failed', job._name, job.id)
                job._job_retry(f'{type(error).__name__}: {error}')
            time_left = self.env['ir.cron']._commit_progress(1)
            if not time_left:
                return 0
        return time_left

    def _job_run_together(self):
        """Run rows that only write here, a savepoint each; return the seconds left."""
        for job in self:
            try:
                with self.env.cr.savepoint():
                    job._job_run()
                    job._job_settle()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                _logger.info('%s(%s) met another transaction: %s', job._name, job.id, error)
                job._job_queue(1)
            except Exception as error:
                _logger.exception('%s(%s) failed', job._name, job.id)
                job._job_retry(f'{type(error).__name__}: {error}')
        return self.env['ir.cron']._commit_progress(len(self))
