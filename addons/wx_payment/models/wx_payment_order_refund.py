from odoo import api, models

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const import MAX_REFUNDS_PER_PAYMENT, REFUNDABLE_ORDER_STATES


class WxPaymentOrder(models.Model):
    _inherit = 'wx.payment.order'

    refundable_fen = BigInteger(string='Refundable (fen)', compute='_compute_refundable_fen')

    # === COMPUTE METHODS === #

    @api.depends('paid_fen', 'refunded_fen', 'refunding_fen')
    def _compute_refundable_fen(self):
        for order in self:
            order.refundable_fen = order.paid_fen - order.refunded_fen - order.refunding_fen

    # === ACTION METHODS === #

    @requires('payment.order.refund', amount='amount_fen')
    def action_refund(self, amount_fen, reason):
        """Give part or all of a paid order back, for a person.

        :param int amount_fen: at least 1, at most what is left
        :param str reason: shown to the customer
        :return: True; the gate returns the action on a request where a second person decides
        :raise InvalidInput: no positive whole amount, or no reason
        :raise Conflict: not paid, or less is left
        """
        self.ensure_one()
        self.check_access('read')
        if isinstance(amount_fen, bool) or not isinstance(amount_fen, int):
            raise InvalidInput(self.env._('The amount must be a whole number of fen.'))
        if not isinstance(reason, str) or not reason.strip():
            raise InvalidInput(self.env._('Give a reason.'))
        self._request_refund(amount_fen, reason)
        return True

    # === BUSINESS METHODS === #

    def _request_refund(self, amount_fen, reason):
        """Write what is to be given back; it is sent after this transaction.

        The money goes back the way it came. Twice at a time cannot exceed what was paid: both
        write the locked row.

        :param int amount_fen: at least 1, at most what is left
        :param str reason: shown to the customer
        :return: the `wx.payment.refund` records
        :raise InvalidInput: no positive amount
        :raise Conflict: not paid, or less is left
        """
        order = self.sudo()  # called by documents, jobs and people; none writes refunds
        order.ensure_one()
        lock_rows(order)
        if amount_fen < 1:
            raise InvalidInput(self.env._('The amount must be positive.'))
        if order.state not in REFUNDABLE_ORDER_STATES:
            raise Conflict(self.env._('Only a paid order can be refunded.'))
        left = order.paid_fen - order.refunded_fen - order.refunding_fen
        if amount_fen > left:
            raise Conflict(self.env._('At most %(left)s fen can be refunded.', left=left))
        refunds = order._spread_refund(amount_fen, reason)
        refunds._job_queue()
        return refunds

    def _spread_refund(self, amount_fen, reason):
        """Create refunds on the paid attempts, oldest first."""
        refunds = self.env['wx.payment.refund']
        for attempt in self.attempt_ids.filtered(lambda attempt: attempt.state == 'paid').sorted(
            'id'
        ):
            part = min(amount_fen, attempt.paid_fen - attempt.refunded_fen - attempt.refunding_fen)
            if part > 0:
                refunds += self._open_refund(attempt, part, reason)
                amount_fen -= part
        return refunds

    def _open_refund(self, attempt, amount_fen, reason, **values):
        """Create one refund and reserve its amount; the caller holds the lock.

        :param attempt: where the money came in, `paid` or in `suspense`
        """
        if len(attempt.refund_ids) >= MAX_REFUNDS_PER_PAYMENT:
            raise Conflict(self.env._('The provider allows no further refund of this payment.'))
        self.refund_count += 1
        refund = self.env['wx.payment.refund'].create(
            {
                'order_id': self.id,
                'attempt_id': attempt.id,
                'out_refund_no': f'{self.name}R{self.refund_count}',
                'amount_fen': amount_fen,
                'reason': reason,
                **values,
            }
        )
        attempt.refunding_fen += amount_fen
        if attempt.state == 'paid':
            self.refunding_fen += amount_fen
            if self.state == 'paid':
                self._move('refunding')
        return refund

    def _settle_refund(self, refund, succeeded):
        """Move a refund's amount from "under way" to "given back" or back to what is left.

        The caller holds the lock and has just moved the refund to a final state.
        """
        attempt = refund.attempt_id
        attempt.write(
            {
                'refunding_fen': attempt.refunding_fen - refund.amount_fen,
                'refunded_fen': attempt.refunded_fen + (refund.amount_fen if succeeded else 0),
            }
        )
        if attempt.state != 'paid':
            return
        self.write(
            {
                'refunding_fen': self.refunding_fen - refund.amount_fen,
                'refunded_fen': self.refunded_fen + (refund.amount_fen if succeeded else 0),
            }
        )
        if self.refunding_fen:
            return
        if self.refunded_fen == self.paid_fen:
            self._set_refunded()
        elif self.state == 'refunding':
            self._move('paid')

    def _set_refunded(self):
        """Note that everything went back; the caller holds the lock."""
        if self._move('refunded'):
            self._tell_document('_on_refunded')
