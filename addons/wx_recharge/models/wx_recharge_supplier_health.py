import logging

from odoo import api, fields, models

from ..lib.topup.errors import TopupError

_logger = logging.getLogger(__name__)


class WxRechargeSupplier(models.Model):
    """How well a supplier works: its balance, its pauses, and the bell for a person."""

    _inherit = 'wx.recharge.supplier'

    # === BUSINESS METHODS === #

    def _refresh_balance(self):
        """Fetch and store the balance, with a to-do when it is low. Runs as sudo.

        :raise TopupError: the supplier did not tell
        """
        self.ensure_one()
        balance = self._build_adapter().fetch_balance()
        currency = self.env['res.currency'].with_context(active_test=False)
        self.write(
            {
                'balance': float(balance.amount),
                'balance_currency_id': currency.search([('name', '=', balance.currency)]).id,
                'balance_at': fields.Datetime.now(),
            }
        )
        if self.balance_min and self.balance < self.balance_min:
            self._alert(self.env._('The balance is low: %(amount)s', amount=balance.amount))
        return balance

    def _pause(self, reason):
        """Order nothing more here until a person has looked."""
        self.ensure_one()
        if not self.paused:
            _logger.error('supplier %s paused: %s', self.name, reason)
            self.write({'paused': True, 'pause_reason': reason[:200]})
            self._alert(self.env._('Supplier paused: %(reason)s', reason=reason))

    def _alert(self, text):
        """Make a to-do for somebody who may pause and resume, one at a time."""
        holders = self.env['rbac.permission']._holders_for('recharge.supplier.pause', self)
        for user in holders[:1]:
            if not self.activity_search(['mail.mail_activity_data_todo'], user_id=user.id):
                self.activity_schedule(
                    'mail.mail_activity_data_todo', summary=text[:200], user_id=user.id
                )

    # === CRON METHODS === #

    @api.model
    def _cron_refresh_balances(self):
        """Fetch the balance of every supplier, each in a transaction of its own."""
        suppliers = self.search([('adapter', 'in', self._wired_codes())])
        self.env['ir.cron']._commit_progress(remaining=len(suppliers))
        for supplier in suppliers:
            try:
                supplier._refresh_balance()
            except TopupError as error:
                _logger.warning('no balance of supplier %s: %s', supplier.name, error)
            if not self.env['ir.cron']._commit_progress(1):
                return
