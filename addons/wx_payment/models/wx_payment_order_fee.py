from decimal import ROUND_HALF_UP, Decimal

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger

from ..const_bill import FEE_RATE_UNIT


class WxPaymentOrder(models.Model):
    """For whom the money is taken, and what taking it costs.

    The agreed rate is copied when the order is paid: a later agreement changes no old order.
    What the provider really keeps is in its bill, which reconciliation compares.
    """

    _inherit = 'wx.payment.order'

    merchant_id = fields.Many2one(
        'res.partner',
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
        help='For whom the money is taken; empty: for the company itself.',
    )
    fee_rate = fields.Integer(
        string='Agreed Fee (per 100,000)',
        readonly=True,
        copy=False,
        aggregator=None,
        help="As agreed with the provider when the order was paid; 600 is 0.6 %.",
    )
    fee_fen = BigInteger(string='Fee (fen)', readonly=True, copy=False)
    fee = fields.Monetary(
        compute='_compute_fee',
        store=True,
        precompute=True,
        help="Of what the provider took; wallets cost nothing. The bill tells what it kept.",
    )

    # === COMPUTE METHODS === #

    @api.depends('fee_fen')
    def _compute_fee(self):
        for order in self:
            order.fee = float(Decimal(order.fee_fen) / 100)

    # === BUSINESS METHODS === #

    def _prepare_fee_vals(self, attempt):
        """Return what the order keeps of the fee.

        :param attempt: what the channel's part was paid by, empty when wallets paid all of it
        """
        rate = attempt.channel_id.fee_rate
        fee = Decimal(attempt.paid_fen * rate) / FEE_RATE_UNIT
        return {
            'fee_rate': rate,
            'fee_fen': int(fee.quantize(Decimal(1), rounding=ROUND_HALF_UP)),
        }
