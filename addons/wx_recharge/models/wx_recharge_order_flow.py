import logging

from odoo import fields, models

from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const.orders import ORDER_TRANSITIONS

_logger = logging.getLogger(__name__)


class WxRechargeOrder(models.Model):
    """State machine of the order: one method per state, the row locked and read again."""

    _inherit = 'wx.recharge.order'

    _sale_moves = ORDER_TRANSITIONS

    # === TRANSITIONS BEFORE PAYMENT === #

    def _set_awaiting_payment(self, savings=None):
        """Open the payment order of an order just made and hold what is scarce.

        :param dict savings: what each coupon of the order takes off, in fen
        :raise Conflict: out of stock, or a coupon was used meanwhile
        """
        if not self._move('awaiting_payment', lock=False):
            return
        payments_sudo = self.env['wx.payment.order'].sudo()  # customers write no payments
        # Links itself to this order.
        payments_sudo._create_for(
            self, self.wx_user_id, self.price_fen, self.package_name, self.expires_at
        )
        self._hold_scarce(savings)

    def _set_closed(self):
        """Nobody paid in time."""
        if self._move('closed', finished_at=fields.Datetime.now()):
            self._release_scarce()

    def _set_cancelled(self):
        """The customer or staff gave the order up before it was paid."""
        if self._move('cancelled', finished_at=fields.Datetime.now()):
            self._release_scarce()

    # === TRANSITIONS AFTER PAYMENT === #

    def _set_paid(self):
        """The money has arrived: begin to fulfil.

        :return: whether the order moved
        """
        moved = self._move('paid', paid_at=fields.Datetime.now())
        if moved:
            self._fulfil()
        return moved

    def _set_fulfilling(self):
        """An attempt at a supplier is on its way."""
        return self._move('fulfilling')

    def _set_delivered(self, attempt=None):
        """The customer has it: tell the customer and WeChat, once.

        Also when a person finds that a delivery that was doubted is one after all.
        """
        first = not self.delivered_at
        values = {'anomaly_note': False}
        if first:
            values['delivered_at'] = fields.Datetime.now()
        if attempt:
            values |= attempt._prepare_delivery_vals()
        values |= self._prepare_profit_vals(values)
        if self._move('delivered', **values):
            self._use_scarce()
            if first:
                self._announce_delivery()

    def _set_failed(self, failure, note=''):
        """No supplier delivers it: give the money back.

        :param str failure: key of `const.FAILURES`, what the customer is told
        :param str note: for staff
        """
        if self._move('failed', failure=failure, failure_note=note, anomaly_note=False):
            self._set_refunding(self.env._('Top-up failed'))

    def _set_refunding(self, reason):
        """Ask for the refund; the outside call is the payment's job, after the commit.

        :param str reason: shown to the customer by the provider
        """
        if self._move('refunding'):
            requests = self.refund_request_ids.filtered(lambda request: request.state == 'open')
            requests._close('granted')
            self._give_back_money(reason)

    def _set_refunded(self):
        """The money is back with the customer."""
        values = {'finished_at': fields.Datetime.now()}
        if self.delivered_at:
            profit_fen = self.profit_fen - self.price_fen
            values |= {'profit_fen': profit_fen, 'profit': profit_fen / 100}
        if self._move('refunded', **values):
            self._release_scarce()
            self._tell_customer('topup_refunded')

    def _set_anomaly(self, note):
        """Only a person can decide what became of the order."""
        lock_rows(self)
        if 'anomaly' in ORDER_TRANSITIONS[self.state]:
            self._move('anomaly', anomaly_note=note)
            self._alert(note)
        elif self.state != 'anomaly':
            self._flag_anomaly(note)

    def _flag_anomaly(self, note):
        """Tell a person of something odd about an order whose state stays right.

        A terminal state never moves back; the to-do and the note carry the oddity.
        """
        _logger.error('order %s: %s', self.order_no, note)
        lock_rows(self)
        self.anomaly_note = note
        self._alert(note)

    # === HOOKS OF THE PAYMENT === #

    def _on_paid(self):
        """Override of `wx_payment`: called once, the payment order's row locked."""
        result = super()._on_paid()
        if not self._set_paid():
            self._flag_anomaly(self.env._('A payment arrived for an order that is not open.'))
        return result

    def _on_refunded(self):
        """Override of `wx_payment`: the whole amount is back with the customer."""
        result = super()._on_refunded()
        if self.state in ('refunding', 'refunded'):
            self._set_refunded()
        else:
            self._set_anomaly(self.env._('The payment was refunded, but the order did not fail.'))
        return result
