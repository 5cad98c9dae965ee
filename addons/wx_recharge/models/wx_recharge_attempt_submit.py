import logging
from datetime import timedelta
from decimal import Decimal

import psycopg2

from odoo import fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.wx_base.tools.transaction import commit_intent

from ..const.attempts import ANSWER_TRIES, ATTEMPT_IN_FLIGHT, BUSY_SECONDS
from ..lib.topup.errors import NotSent, Refused
from ..lib.topup.normalized import OrderRequest
from ..lib.topup.products import Side
from ..lib.topup.schedule import query_gap

_logger = logging.getLogger(__name__)


class WxRechargeAttempt(models.Model):
    """The calls to the supplier. Source: spec/topup_suppliers.md §0, §5.4."""

    _inherit = 'wx.recharge.attempt'

    # === BUSINESS METHODS - SUBMITTING === #

    def _submit(self):
        """Order at the supplier, exactly once per reference."""
        self._lock_with_order()
        if self.state != 'draft':
            return
        if self.order_id.state != 'fulfilling':
            self._move('cancelled', error_text=self.env._('The order is over.'))
            self._finish()
            return
        if self.supplier_id.paused or not self.supplier_id.active:
            self._refuse_locally('account', 'PAUSED', self.env._('The supplier is paused.'))
            return
        wait = self._seconds_until_free()
        if wait:
            self._put_off(self.env._('Another order for this number is in progress.'), wait)
            return
        wait = self.supplier_id._seconds_until_call()
        if wait:
            self._put_off(self.env._('The supplier takes no more calls at the moment.'), wait)
            return
        # All that the call needs is read now: after the commit the first statement shall be
        # the lock, so that the snapshot is as young as the answer.
        adapter = self.supplier_id._build_adapter()
        order = self._prepare_order_request()
        if not self._claim_number():
            self._job_retry(self.env._('Another order for this number began.'), BUSY_SECONDS)
            return
        commit_intent(self.env)
        try:
            result = adapter.submit(order)
        except NotSent as error:
            self._keep(self._undo_submit, error)
        except Refused as error:
            self._keep(self._refuse_locally, 'final_operator', error.code, str(error))
        else:
            self._keep(self._apply, result, asked=False)

    def _keep(self, write, *told, **options):
        """Write what came of a call, again when another transaction was faster.

        The answer is nowhere else: without it nobody would know whether the supplier has the
        order.
        """
        for left in reversed(range(ANSWER_TRIES)):
            try:
                write(*told, **options)
                self.env.flush_all()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                if not left:
                    raise
                self.env.cr.rollback()
                _logger.info('answer to attempt %s is written again: %s', self.reference, error)
            else:
                return

    def _put_off(self, reason, seconds=None):
        """Try later, nothing has left; a person is called when that has gone on for long."""
        self._alert_when_late()
        self._job_retry(reason, seconds)

    def _prepare_order_request(self):
        """Return what the adapter is handed."""
        ranged = {}
        if self.amount:
            ranged = {
                'amount': Decimal(str(self.amount)),
                'amount_currency': self.amount_currency_id.name,
                'side': Side(self.side),
            }
        return OrderRequest(
            our_ref=self.reference,
            sku=self.sku,
            e164=self.phone,
            country=self.iso2,
            callback_url=self.supplier_id.callback_url,
            **ranged,
        )

    def _claim_number(self):
        """Enter `submitting`; the partial unique index decides between two at once."""
        try:
            with self.env.cr.savepoint():
                moved = self._move('submitting', submitted_at=fields.Datetime.now())
                self.flush_recordset()
        except psycopg2.errors.UniqueViolation:
            self.invalidate_recordset()
            return False
        return moved

    def _seconds_until_free(self):
        """Return how long the number is taken at this supplier, 0 when it is free.

        Source: spec/topup_suppliers.md §0 rule 4 and the supplier's gap per number.
        """
        same_number = [('supplier_id', '=', self.supplier_id.id), ('phone', '=', self.phone)]
        if self.search_count(
            [*same_number, ('sku', '=', self.sku), ('state', 'in', ATTEMPT_IN_FLIGHT)], limit=1
        ):
            return BUSY_SECONDS
        gap = self.supplier_id._build_adapter().capabilities.per_number_gap_s
        now = fields.Datetime.now()
        last = self.search(
            [
                *same_number,
                ('state', '=', 'succeeded'),
                ('finished_at', '>', now - timedelta(seconds=gap)),
            ],
            order='finished_at desc',
            limit=1,
        )
        if not last:
            return 0
        return max(gap - int((now - last.finished_at).total_seconds()), 1)

    def _undo_submit(self, error):
        """Nothing has left: try again later with the same reference, or elsewhere."""
        self._lock_with_order()
        if error.account_problem:
            self.supplier_id._pause(str(error))
            self._refuse_locally('account', error.code, str(error))
            return
        if self._move('draft', submitted_at=False):
            self._alert_when_late()
            self._job_retry(str(error))

    def _refuse_locally(self, result_class, code, text):
        """End the attempt without the supplier having executed anything."""
        self._lock_with_order()
        if self._move('failed', result_class=result_class, error_code=code, error_text=text):
            self._finish()
            self.order_id._on_attempt_failed(self)

    # === BUSINESS METHODS - ASKING === #

    def _query(self):
        """Ask the supplier what became of the order."""
        wait = self.supplier_id._seconds_until_call()
        if wait:
            self._put_off(self.env._('The supplier takes no more calls at the moment.'), wait)
            return
        adapter = self.supplier_id._build_adapter()
        reference, supplier_ref = self.reference, self.supplier_ref or ''
        # Nothing is written yet; the commit ends the snapshot before the call.
        commit_intent(self.env)
        try:
            result = adapter.query(reference, supplier_ref)
        except NotSent as error:
            self._put_off(str(error))
            return
        self._keep(self._apply, result, asked=True)

    def _ask_later(self):
        """Ask again after a growing gap, and in time to call a person."""
        self._alert_when_late()
        if self.is_by_hand:
            # Nobody is asked: the row rings the bell once and is left alone otherwise, because
            # a request for consent is worth nothing once the row was written.
            self._ring_later()
            return
        gap = query_gap(self.query_count)
        if not self.late_alerted:
            gap = min(gap, max(self._seconds_until_late(), 1))
        self._job_queue(gap)

    def _ring_later(self):
        if self.late_alerted:
            self._job_done()
        else:
            self._job_queue(max(self._seconds_until_late(), 1))

    def _alert_when_late(self):
        """Call a person once when a product has no outcome for longer than it should (§5.4)."""
        if not self.late_alerted and self._is_open() and self._seconds_until_late() <= 0:
            self.late_alerted = True
            self.order_id._alert(
                self.env._(
                    'Attempt %(reference)s has no outcome since %(since)s (UTC).',
                    reference=self.reference,
                    since=self.submitted_at or self.create_date,
                )
            )

    def _seconds_until_late(self):
        since = self.submitted_at or self.create_date
        due = since + timedelta(seconds=self.supplier_id._alert_seconds(self.processing))
        return int((due - fields.Datetime.now()).total_seconds())
