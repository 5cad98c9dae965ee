from odoo import models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools.transaction import lock_rows


class WxPaymentAttempt(models.Model):
    """Money in suspense that a person gives back."""

    _inherit = 'wx.payment.attempt'

    # Consent to a refund is worth nothing once the money has moved.
    _rbac_fingerprint_fields = ('state', 'paid_fen', 'refunding_fen', 'refunded_fen')

    # Of the dashboard and the repair desk; the first costs next to nothing when rows are added.
    _created_idx = models.Index('USING brin (create_date)')
    _live_idx = models.Index("(create_date) WHERE state IN ('draft', 'open')")
    _suspense_idx = models.Index("(id) WHERE state = 'suspense'")

    # === ACTION METHODS === #

    @requires('payment.order.refund', amount='amount_fen')
    def action_refund_suspense(self, amount_fen, reason, console_number=''):
        """Give money back that pays for nothing, unless that is under way already.

        :param int amount_fen: at least 1, at most what is left
        :param str reason: shown to the customer
        :param str console_number: our number of a refund that was made in the merchant console:
            then nothing is sent, the provider is asked what became of that one
        :return: True; the gate returns the action on a request where a second person decides
        :raise InvalidInput: no positive whole amount, or no reason
        :raise Conflict: not in suspense, or less is left
        """
        self.ensure_one()
        self.check_access('read')
        if type(amount_fen) is not int or amount_fen < 1:
            raise InvalidInput(self.env._('The amount must be positive.'))
        if not isinstance(reason, str) or not reason.strip():
            raise InvalidInput(self.env._('Give a reason.'))
        attempt = self.sudo()  # no person writes refunds
        order = lock_rows(attempt.order_id)
        attempt.invalidate_recordset()
        if attempt.state != 'suspense':
            raise Conflict(self.env._('This money is not in suspense.'))
        left = attempt.refundable_fen
        if amount_fen > left:
            raise Conflict(self.env._('At most %(left)s fen can be refunded.', left=left))
        outside = {'out_refund_no': console_number, 'outside': True} if console_number else {}
        refund = order._open_refund(attempt, amount_fen, reason, **outside)
        if outside:
            refund._move('sent')
        refund._job_queue()
        return True
