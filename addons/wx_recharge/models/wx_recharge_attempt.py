from datetime import UTC

from odoo import api, fields, models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.fields import EncryptedText
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const.attempts import ATTEMPT_DELIVERED, ATTEMPT_OPEN, ATTEMPT_STATES, RESULT_CLASSES
from ..const.imports import AMOUNT_DIGITS, PROCESSINGS, REDEMPTIONS, SIDES
from ..utils import make_reference


class WxRechargeAttempt(models.Model):
    """One order at one supplier under a reference of its own: an outbox row.

    The reference and the state `submitting` are committed before the call. From then on the
    attempt is only asked about, never sent again, until the supplier's answer is final or
    proves that nothing was executed. Source: spec/topup_suppliers.md §0, §5.3, §5.4.
    The calls: `wx_recharge_attempt_submit.py`; what an answer leads to:
    `wx_recharge_attempt_outcome.py`.
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
    amount = fields.Float(
        digits=AMOUNT_DIGITS,
        readonly=True,
        aggregator=None,
        help='Of a product of any amount: the one that is asked for.',
    )
    amount_currency_id = fields.Many2one('res.currency', readonly=True)
    side = fields.Selection(
        list(SIDES),
        string='Ordered By',
        readonly=True,
        help='Of a product of any amount: the side its amount is on.',
    )
    processing = fields.Selection(
        list(PROCESSINGS), readonly=True, help='How soon the supplier says it delivers.'
    )
    redemption = fields.Selection(list(REDEMPTIONS), readonly=True)

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
    delivered = fields.Float(digits=AMOUNT_DIGITS, readonly=True, aggregator=None)
    delivered_currency_id = fields.Many2one('res.currency', readonly=True)
    voucher = EncryptedText(
        groups='base.group_system', copy=False, help='The code that was bought, as JSON.'
    )

    # Course
    submitted_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    duration = fields.Integer(
        compute='_compute_duration', store=True, aggregator='avg', help='Seconds to the end.'
    )
    delivered_share = fields.Float(
        compute='_compute_delivered_share',
        store=True,
        string='Delivered (%)',
        aggregator='avg',
        help='100 or 0; meaningful of attempts that have ended.',
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
    # What suppliers are judged by, and what their balance has to pay for.
    _finished_idx = models.Index('(finished_at) WHERE finished_at IS NOT NULL')
    _submitted_idx = models.Index('(supplier_id, submitted_at) WHERE submitted_at IS NOT NULL')

    # === COMPUTE METHODS === #

    @api.depends('submitted_at', 'finished_at')
    def _compute_duration(self):
        for attempt in self:
            if attempt.submitted_at and attempt.finished_at:
                span = attempt.finished_at - attempt.submitted_at
                attempt.duration = max(int(span.total_seconds()), 0)
            else:
                attempt.duration = 0

    @api.depends('state')
    def _compute_delivered_share(self):
        for attempt in self:
            attempt.delivered_share = 100 if attempt.state in ATTEMPT_DELIVERED else 0

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
        attempt = self.create(self._prepare_intent_vals(order, product))
        attempt._job_queue(delay)
        return attempt

    @api.model
    def _prepare_intent_vals(self, order, product):
        values = {
            'order_id': order.id,
            'supplier_id': product.supplier_id.id,
            'supplier_product_id': product.id,
            'reference': make_reference(),
            'sku': product.sku,
            'phone': order.phone,
            'iso2': order.country_id.iso2,
            'processing': product.processing,
            'redemption': product.redemption,
        }
        if product.amount:
            currency_id = product.amount_currency_id.id
            values |= {
                'amount': product.amount,
                'amount_currency_id': currency_id,
                'side': product.side,
            }
        return values

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
