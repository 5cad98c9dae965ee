import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const.routing import PAUSE_AFTER, PAUSE_KINDS
from ..lib.topup.errors import TopupError
from ..routing import probe_delay

_logger = logging.getLogger(__name__)


class WxRechargeSupplier(models.Model):
    """How well a supplier works: its balance, its pauses, and the bell for a person."""

    _inherit = 'wx.recharge.supplier'

    # Pause
    paused = fields.Boolean(
        copy=False, tracking=True, help='No new top-ups are ordered here; running ones go on.'
    )
    pause_kind = fields.Selection(
        list(PAUSE_KINDS), string='Paused Because Of', readonly=True, copy=False
    )
    pause_reason = fields.Char(copy=False, tracking=True)
    pause_count = fields.Integer(
        string='Pauses in a Row',
        readonly=True,
        copy=False,
        aggregator=None,
        help='How often the machine has paused it with no delivery in between.',
    )
    pause_after = fields.Integer(
        default=PAUSE_AFTER,
        aggregator=None,
        help='Failures in a row, not counting wrong numbers. 0: it is never paused for them.',
    )
    return_alone = fields.Boolean(
        string='Returns by Itself',
        default=True,
        help='A supplier that the machine has paused is asked again from time to time and used '
        'once it works. What a person has paused, a person resumes.',
    )
    probe_at = fields.Datetime(
        string='Asked Again At', readonly=True, copy=False, help='Empty: a person has to resume.'
    )
    probe_refused = fields.Boolean(readonly=True, copy=False)
    probe_baseline = fields.Json(readonly=True, copy=False)
    resumed_at = fields.Datetime(readonly=True, copy=False)

    # Balance
    balance = fields.Monetary(copy=False, readonly=True, currency_field='balance_currency_id')
    balance_currency_id = fields.Many2one('res.currency', copy=False, readonly=True)
    balance_at = fields.Datetime(string='Balance As Of', copy=False, readonly=True)
    balance_min = fields.Monetary(
        string='Alarm Below',
        currency_field='balance_currency_id',
        help='A to-do is made when the balance falls below.',
    )
    balance_reserve = fields.Monetary(
        string='Stop Below',
        currency_field='balance_currency_id',
        help='Packages are not sold on this supplier when the balance falls below.',
    )
    is_balance_low = fields.Boolean(
        compute='_compute_is_balance_low', store=True, string='Low Balance'
    )
    is_exhausted = fields.Boolean(readonly=True, copy=False, string='Out of Money')

    # === COMPUTE METHODS === #

    @api.depends('balance', 'balance_at', 'balance_min')
    def _compute_is_balance_low(self):
        for supplier in self:
            supplier.is_balance_low = bool(
                supplier.balance_at and supplier.balance < supplier.balance_min
            )

    # === ACTION METHODS === #

    @requires('recharge.supplier.pause')
    def action_pause(self):
        """Order nothing more here until somebody resumes."""
        self.check_access('read')
        reason = self.env._('Paused by %(user)s', user=self.env.user.name)
        self.sudo().write(
            {'paused': True, 'pause_kind': 'person', 'pause_reason': reason, 'probe_at': False}
        )

    @requires('recharge.supplier.pause')
    def action_resume(self):
        """Order here again."""
        self.check_access('read')
        for supplier in self:
            supplier.sudo()._resume()
            supplier.sudo().pause_count = 0

    # === BUSINESS METHODS - BALANCE === #

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
        exhausted = self.balance < self.balance_reserve
        if self.is_exhausted != exhausted:
            self.is_exhausted = exhausted
        summary = self.env._('The balance is low')
        if self.is_balance_low:
            self._alert(summary, f'{balance.amount} {balance.currency}')
        else:
            self._drop_alert(summary)
        return balance

    # === BUSINESS METHODS - PAUSE === #

    def _pause(self, reason, kind='account'):
        """Order nothing more here until it works again or a person has looked.

        The caller writes an outcome that must not be lost: whoever loses against another
        transaction here leaves the pause to the watch, which sees the same attempts.
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                lock_rows(self)
                if not self.paused:
                    self._set_paused(reason, kind)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            _logger.info('supplier %s is paused by the watch: %s', self.id, error)

    def _set_paused(self, reason, kind):
        pauses = self.pause_count + 1
        delay = probe_delay(pauses) if self.return_alone else None
        now = fields.Datetime.now()
        _logger.error('supplier %s paused: %s', self.name, reason)
        self.write(
            {
                'paused': True,
                'pause_kind': kind,
                'pause_reason': reason[:200],
                'pause_count': pauses,
                'probe_at': delay and now + timedelta(seconds=delay),
                'probe_refused': False,
                'probe_baseline': False,
            }
        )
        self._alert(self.env._('The supplier is paused'), reason)

    def _resume(self):
        """Order here again; the attempts before count no more."""
        self.write(
            {
                'paused': False,
                'pause_kind': False,
                'pause_reason': False,
                'probe_at': False,
                'resumed_at': fields.Datetime.now(),
            }
        )
        self._drop_alert(self.env._('The supplier is paused'))

    # === BUSINESS METHODS - PEOPLE === #

    def _alert(self, summary, note=''):
        """Make a to-do for somebody who may pause and resume, one of the same words."""
        holders = self.env['rbac.permission']._holders_for('recharge.supplier.pause', self)
        for user in holders[:1]:
            if not self._alerts(summary):
                self.activity_schedule(
                    'mail.mail_activity_data_todo', summary=summary, note=note, user_id=user.id
                )

    def _drop_alert(self, summary):
        """Remove the to-do: its cause is gone, for everybody."""
        self._alerts(summary).unlink()

    def _alerts(self, summary):
        todos_sudo = self.sudo().activity_ids  # whose they are does not matter
        return todos_sudo.filtered(lambda todo: todo.summary == summary)

    def _alone(self, act):
        """Do something for one supplier; what goes wrong with it stops none of the others.

        Nothing written before may be uncommitted.
        """
        try:
            act()
            self.env.flush_all()
        except TopupError as error:
            _logger.warning('no balance of supplier %s: %s', self.name, error)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            self.env.cr.rollback()
            _logger.info('supplier %s met another transaction: %s', self.id, error)
        except Exception:
            self.env.cr.rollback()
            _logger.exception('supplier %s cannot be asked', self.id)

    # === CRON METHODS === #

    @api.model
    def _cron_refresh_balances(self):
        """Fetch the balance of every supplier, each in a transaction of its own."""
        suppliers = self.search([('adapter', 'in', self._wired_codes())])
        self.env['ir.cron']._commit_progress(remaining=len(suppliers))
        for supplier in suppliers:
            supplier._alone(supplier._refresh_balance)
            if not self.env['ir.cron']._commit_progress(1):
                return
