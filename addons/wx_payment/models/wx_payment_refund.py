import logging
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows
from odoo.addons.wx_ledger.exceptions import FrozenAccount

from ..const import (
    CODE_NOT_ENOUGH,
    FINAL_REFUND_STATES,
    FROZEN_GAP,
    REFUND_GAPS,
    REFUND_MAX_TRIES_UNKNOWN_THERE,
    REFUND_MOVES,
    REFUND_NO_FUNDS_GAP,
    REFUND_STATES,
)
from ..lib.paywire.errors import NotFound, Refused, Throttled, UnknownOutcome, WireError
from ..lib.paywire.orders import RefundOrder

_logger = logging.getLogger(__name__)


class WxPaymentRefund(models.Model):
    """Money on its way back. Its number is stored before the first use and never changes."""

    _name = 'wx.payment.refund'
    _description = 'Refund'
    _inherit = ['wx.payment.state.mixin', 'wx.job.mixin']
    _order = 'id desc'
    _rec_name = 'out_refund_no'
    _rec_names_search = ['out_refund_no', 'refund_id']

    _state_moves = REFUND_MOVES
    _job_cron = 'wx_payment.ir_cron_send_refunds'
    _job_gaps = REFUND_GAPS

    order_id = fields.Many2one(
        'wx.payment.order', required=True, readonly=True, index=True, ondelete='restrict'
    )
    attempt_id = fields.Many2one(
        'wx.payment.attempt',
        string='Payment',
        readonly=True,
        index=True,
        ondelete='restrict',
        help='Empty when it goes back to a wallet.',
    )
    leg_id = fields.Many2one(
        'wx.payment.leg',
        string='Part',
        readonly=True,
        index='btree_not_null',
        ondelete='restrict',
        help='Empty for money that paid for nothing.',
    )
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    channel_id = fields.Many2one(related='attempt_id.channel_id', store=True)
    currency_id = fields.Many2one(related='order_id.currency_id')
    state = fields.Selection(list(REFUND_STATES), required=True, default='queued', readonly=True)
    is_open = fields.Boolean(compute='_compute_is_open')
    outside = fields.Boolean(readonly=True, help='Started in the merchant console, not here.')
    out_refund_no = fields.Char(string='Our Number', required=True, readonly=True, copy=False)
    amount_fen = BigInteger(string='Amount (fen)', required=True, readonly=True)
    amount = fields.Monetary(compute='_compute_amount', store=True, precompute=True)
    reason = fields.Char(readonly=True)

    # What the provider said
    refund_id = fields.Char(string="Provider's Number", readonly=True, copy=False)
    received_account = fields.Char(string='Received By', readonly=True, copy=False)
    success_time = fields.Datetime(string='Refunded At', readonly=True, copy=False)

    _out_refund_no_uniq = models.Constraint(
        'UNIQUE(out_refund_no)', 'Our refund number exists already.'
    )
    _refund_id_uniq = models.UniqueIndex(
        '(refund_id) WHERE refund_id IS NOT NULL',
        "The provider's number belongs to another refund.",
    )
    _origin_check = models.Constraint(
        'CHECK(attempt_id IS NOT NULL OR leg_id IS NOT NULL)',
        'A refund names what it gives back.',
    )
    _amount_check = models.Constraint('CHECK(amount_fen > 0)', 'The amount must be positive.')

    # === COMPUTE METHODS === #

    @api.depends('state')
    def _compute_is_open(self):
        for refund in self:
            refund.is_open = refund.state not in FINAL_REFUND_STATES

    @api.depends('amount_fen')
    def _compute_amount(self):
        for refund in self:
            refund.amount = float(Decimal(refund.amount_fen) / 100)

    # === ACTION METHODS === #

    @requires('payment.refund.retry')
    def action_job_retry(self):
        """Have refunds that are not at their end sent again now."""
        self.filtered('is_open')._job_restart()

    # === BUSINESS METHODS - BEGINNING === #

    def _counted(self):
        """Return the records whose counters this refund changes, in the order of locks."""
        if self.leg_id:
            return [self.order_id, self.leg_id, *self.attempt_id]
        return [self.attempt_id]

    def _begin(self):
        """Set the money aside; what goes back to a wallet is there at once."""
        if self.attempt_id:
            self.order_id._book_refund(self, 'open')
            return
        try:
            self.order_id._book_wallet_refund(self)
        except FrozenAccount as error:
            self.order_id._raise_todo(
                self.env._('A wallet that a refund goes to is frozen'),
                self.env._('Refund %(number)s waits for it.', number=self.out_refund_no),
            )
            self._job_retry(str(error), FROZEN_GAP)
            return
        self._move('done', success_time=fields.Datetime.now(), next_try_at=False)
        self.order_id._settle_refund(self, succeeded=True)

    # === BUSINESS METHODS - SENDING === #

    def _job_run(self):
        """Send the refund or look what became of it. Source: spec/wechat_pay_v3.md §8."""
        if not self.is_open:
            return
        if not self.attempt_id:
            lock_rows(self.order_id)
            self._begin()
            return
        first = self.state == 'queued'
        if first:
            lock_rows(self.order_id)
            self._move('sent')
        commit_intent(self.env)
        try:
            answer = self.channel_id._exchange(
                self._send_refund_request if first else self._send_query_request
            )
        except WireError as error:
            commit_intent(self.env)
            self._plan_after(error)
            return
        commit_intent(self.env)
        self._book_refund(answer)
        if self.is_open:
            self._job_retry(self.last_error or '')

    def _prepare_refund(self):
        attempt = self.attempt_id
        return RefundOrder(
            out_trade_no=attempt.out_trade_no,
            # By their number: by ours it is sporadically not found minutes after payment.
            transaction_id=attempt.transaction_id,
            out_refund_no=self.out_refund_no,
            refund_fen=self.amount_fen,
            total_fen=attempt.paid_fen,
            reason=self.reason or '',
            notify_url=self.channel_id.notify_url,
        )

    def _send_refund_request(self, client):
        """Ask for the refund; on anything but success look whether it exists all the same.

        Only when it does not, and the first answer left that open, the same number is asked
        for again.
        """
        try:
            return client.refund(self._prepare_refund())
        except WireError as error:
            _logger.warning('%s: %s', self.out_refund_no, self.channel_id._describe_error(error))
            try:
                return client.query_refund(self.attempt_id.out_trade_no, self.out_refund_no)
            except NotFound:
                if not isinstance(error, UnknownOutcome):
                    raise error from None
        return client.refund(self._prepare_refund())

    def _send_query_request(self, client):
        """Look what became of the refund; if it was never accepted, ask with the same number."""
        try:
            return client.query_refund(self.attempt_id.out_trade_no, self.out_refund_no)
        except NotFound:
            if self.outside:
                raise
            return client.refund(self._prepare_refund())

    def _plan_after(self, error):
        """Decide by the error when, and whether, the machine tries again."""
        message = self.channel_id._describe_error(error)
        if error.code == CODE_NOT_ENOUGH:
            self.order_id._raise_todo(
                self.env._('The merchant account has too little money for a refund'),
                self.env._('Top it up: the refund goes on by itself.'),
            )
            self._job_retry(message, REFUND_NO_FUNDS_GAP)
        elif isinstance(error, NotFound):
            # Reported to come and go for minutes after a payment.
            if self.try_count >= REFUND_MAX_TRIES_UNKNOWN_THERE:
                self._job_bury(message)
            else:
                self._job_retry(message)
        elif isinstance(error, Refused) and not isinstance(error, Throttled):
            self._job_bury(message)
        else:
            self._job_retry(message)

    def _job_bury(self, error):
        """Override of `wx.job.mixin` to call a person."""
        buried = super()._job_bury(error)
        self.order_id._raise_todo(
            self.env._('A refund does not go through'),
            self.env._('Refund %(number)s: %(error)s', number=self.out_refund_no, error=error),
        )
        return buried
