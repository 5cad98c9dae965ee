import logging
from datetime import UTC, timedelta

import psycopg2

from odoo import api, fields, models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows

from ..const.attempts import (
    ATTEMPT_IN_FLIGHT,
    ATTEMPT_OPEN,
    ATTEMPT_STATES,
    BUSY_SECONDS,
    RESULT_CLASSES,
)
from ..lib.topup.errors import NotSent, Refused
from ..lib.topup.normalized import OrderRequest
from ..lib.topup.schedule import ALERT_AFTER_S
from ..utils import make_reference

_logger = logging.getLogger(__name__)


class WxRechargeAttempt(models.Model):
    """One order at one supplier under a reference of its own: an outbox row.

    The reference and the state `submitting` are committed before the call. From then on the
    attempt is only asked about, never sent again, until the supplier's answer is final or
    proves that nothing was executed. Source: spec/topup_suppliers.md §0, §5.3, §5.4.
    What an answer leads to: `wx_recharge_attempt_outcome.py`.
    """

    _name = 'wx.recharge.attempt'
    _description = 'Recharge Attempt'
    _inherit = ['wx.job.mixin']
    _order = 'id desc'
    _rec_name = 'reference'
    _rec_names_search = ['reference', 'supplier_ref', 'phone']

    _job_cron = 'wx_recharge.ir_cron_run_attempts'
    # A second runner, so that one supplier that does not answer holds up nobody else's order;
    # for the same reason a runner takes one row at a time.
    _job_other_cron = 'wx_recharge.ir_cron_run_attempts_2'
    _job_batch = 1

    order_id = fields.Many2one(
        'wx.recharge.order', required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    supplier_id = fields.Many2one(
        'wx.recharge.supplier', required=True, readonly=True, index=True, ondelete='restrict'
    )
    supplier_product_id = fields.Many2one(
        'wx.recharge.supplier.product', readonly=True, ondelete='set null'
    )

    # What is asked
    reference = fields.Char(
        required=True, readonly=True, help='Ours; the supplier gets it with the order.'
    )
    sku = fields.Char(string='SKU', required=True, readonly=True)
    phone = fields.Char(required=True, readonly=True)
    iso2 = fields.Char(string='Country Code', required=True, readonly=True)

    # What became of it
    state = fields.Selection(
        list(ATTEMPT_STATES), required=True, readonly=True, default='draft', index=True
    )
    result_class = fields.Selection(list(RESULT_CLASSES), readonly=True)
    error_code = fields.Char(readonly=True)
    error_text = fields.Char(readonly=True)
    supplier_ref = fields.Char(string="Supplier's Reference", readonly=True, index='btree_not_null')
    operator_ref = fields.Char(string="Operator's Reference", readonly=True)
    cost = fields.Monetary(currency_field='cost_currency_id', readonly=True)
    cost_currency_id = fields.Many2one('res.currency', readonly=True)

    # Course
    submitted_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    duration = fields.Integer(
        compute='_compute_duration', store=True, aggregator='avg', help='Seconds to the end.'
    )
    query_count = fields.Integer(string='Queries', readonly=True, aggregator='avg')
    throttle_count = fields.Integer(readonly=True, aggregator=None)
    not_found_at = fields.Json(readonly=True, help='Unix times of answers that know no order.')
    late_alerted = fields.Boolean(readonly=True)
    request = fields.Text(readonly=True)
    answer = fields.Text(readonly=True)
    query_answer = fields.Text(string='Last Answer', readonly=True)

    _reference_uniq = models.Constraint('UNIQUE(reference)', 'A reference is used once.')
    # Rule 4: one order in flight per supplier, number and product.
    _in_flight_uniq = models.UniqueIndex(
        "(supplier_id, phone, sku) WHERE state IN ('submitting', 'accepted', 'processing', "
        "'unknown')",
        'An order of this product for this number is in progress.',
    )
    # An order has one attempt that is not at its end.
    _open_uniq = models.UniqueIndex(
        "(order_id) WHERE state IN ('draft', 'submitting', 'accepted', 'processing', 'unknown')",
        'The order has an open attempt.',
    )
    _gap_idx = models.Index("(supplier_id, phone, finished_at) WHERE state = 'succeeded'")

    # === COMPUTE METHODS === #

    @api.depends('submitted_at', 'finished_at')
    def _compute_duration(self):
        for attempt in self:
            if attempt.submitted_at and attempt.finished_at:
                span = attempt.finished_at - attempt.submitted_at
                attempt.duration = max(int(span.total_seconds()), 0)
            else:
                attempt.duration = 0

    # === ACTION METHODS === #

    @requires('recharge.attempt.retry')
    def action_job_retry(self):
        """Have the suppliers asked now."""
        self._job_restart()

    # === BUSINESS METHODS - BEGINNING === #

    @api.model
    def _begin(self, order, product, delay=0):
        """Write the intent to order `product`; the call follows after the commit."""
        # The end of the attempt before must be in the database: the order has one open one.
        order.attempt_ids.flush_recordset(['state'])
        attempt = self.create(
            {
                'order_id': order.id,
                'supplier_id': product.supplier_id.id,
                'supplier_product_id': product.id,
                'reference': make_reference(),
                'sku': product.sku,
                'phone': order.phone,
                'iso2': order.country_id.iso2,
            }
        )
        attempt._job_queue(delay)
        return attempt

    def _job_queue(self, delay=0):
        """Override of `wx_base` to wake both runners; whoever is free takes the row."""
        self.env['ir.cron']._wake(self._job_other_cron, delay)
        return super()._job_queue(delay)

    def _job_run(self):
        """Do what the state asks for; a state at its end is asked about once more."""
        if self.state == 'draft':
            self._submit()
        else:
            # Also when a killed worker left `submitting`: the call may have been made.
            self._query()

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
            self._alert_when_late()
            self._job_retry(self.env._('Another order for this number is in progress.'), wait)
            return
        # All that the call needs is read now: after the commit the first statement shall be
        # the lock, so that the snapshot is as young as the answer.
        adapter = self.supplier_id._build_adapter()
        order = OrderRequest(
            our_ref=self.reference, sku=self.sku, e164=self.phone, country=self.iso2
        )
        if not self._claim_number():
            self._job_retry(self.env._('Another order for this number began.'), BUSY_SECONDS)
            return
        commit_intent(self.env)
        try:
            result = adapter.submit(order)
        except NotSent as error:
            self._undo_submit(error)
        except Refused as error:
            self._refuse_locally('final_operator', error.code, str(error))
        else:
            self._apply(result, asked=False)

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
        adapter = self.supplier_id._build_adapter()
        reference, supplier_ref = self.reference, self.supplier_ref or ''
        # Nothing is written yet; the commit ends the snapshot before the call.
        commit_intent(self.env)
        try:
            result = adapter.query(reference, supplier_ref)
        except NotSent as error:
            self._job_retry(str(error))
            return
        self._apply(result, asked=True)

    def _alert_when_late(self):
        """Call a person once when an instant product has no outcome for long (§5.4)."""
        limit = fields.Datetime.now() - timedelta(seconds=ALERT_AFTER_S)
        if not self.late_alerted and (self.submitted_at or self.create_date) < limit:
            self.late_alerted = True
            self.order_id._alert(
                self.env._(
                    'Attempt %(reference)s has no outcome for half an hour.',
                    reference=self.reference,
                )
            )

    # === BUSINESS METHODS - TOOLS === #

    def _lock_with_order(self):
        """Lock payment order, order and attempt, in this order, and read them again."""
        lock_rows(self.order_id.payment_order_id.sudo())
        lock_rows(self.order_id)
        lock_rows(self)

    def _finish(self):
        """Note the end and stop the job."""
        self.write({'finished_at': fields.Datetime.now()})
        self._job_done()

    def _is_open(self):
        return self.state in ATTEMPT_OPEN

    def _submitted_unix(self):
        return int(self.submitted_at.replace(tzinfo=UTC).timestamp())

    def _describe_failure(self):
        """Return the reason for staff: supplier, code and text."""
        parts = (self.supplier_id.name, self.error_code, self.error_text)
        return ' · '.join(part for part in parts if part)
