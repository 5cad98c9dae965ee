from odoo import fields, models

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..utils import check_group

MIN_REASON_CHARS = 5


class WxRechargeSettle(models.TransientModel):
    """A person decides what became of an order the machine cannot decide on."""

    _name = 'wx.recharge.settle'
    _description = 'Settle a Stuck Order'

    order_id = fields.Many2one('wx.recharge.order', required=True, readonly=True)
    note = fields.Char(related='order_id.anomaly_note')
    decision = fields.Selection(
        [
            ('delivered', 'The customer has the top-up'),
            ('failed', 'Nothing was delivered: refund the customer'),
        ],
        required=True,
    )
    reason = fields.Char(required=True, help='How you know; it stays in the log of the order.')

    def action_settle(self):
        """Close the order's attempts by hand and move the order as decided."""
        self.ensure_one()
        self.order_id.check_access('read')
        check_group(self.env, 'rbac_ext.group_operator')
        if len((self.reason or '').strip()) < MIN_REASON_CHARS:
            raise InvalidInput(
                self.env._('Tell how you know.'), {'reason': self.env._('Too short')}
            )
        order_sudo = self.order_id.sudo()  # the refund is the payment's, operators ask for it
        lock_rows(order_sudo.payment_order_id)
        lock_rows(order_sudo)
        if order_sudo.state != 'anomaly':
            raise Conflict(self.env._('The order does not need a person any more.'))
        labels = dict(self._fields['decision']._description_selection(self.env))
        order_sudo.message_post(
            body=self.env._(
                '%(user)s settled the order: %(decision)s. %(reason)s',
                user=self.env.user.name,
                decision=labels[self.decision],
                reason=self.reason,
            )
        )
        self._close_attempts(order_sudo)
        if self.decision == 'delivered':
            order_sudo._set_delivered()
        else:
            order_sudo._set_failed('unavailable', self.reason)
        order_sudo.activity_unlink(['mail.mail_activity_data_todo'])

    def _close_attempts(self, order_sudo):
        """End open attempts, so that nobody asks about them again."""
        for attempt in order_sudo.attempt_ids.filtered(lambda attempt: attempt._is_open()):
            done = self.decision == 'delivered' and attempt.state != 'draft'
            if attempt._move('succeeded' if done else 'failed', error_text=self.reason):
                attempt._finish()
