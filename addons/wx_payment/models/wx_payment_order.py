from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires

from ..const import CLOSE_GAPS, LIVE_ATTEMPT_STATES, ORDER_MOVES, ORDER_STATES

# Whoever has one of these works on payments.
SETTLING = ('payment.order.cancel', 'payment.order.query', 'payment.order.refund')


class WxPaymentOrder(models.Model):
    """One amount that one customer is to pay for one document.

    The order's row lock covers its attempts and refunds: whoever moves one of them holds it.
    """

    _name = 'wx.payment.order'
    _description = 'Payment Order'
    _inherit = [
        'wx.payment.state.mixin',
        'wx.payment.refundable.mixin',
        'wx.job.mixin',
        'mail.thread',
        'mail.activity.mixin',
    ]
    _order = 'id desc'
    _rec_names_search = ['name', 'attempt_ids.out_trade_no', 'attempt_ids.transaction_id']

    # Consent to a refund is worth nothing once the money has moved.
    _rbac_fingerprint_fields = ('state', 'paid_fen', 'refunding_fen', 'refunded_fen')
    _state_moves = ORDER_MOVES
    # The scheduled action closes what has expired; it looks every minute by itself.
    _job_cron = 'wx_payment.ir_cron_close_orders'
    _job_gaps = CLOSE_GAPS

    name = fields.Char(string='Number', required=True, readonly=True, copy=False)
    state = fields.Selection(
        list(ORDER_STATES), required=True, default='draft', readonly=True, copy=False, tracking=True
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    wx_user_id = fields.Many2one(
        'wx.user', string='Customer', required=True, readonly=True, index=True, ondelete='restrict'
    )
    partner_id = fields.Many2one(related='wx_user_id.partner_id', string='Contact')

    # What is paid for
    res_model = fields.Char(string='Document Model', required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string='Document', model_field='res_model', required=True, readonly=True, index=True
    )
    description = fields.Char(required=True, readonly=True)

    # Amounts: fen count, yuan are for people
    currency_id = fields.Many2one(
        'res.currency', required=True, readonly=True, default=lambda self: self._default_currency()
    )
    amount_fen = BigInteger(string='Amount (fen)', required=True, readonly=True)
    amount = fields.Monetary(compute='_compute_amount', store=True, precompute=True)
    amount_paid = fields.Monetary(
        string='Paid', compute='_compute_amount_paid', store=True, precompute=True
    )
    amount_refunded = fields.Monetary(
        string='Refunded', compute='_compute_amount_refunded', store=True, precompute=True
    )

    # Times
    expires_at = fields.Datetime(string='Expires', required=True, readonly=True)
    paid_at = fields.Datetime(readonly=True, copy=False, index='btree_not_null')
    closed_at = fields.Datetime(readonly=True, copy=False)
    close_requested_at = fields.Datetime(
        readonly=True, copy=False, help='From then on no payment can be started.'
    )
    close_reason = fields.Char(readonly=True, copy=False)

    # The thread
    attempt_ids = fields.One2many(
        'wx.payment.attempt', 'order_id', string='Payments', readonly=True
    )
    attempt_count = fields.Integer(string='Payments Started', readonly=True, copy=False, default=0)
    refund_ids = fields.One2many('wx.payment.refund', 'order_id', string='Refunds', readonly=True)
    refund_count = fields.Integer(string='Refunds Started', readonly=True, copy=False, default=0)
    notification_ids = fields.One2many(
        'wx.payment.notification',
        'order_id',
        string='Notices',
        readonly=True,
        groups='wx_payment.perm_payment_notification_view_res_groups',
    )
    notification_count = fields.Integer(
        compute='_compute_notification_count',
        groups='wx_payment.perm_payment_notification_view_res_groups',
    )
    has_suspense = fields.Boolean(
        string='Money in Suspense', compute='_compute_has_suspense', search='_search_has_suspense'
    )

    _name_uniq = models.Constraint('UNIQUE(name)', 'The payment number exists already.')
    _amount_check = models.Constraint('CHECK(amount_fen > 0)', 'The amount must be positive.')
    # A document may be paid anew after its order was closed, but never twice at a time.
    _document_uniq = models.UniqueIndex(
        "(res_model, res_id) WHERE state != 'closed'",
        'There is already a payment for this document.',
    )

    @api.model
    def _default_currency(self):
        # Cached, unlike `env.ref`, which asks the database each time.
        return self.env['ir.model.data']._xmlid_to_res_id('base.CNY')

    # === COMPUTE METHODS === #

    @api.depends('amount_fen')
    def _compute_amount(self):
        for order in self:
            order.amount = float(Decimal(order.amount_fen) / 100)

    @api.depends('paid_fen')
    def _compute_amount_paid(self):
        for order in self:
            order.amount_paid = float(Decimal(order.paid_fen) / 100)

    @api.depends('refunded_fen')
    def _compute_amount_refunded(self):
        for order in self:
            order.amount_refunded = float(Decimal(order.refunded_fen) / 100)

    def _compute_notification_count(self):
        groups = self.env['wx.payment.notification']._read_group(
            [('order_id', 'in', self.ids)], ['order_id'], ['__count']
        )
        counts = dict(groups)
        for order in self:
            order.notification_count = counts.get(order, 0)

    @api.depends('attempt_ids.state')
    def _compute_has_suspense(self):
        for order in self:
            order.has_suspense = 'suspense' in order.attempt_ids.mapped('state')

    @api.model
    def _search_has_suspense(self, operator, value):
        domain = [('attempt_ids', 'any', [('state', '=', 'suspense')])]
        if (operator in ('=', 'in')) == bool(value):
            return domain
        return ['!', *domain]

    # === CRUD METHODS === #

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Override of `mail`: who settles payments may note things and finish to-dos.

        Nobody writes payment orders, so the right to write cannot be what decides.
        """
        if message_operation == 'create' and any(
            self.env.user._has_permission(code) for code in SETTLING
        ):
            return dict.fromkeys(self, 'read')
        return super()._mail_get_operation_for_mail_message_operation(message_operation)

    # === ACTION METHODS === #

    @requires('payment.order.cancel')
    def action_cancel(self):
        """Close unpaid orders on behalf of the customer."""
        self.check_access('read')
        for order in self:
            order._cancel(self.env._('Cancelled by %(name)s', name=self.env.user.name))

    @requires('payment.order.query')
    def action_query(self):
        """Ask the provider about everything of these orders that is still open."""
        self.check_access('read')
        order_sudo = self.sudo()  # jobs are not written by staff, only started
        order_sudo.attempt_ids.filtered(
            lambda attempt: attempt.state in LIVE_ATTEMPT_STATES
        )._job_queue()
        order_sudo.refund_ids.filtered('is_open')._job_queue()

    def action_open_document(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': self.res_model,
            'res_id': self.res_id,
            'view_mode': 'form',
        }

    def action_open_notifications(self):
        self.ensure_one()
        # Ahead of the title: Odoo's export of terms takes a tuple behind one for a text.
        domain = [('order_id', '=', self.id)]
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('Notices'),
            'res_model': 'wx.payment.notification',
            'view_mode': 'list,form',
            'domain': domain,
        }
