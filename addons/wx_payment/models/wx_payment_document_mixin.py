from odoo import fields, models


class WxPaymentDocumentMixin(models.AbstractModel):
    """What a business document needs to be paid by a `wx.payment.order`.

    The hooks run inside the payment's transaction, while the payment order's row is locked,
    once each, those of refunds under way once each time. They must not call the outside and not
    commit.
    """

    _name = 'wx.payment.document.mixin'
    _description = 'Document Paid by a Payment Order'

    payment_order_id = fields.Many2one(
        'wx.payment.order',
        string='Payment',
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
    )
    payment_state = fields.Selection(related='payment_order_id.state', string='Payment State')

    def _set_payment_order(self, order):
        """Remember the order that this document is paid by."""
        # Called while a customer's request runs, which writes no documents by right.
        self.sudo().payment_order_id = order

    def _on_paid(self):
        """Go on: the whole amount has come in."""

    def _on_closed(self):
        """Give up what was held: nothing was paid and nothing can be paid any more."""

    def _on_refunding(self):
        """Take notice that all that is left of the amount is on its way back."""

    def _on_refund_ended(self):
        """Take notice that nothing is on its way back any more and not all of it went back."""

    def _on_refunded(self):
        """Take notice that the whole amount has gone back."""
