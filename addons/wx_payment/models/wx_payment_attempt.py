from datetime import UTC
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger

from ..const import (
    ATTEMPT_MOVES,
    ATTEMPT_STATES,
    OPENID_SCENES,
    QUERY_GAPS,
    SCENES,
    SUSPENSE_REASONS,
)
from ..lib.paywire.orders import PrepayOrder


class WxPaymentAttempt(models.Model):
    """One number at one provider under which the channel's part of an order is paid.

    As a row of work it queries a payment whose notice does not come.
    """

    _name = 'wx.payment.attempt'
    _description = 'Payment'
    _inherit = ['wx.payment.state.mixin', 'wx.payment.refundable.mixin', 'wx.job.mixin']
    _order = 'id desc'
    _rec_name = 'out_trade_no'
    _rec_names_search = ['out_trade_no', 'transaction_id']

    _state_moves = ATTEMPT_MOVES
    _job_cron = 'wx_payment.ir_cron_query_payments'
    _job_gaps = QUERY_GAPS[1:]

    order_id = fields.Many2one(
        'wx.payment.order', required=True, readonly=True, index=True, ondelete='restrict'
    )
    leg_id = fields.Many2one(
        'wx.payment.leg',
        string='Part',
        required=True,
        readonly=True,
        index=True,
        ondelete='restrict',
    )
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    wx_user_id = fields.Many2one(related='order_id.wx_user_id')
    currency_id = fields.Many2one(related='order_id.currency_id')
    channel_id = fields.Many2one(
        'wx.payment.channel', required=True, readonly=True, index=True, ondelete='restrict'
    )
    kind = fields.Selection(related='channel_id.kind', store=True)
    scene = fields.Selection(list(SCENES), required=True, readonly=True)
    state = fields.Selection(list(ATTEMPT_STATES), required=True, default='draft', readonly=True)
    suspense_reason = fields.Selection(list(SUSPENSE_REASONS), readonly=True)

    # What was agreed with the provider
    out_trade_no = fields.Char(string='Our Number', required=True, readonly=True, copy=False)
    amount_fen = BigInteger(string='Amount (fen)', required=True, readonly=True)
    amount = fields.Monetary(compute='_compute_amount')
    appid = fields.Char(string='AppID', required=True, readonly=True)
    mchid = fields.Char(string='Merchant ID', readonly=True)
    openid = fields.Char(
        string='OpenID', readonly=True, help='Empty in scenes in which anybody may pay.'
    )
    prepay_body = fields.Text(
        readonly=True, help='The request as it was first sent; it is repeated byte for byte.'
    )
    prepay_id = fields.Text(
        string='Handle',
        readonly=True,
        copy=False,
        help='What the provider gave for opening the payment: a prepay_id or an address.',
    )
    prepay_at = fields.Datetime(readonly=True, copy=False)

    # What the provider said
    asked_at = fields.Datetime(string='Last Asked', readonly=True, copy=False)
    transaction_id = fields.Char(string="Provider's Number", readonly=True, copy=False)
    trade_state = fields.Char(string="Provider's State", readonly=True, copy=False)
    bank_type = fields.Char(string='Bank', readonly=True, copy=False)
    success_time = fields.Datetime(string='Paid At', readonly=True, copy=False)
    payer_fen = BigInteger(
        string='Paid by Customer (fen)',
        readonly=True,
        copy=False,
        default=0,
        help='Less than the amount when the customer used a coupon of WeChat Pay.',
    )
    refund_ids = fields.One2many('wx.payment.refund', 'attempt_id', string='Refunds', readonly=True)

    _out_trade_no_uniq = models.Constraint(
        'UNIQUE(out_trade_no)', 'Our number at the provider exists already.'
    )
    _transaction_id_uniq = models.UniqueIndex(
        '(transaction_id) WHERE transaction_id IS NOT NULL',
        "The provider's number belongs to another payment.",
    )
    _amount_check = models.Constraint('CHECK(amount_fen > 0)', 'The amount must be positive.')

    # === COMPUTE METHODS === #

    @api.depends('amount_fen')
    def _compute_amount(self):
        for attempt in self:
            attempt.amount = float(Decimal(attempt.amount_fen) / 100)

    # === BUSINESS METHODS - OPENING === #

    @api.model
    def _open(self, leg, channel, out_trade_no, way):
        """Create the attempt and plan its first query; the caller holds the order's lock.

        :param Way way: how the customer wants to pay
        """
        order = leg.order_id
        attempt = self.create(
            {
                'order_id': order.id,
                'leg_id': leg.id,
                'channel_id': channel.id,
                'scene': way.scene,
                'out_trade_no': out_trade_no,
                'amount_fen': leg.amount_fen,
                'appid': channel._provider()._appid(channel),
                'mchid': channel.mchid,
                'openid': way.scene in OPENID_SCENES and order.wx_user_id.openid,
            }
        )
        attempt.prepay_body = channel._client().prepare(attempt._prepare_prepay(way)).decode()
        attempt._job_queue(QUERY_GAPS[0])
        return attempt

    def _prepare_prepay(self, way):
        return PrepayOrder(
            scene=self.scene,
            appid=self.appid,
            payer=self.openid or '',
            out_trade_no=self.out_trade_no,
            description=self.order_id.description,
            amount_fen=self.amount_fen,
            notify_url=self.channel_id.notify_url,
            expires_at=self.order_id.expires_at.replace(tzinfo=UTC),
            client_ip=way.client_ip,
            return_url=way.return_url,
            auth_code=way.auth_code,
        )
