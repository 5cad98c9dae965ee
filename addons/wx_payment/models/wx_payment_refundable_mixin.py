from odoo import api, models

from odoo.addons.rbac_ext.fields import BigInteger


class WxPaymentRefundableMixin(models.AbstractModel):
    """Money that came in and may go back: the counters, and the rule over them in the database.

    They change under the lock of the payment order only.
    """

    _name = 'wx.payment.refundable.mixin'
    _description = 'Refundable Money'

    paid_fen = BigInteger(string='Paid (fen)', readonly=True, copy=False, default=0)
    refunding_fen = BigInteger(string='Refunding (fen)', readonly=True, copy=False, default=0)
    refunded_fen = BigInteger(string='Refunded (fen)', readonly=True, copy=False, default=0)
    refundable_fen = BigInteger(string='Refundable (fen)', compute='_compute_refundable_fen')

    _refunds_check = models.Constraint(
        """CHECK(refunding_fen >= 0 AND refunded_fen >= 0
                 AND refunding_fen + refunded_fen <= paid_fen)""",
        'No more can be refunded than was paid.',
    )

    # === COMPUTE METHODS === #

    @api.depends('paid_fen', 'refunded_fen', 'refunding_fen')
    def _compute_refundable_fen(self):
        for record in self:
            record.refundable_fen = record.paid_fen - record.refunded_fen - record.refunding_fen

    # === BUSINESS METHODS === #

    def _reserve_refund(self, amount_fen):
        """Take an amount from what is left to "under way"."""
        for record in self:
            record.refunding_fen += amount_fen

    def _settle_reserved(self, amount_fen, succeeded):
        """Take an amount from "under way" to "given back", or back to what is left."""
        for record in self:
            record.write(
                {
                    'refunding_fen': record.refunding_fen - amount_fen,
                    'refunded_fen': record.refunded_fen + (amount_fen if succeeded else 0),
                }
            )
