import logging

from odoo import fields, models

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tools.transaction import lock_rows

_logger = logging.getLogger(__name__)


class WxPaymentSaleMixin(models.AbstractModel):
    """An order that a customer places and pays: what is alike whatever is sold.

    The model has a `state` with at least `draft`, `awaiting_payment`, `closed` and `cancelled`,
    and the methods `_set_closed` and `_set_cancelled`.
    """

    _name = 'wx.payment.sale.mixin'
    _description = 'Order That a Customer Pays'
    _inherit = ['wx.payment.document.mixin']
    _rec_name = 'order_no'

    # State → states it may move to; see the addon's tables.
    _sale_moves = None

    order_no = fields.Char(string='Order', required=True, readonly=True, copy=False)
    wx_user_id = fields.Many2one(
        'wx.user', string='Customer', required=True, readonly=True, ondelete='restrict'
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)

    # Price, frozen when the order was placed
    price_fen = BigInteger(string='Price (fen)', required=True, readonly=True, aggregator=None)
    currency_id = fields.Many2one('res.currency', readonly=True)
    amount = fields.Monetary(readonly=True, help='The price in yuan, for people and reports.')

    # Times
    expires_at = fields.Datetime(string='Pay Until', readonly=True, copy=False)
    paid_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(
        readonly=True, copy=False, help='Closed, cancelled or refunded then.'
    )
    cancel_requested = fields.Boolean(readonly=True, copy=False)

    # === ACTION METHODS === #

    def action_open_payment(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.payment.order',
            'view_mode': 'form',
            'res_id': self.payment_order_id.id,
            'name': self.env._('Payment'),
        }

    # === BUSINESS METHODS - STATES === #

    def _move(self, state, *, lock=True, **values):
        """Move to `state` if the table allows it from the state the locked row is in.

        :param bool lock: False for a row this transaction has just made: nobody else sees it
        :return: False when the order is there already (a repeat) or may not go there; the
            row is untouched then
        """
        self.ensure_one()
        if lock:
            lock_rows(self)
        if self.state == state:
            _logger.info('order %s is %s already', self.order_no, state)
            return False
        if state not in self._sale_moves[self.state]:
            _logger.warning('order %s may not go from %s to %s', self.order_no, self.state, state)
            return False
        self.write({'state': state, **values})
        return True

    # === BUSINESS METHODS - PAYING === #

    def _pay(self, way):
        """Open the payment and return what the client needs to go on.

        Calls out; nothing may have been written in this transaction.

        :param Way way: how the customer wants to pay
        :raise Conflict: the order cannot be paid any more
        """
        self.ensure_one()
        if self.state != 'awaiting_payment':
            raise Conflict(self.env._('The order cannot be paid any more.'))
        return self.payment_order_id._pay(way)

    def _cancel(self, reason):
        """Cancel an unpaid order; calls out when a payment was begun.

        :raise Conflict: it is paid, or at its end already
        """
        self.ensure_one()
        if self.state == 'cancelled':
            return
        # The payment order first: the order of locks is the same everywhere.
        lock_rows(self.payment_order_id)
        lock_rows(self)
        if self.state != 'awaiting_payment':
            raise Conflict(self.env._('The order cannot be cancelled any more.'))
        # `_on_closed` reads it, maybe in another transaction; a payment that wins against
        # the cancellation makes it meaningless.
        self.cancel_requested = True
        self.payment_order_id._cancel(reason)

    # === HOOKS OF THE PAYMENT === #

    def _on_closed(self):
        """Override of the document: the payment is over without money."""
        result = super()._on_closed()
        if self.cancel_requested:
            self._set_cancelled()
        else:
            self._set_closed()
        return result
