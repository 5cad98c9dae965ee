import logging

from odoo import fields, models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..utils import check_reason

_logger = logging.getLogger(__name__)


class WxMembershipOrder(models.Model):
    """State machine of the order: one method per state, the row locked and read again.

    Locks in this order: payment order, this order, the customer, memberships.
    """

    _inherit = 'wx.membership.order'

    # === ACTION METHODS === #

    @requires('member.grant.revoke')
    def action_revoke(self, reason):
        """Take back what was given for nothing: what is left of it ends now.

        :param str reason: stays in the thread of the order
        :raise InvalidInput: no reason to speak of
        :raise Conflict: it was paid for, or does not count any more
        """
        self.ensure_one()
        self.check_access('read')
        check_reason(self.env, reason)
        order_sudo = self.sudo()  # nobody writes orders by right
        lock_rows(order_sudo)
        if order_sudo.price_fen:
            raise Conflict(self.env._('This order was paid for: refund its payment.'))
        if order_sudo.state != 'active':
            raise Conflict(self.env._('There is nothing to take back any more.'))
        order_sudo.message_post(
            body=self.env._(
                '%(user)s took it back: %(reason)s', user=self.env.user.name, reason=reason
            )
        )
        order_sudo._set_cancelled()
        return True

    # === TRANSITIONS BEFORE PAYMENT === #

    def _set_awaiting_payment(self):
        """Open the payment order of an order just made."""
        if self._move('awaiting_payment', lock=False):
            payments_sudo = self.env['wx.payment.order'].sudo()  # customers write no payments
            # Links itself to this order.
            payments_sudo._create_for(
                self, self.wx_user_id, self.price_fen, self.plan_name, self.expires_at
            )

    def _set_closed(self):
        """Nobody paid in time."""
        self._move('closed', finished_at=fields.Datetime.now())

    def _set_cancelled(self):
        """It was given up before it was paid, or what cost nothing is taken back."""
        booked = self._is_booked()
        if self._move('cancelled', finished_at=fields.Datetime.now()) and booked:
            self.wx_user_id._take_back_period(self)

    # === TRANSITIONS AFTER PAYMENT === #

    def _set_paid(self):
        """The money has arrived, or none is asked for: book the time.

        :return: whether the order moved
        """
        moved = self._move('paid', paid_at=bool(self.price_fen) and fields.Datetime.now())
        if moved:
            self._set_active()
        return moved

    def _set_active(self):
        """Add the order's time to the customer's membership, once."""
        if self._move('active', booked_at=fields.Datetime.now()):
            self.wx_user_id._add_period(self)

    def _set_refunding(self):
        """All of the price is on its way back; the time still counts."""
        self._move('refunding')

    def _set_refunded(self):
        """The whole price is back with the customer: take back what is left of the time."""
        if self._move('refunded', finished_at=fields.Datetime.now()):
            self.wx_user_id._take_back_period(self)

    # === HOOKS OF THE PAYMENT === #

    def _on_paid(self):
        """Override of `wx_payment`: called once, the payment order's row locked."""
        result = super()._on_paid()
        if not self._set_paid():
            self._alert(self.env._('A payment arrived for an order that is not open.'))
        return result

    def _on_refunding(self):
        """Override of `wx_payment`: all that is left is on its way back."""
        result = super()._on_refunding()
        self._set_refunding()
        return result

    def _on_refund_ended(self):
        """Override of `wx_payment`: a part went back, or nothing; that shortens nothing."""
        result = super()._on_refund_ended()
        lock_rows(self)
        if self.state == 'refunding':
            self._move('active')
        if self.amount_refunded:
            self.message_post(
                body=self.env._(
                    '%(amount)s yuan of the price have been given back so far. The membership '
                    'stays as long as it was.',
                    amount=f'{self.amount_refunded:.2f}',
                )
            )
        return result

    def _on_refunded(self):
        """Override of `wx_payment`: the whole amount is back with the customer."""
        result = super()._on_refunded()
        self._set_refunded()
        return result

    def _alert(self, text):
        """Leave a note for staff and a to-do for somebody who looks after orders."""
        _logger.error('order %s: %s', self.order_no, text)
        self.message_post(body=text)
        for user in self.env['rbac.permission']._holders_for('member.order.cancel', self)[:1]:
            self.activity_schedule(
                'mail.mail_activity_data_todo', summary=text[:200], user_id=user.id
            )
