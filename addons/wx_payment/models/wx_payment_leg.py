from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger

from ..const import LEG_KINDS, LEG_MOVES, LEG_STATES


class WxPaymentLeg(models.Model):
    """A part of an order: what one wallet gives, or what a channel brings.

    A wallet's leg is money on hold until the order is paid. A channel's leg may need several
    attempts, each under a number of its own; one of them pays.
    """

    _name = 'wx.payment.leg'
    _description = 'Part of a Payment'
    _inherit = ['wx.payment.state.mixin', 'wx.payment.refundable.mixin']
    _order = 'order_id, id'

    _state_moves = LEG_MOVES

    order_id = fields.Many2one(
        'wx.payment.order', required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='order_id.currency_id')
    kind = fields.Selection(list(LEG_KINDS), required=True, readonly=True)
    state = fields.Selection(list(LEG_STATES), required=True, default='open', readonly=True)
    amount_fen = BigInteger(string='Amount (fen)', required=True, readonly=True)
    amount = fields.Monetary(compute='_compute_amount')

    # Of a channel
    attempt_ids = fields.One2many('wx.payment.attempt', 'leg_id', string='Attempts', readonly=True)

    # Of a wallet
    asset_id = fields.Many2one('wx.ledger.asset', readonly=True, ondelete='restrict')
    account_id = fields.Many2one('wx.ledger.account', readonly=True, ondelete='restrict')
    units = BigInteger(readonly=True, help='What is taken, in smallest units of the asset.')
    units_refunded = BigInteger(readonly=True, default=0)
    hold_id = fields.Many2one('wx.ledger.hold', readonly=True)
    transfer_id = BigInteger(
        string='Transfer', readonly=True, aggregator=None, help='What is reversed by a refund.'
    )
    value_transfer_id = BigInteger(
        string='Transfer of the Value',
        readonly=True,
        aggregator=None,
        help='What points are worth in money, beside the points themselves.',
    )

    _amount_check = models.Constraint('CHECK(amount_fen > 0)', 'The amount must be positive.')
    _wallet_check = models.Constraint(
        """CHECK(kind = 'channel' OR (asset_id IS NOT NULL AND account_id IS NOT NULL
                 AND units > 0 AND units_refunded BETWEEN 0 AND units))""",
        'A part that a wallet pays names the wallet and how much of it.',
    )
    _channel_uniq = models.UniqueIndex(
        "(order_id) WHERE kind = 'channel' AND state != 'released'",
        'An order is paid through one channel at a time.',
    )

    # === COMPUTE METHODS === #

    @api.depends('amount_fen')
    def _compute_amount(self):
        for leg in self:
            leg.amount = float(Decimal(leg.amount_fen) / 100)

    @api.depends('order_id.name', 'asset_id.code', 'kind')
    def _compute_display_name(self):
        for leg in self:
            leg.display_name = f'{leg.order_id.name} {leg.asset_id.code or leg.kind}'

    # === BUSINESS METHODS === #

    def _set_confirmed(self):
        """Note that this part has come in; the caller holds the order's lock."""
        self._move('confirmed', paid_fen=self.amount_fen)

    def _set_released(self):
        """Give up parts that will not be paid; the caller holds the order's lock."""
        for leg in self.filtered(lambda leg: leg.state == 'open'):
            if leg.hold_id:
                self.env['wx.ledger'].release(leg.hold_id.id)
            leg._move('released')
        # The next part may be created at once: the row must not look open any more.
        self.flush_recordset(['state'])
