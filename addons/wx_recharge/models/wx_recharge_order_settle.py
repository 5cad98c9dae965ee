import json
from dataclasses import asdict

from odoo import fields, models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const.orders import SETTLE_DECISIONS, SETTLE_REASON_CHARS


class WxRechargeOrder(models.Model):
    """What a person decides when the machine cannot."""

    _inherit = 'wx.recharge.order'

    needs_code = fields.Boolean(
        compute='_compute_needs_code', help='The customer bought a code and has none.'
    )

    # === COMPUTE METHODS === #

    def _compute_needs_code(self):
        for order_sudo in self.sudo():  # codes are for the system group only
            order_sudo.needs_code = order_sudo._is_without_code()

    # === ACTION METHODS === #

    @requires('recharge.order.settle')
    def action_settle(self, decision, reason):
        """Close the attempts of a stuck order by hand and move it as decided.

        :param str decision: key of `const.SETTLE_DECISIONS`
        :param str reason: how the person knows; it stays in the log of the order
        :return: True; the gate returns the action on a request where a second person decides
        :raise InvalidInput: no such decision, or no reason to speak of
        :raise Conflict: the order does not need a person
        """
        self.ensure_one()
        self.check_access('read')
        if decision not in dict(SETTLE_DECISIONS):
            raise InvalidInput(self.env._('There is no such decision.'))
        if not isinstance(reason, str) or len(reason.strip()) < SETTLE_REASON_CHARS:
            raise InvalidInput(
                self.env._('Tell how you know.'), {'reason': self.env._('Too short')}
            )
        self.sudo()._settle(decision, reason)  # nobody writes orders by right
        return True

    # === BUSINESS METHODS === #

    def _keep_pin(self, pin):
        """Keep a code that was bought elsewhere, encrypted, until the order is settled.

        :raise Conflict: the order does not need a person
        """
        order_sudo = self.sudo()  # nobody writes orders by right
        order_sudo._lock_stuck()
        order_sudo.voucher = json.dumps(asdict(pin))

    def _is_without_code(self):
        by_pin = 'pin' in self.attempt_ids.mapped('redemption')
        return by_pin and not self._known_voucher()

    def _known_voucher(self):
        return self.voucher or next(filter(None, self.attempt_ids.mapped('voucher')), False)

    def _lock_stuck(self):
        lock_rows(self.payment_order_id)
        lock_rows(self)
        if self.state != 'anomaly':
            raise Conflict(self.env._('The order does not need a person any more.'))

    def _settle(self, decision, reason):
        self._lock_stuck()
        if decision == 'delivered':
            if self._is_without_code():
                raise InvalidInput(
                    self.env._('Tell the code that was bought.'), {'code': self.env._('Missing')}
                )
            self.voucher = self._known_voucher()
        decisions = self.env['wx.recharge.settle']._fields['decision']
        self.message_post(
            body=self.env._(
                '%(user)s settled the order: %(decision)s. %(reason)s',
                user=self.env.user.name,
                decision=dict(decisions._description_selection(self.env))[decision],
                reason=reason,
            )
        )
        self._close_attempts(decision, reason)
        if decision == 'delivered':
            self._set_delivered()
        else:
            self._set_failed('unavailable', reason)
        self.activity_unlink(['mail.mail_activity_data_todo'])

    def _close_attempts(self, decision, reason):
        """End open attempts, so that nobody asks about them again."""
        for attempt in self.attempt_ids.filtered(lambda attempt: attempt._is_open()):
            done = decision == 'delivered' and attempt.state != 'draft'
            if attempt._move('succeeded' if done else 'failed', error_text=reason):
                attempt._finish()
