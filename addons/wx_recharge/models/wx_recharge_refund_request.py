from odoo import fields, models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const.refunds import ANSWER_CHARS, REASONS, REFUND_ACTIVITY, REQUEST_STATES


class WxRechargeRefundRequest(models.Model):
    """A customer wants the money back; a person decides."""

    _name = 'wx.recharge.refund.request'
    _description = 'Refund Request'
    _order = 'id desc'
    _rec_name = 'order_id'

    # Consent to a refund is worth nothing once somebody else has decided.
    _rbac_fingerprint_fields = ('state',)

    order_id = fields.Many2one(
        'wx.recharge.order', required=True, readonly=True, index=True, ondelete='cascade'
    )
    wx_user_id = fields.Many2one(
        'wx.user', string='Customer', required=True, readonly=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    order_state = fields.Selection(related='order_id.state', string='State of the Order')
    currency_id = fields.Many2one(related='order_id.currency_id')
    amount = fields.Monetary(related='order_id.amount', string='Paid')
    phone = fields.Char(related='order_id.phone')
    package_name = fields.Char(related='order_id.package_name', string='Package')

    # What the customer says
    reason = fields.Selection(list(REASONS), required=True, readonly=True)
    note = fields.Char(readonly=True, help='In the words of the customer.')

    # What became of it
    state = fields.Selection(list(REQUEST_STATES), required=True, readonly=True, default='open')
    answer = fields.Char(readonly=True, help='The customer reads it.')
    decided_by_id = fields.Many2one('res.users', readonly=True, help='Empty: decided by itself.')
    decided_at = fields.Datetime(readonly=True)

    _customer_idx = models.Index('(wx_user_id, id)')
    _open_uniq = models.UniqueIndex(
        "(order_id) WHERE state = 'open'", 'A refund is asked for already.'
    )
    _open_idx = models.Index("(company_id, id) WHERE state = 'open'")

    # === ACTION METHODS === #

    @requires('recharge.refund.grant', amount='amount_fen')
    def action_grant(self, amount_fen, answer=''):
        """Give the money of a delivered order back.

        :param int amount_fen: what is given back: all that is left of the payment
        :param str answer: for the customer
        :return: True; the gate returns the action on a request where a second person decides
        :raise Conflict: decided already, the outcome is not known yet, or another amount is left
        """
        self.ensure_one()
        self.check_access('read')
        self.sudo()._grant(amount_fen, answer)  # nobody writes requests or orders by right
        return True

    @requires('recharge.refund.decide')
    def action_refuse(self, answer):
        """Refuse a request.

        :param str answer: why, for the customer
        :raise InvalidInput: no answer to speak of
        :raise Conflict: decided already
        """
        self.ensure_one()
        self.check_access('read')
        if not isinstance(answer, str) or len(answer.strip()) < ANSWER_CHARS:
            raise InvalidInput(
                self.env._('Tell the customer why.'), {'answer': self.env._('Too short')}
            )
        request = self.sudo()  # nobody writes requests by right
        lock_rows(request.order_id)
        request._check_open()
        request._close('refused', answer, self.env.user)
        request.order_id._tell_customer('topup_refund_refused', answer=answer)
        return True

    def action_open_order(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.recharge.order',
            'view_mode': 'form',
            'res_id': self.order_id.id,
        }

    # === BUSINESS METHODS === #

    def _grant(self, amount_fen, answer):
        order = self.order_id
        lock_rows(order.payment_order_id)
        lock_rows(order)
        self._check_open()
        if order.state != 'delivered':
            raise Conflict(
                self.env._('The order is not delivered: it is settled, or refunded by itself.')
            )
        if amount_fen != order.payment_order_id.refundable_fen:
            raise Conflict(self.env._('Another amount is left of the payment: look again.'))
        self._close('granted', answer, self.env.user)
        order._set_refunding(self.env._('Refund asked for by the customer'))

    def _check_open(self):
        """:raise Conflict: somebody has decided; the caller holds the order's lock"""
        self.invalidate_recordset(['state'])
        if self.state != 'open':
            raise Conflict(self.env._('This request is decided already.'))

    def _close(self, state, answer='', user=None):
        """End the requests; the to-do about them is done.

        :param str state: key of `const.REQUEST_STATES`
        :param user: who decided, None when nobody had to
        """
        if not self:
            return
        self.write(
            {
                'state': state,
                'answer': answer,
                'decided_by_id': user and user.id,
                'decided_at': fields.Datetime.now(),
            }
        )
        self.order_id.activity_unlink([REFUND_ACTIVITY])
