from odoo import models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const import MAX_REFUNDS_PER_PAYMENT, REFUNDABLE_ORDER_STATES


class WxPaymentOrder(models.Model):
    _inherit = 'wx.payment.order'

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
        :raise Conflict: not paid, paid too long ago, or less is left
        """
        order = self.sudo()  # called by documents, jobs and people; none writes refunds
        order.ensure_one()
        lock_rows(order)
        if amount_fen < 1:
            raise InvalidInput(self.env._('The amount must be positive.'))
        if order.state not in REFUNDABLE_ORDER_STATES:
            raise Conflict(self.env._('Only a paid order can be refunded.'))
        order._check_refund_time()
        left = order.refundable_fen
        if amount_fen > left:
            raise Conflict(self.env._('At most %(left)s fen can be refunded.', left=left))
        refunds = order._spread_refund(amount_fen, reason)
        # What went back at once has been told already.
        if order.state == 'refunding' and not order.refundable_fen:
            order._tell_document('_on_refunding')
        refunds.filtered(lambda refund: refund.is_open and not refund.next_try_at)._job_queue()
        return refunds

    def _spread_refund(self, amount_fen, reason):
        """Create refunds on the parts that were paid: the money goes back the way it came.

        All of it is under way before the first begins: what goes back at once would be the end
        of it otherwise, and the document would be told so while the rest is yet to come.
        """
        refunds = self.env['wx.payment.refund']
        for leg in self._refund_sequence():
            part_fen = min(amount_fen, leg.refundable_fen)
            if part_fen > 0:
                attempt = leg.attempt_ids.filtered(lambda attempt: attempt.state == 'paid')
                refunds += self._open_refund(attempt, part_fen, reason, leg=leg, begin=False)
                amount_fen -= part_fen
        for refund in refunds:
            refund._begin()
        return refunds

    def _refund_sequence(self):
        """Return the paid parts in the order in which they are given back."""
        legs = self.leg_ids.filtered(lambda leg: leg.state == 'confirmed')
        first = self.company_id.wx_refund_first
        return legs.sorted(lambda leg: (leg.kind != first, leg.id))

    def _open_refund(self, attempt, amount_fen, reason, leg=None, begin=True, **values):
        """Create one refund and reserve its amount; the caller holds the lock.

        :param attempt: where the money came in, `paid` or in `suspense`; empty for a wallet
        :param leg: the part of the order that it belongs to; None for money in suspense
        :param bool begin: False where the caller begins it
        """
        leg = leg or self.env['wx.payment.leg']
        if len(attempt.refund_ids) >= MAX_REFUNDS_PER_PAYMENT:
            raise Conflict(self.env._('The provider allows no further refund of this payment.'))
        self.refund_count += 1
        refund = self.env['wx.payment.refund'].create(
            {
                'order_id': self.id,
                'leg_id': leg.id,
                'attempt_id': attempt.id,
                'out_refund_no': f'{self.name}R{self.refund_count}',
                'amount_fen': amount_fen,
                'reason': reason,
                **values,
            }
        )
        for counted in refund._counted():
            counted._reserve_refund(amount_fen)
        if leg and self.state == 'paid':
            self._move('refunding')
        if begin:
            refund._begin()
        return refund

    def _settle_refund(self, refund, succeeded):
        """Move a refund's amount from "under way" to "given back" or back to what is left.

        The caller holds the lock and has just moved the refund to a final state.
        """
        for counted in refund._counted():
            counted._settle_reserved(refund.amount_fen, succeeded)
        if not refund.leg_id or self.refunding_fen:
            return
        if self.refunded_fen == self.paid_fen:
            self._set_refunded()
        elif self.state == 'refunding':
            self._move('paid')
            self._tell_document('_on_refund_ended')

    def _set_refunded(self):
        """Note that everything went back; the caller holds the lock."""
        if self._move('refunded'):
            self._tell_document('_on_refunded')
