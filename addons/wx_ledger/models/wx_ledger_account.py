import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.rbac_ext.fields import BigInteger

from .. import const
from ..amounts import LedgerAmount
from ..fields import BigMany2oneReference

_logger = logging.getLogger(__name__)

# Only the functions in sql/ write these.
BOOKED_FIELDS = frozenset({'balance', 'held', 'version'})
IDENTITY_FIELDS = frozenset(
    {'company_id', 'asset_id', 'kind', 'owner_kind', 'owner_model', 'owner_res_id'}
    | {'purpose', 'booking_mode', 'opened_at'}
)


class WxLedgerAccount(models.Model):
    """What one owner has of one asset.

    A serial account has a limit: its row is locked, its entries carry versions. A deferred
    account has none: entries are appended beside it, so that a thousand postings at once do not
    wait for each other, and folded into `balance` by a scheduled action.
    """

    _name = 'wx.ledger.account'
    _description = 'Ledger Account'
    _inherit = ['mail.thread', 'mail.activity.mixin', 'wx.ledger.amounts']
    _order = 'id'
    _log_access = False
    _check_company_auto = True

    # identity
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    asset_id = fields.Many2one(
        'wx.ledger.asset', required=True, ondelete='restrict', check_company=True, index=True
    )
    kind = fields.Selection(list(const.ACCOUNT_KINDS), required=True, default='system')
    owner_kind = fields.Selection(list(const.OWNER_KINDS), required=True, default='platform')
    owner_model = fields.Char()
    owner_res_id = BigMany2oneReference(string='Owner', model_field='owner_model')
    purpose = fields.Selection(list(const.PURPOSES))
    booking_mode = fields.Selection(
        list(const.BOOKING_MODES),
        required=True,
        default='deferred',
        help='Serial: the limit is enforced at every entry, e.g. for a prize pool. Deferred: for'
        ' accounts that everybody posts to; an exact limit is impossible there, falling below it'
        ' is reported when the entries are folded.',
    )
    opened_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    # limits
    state = fields.Selection(list(const.ACCOUNT_STATES), required=True, default='open')
    state_note = fields.Char(string='Why It Is Not Open')
    overdraft_limit = LedgerAmount(
        default=0, required=True, help='How far below zero the available balance may fall.'
    )
    limit_watched = fields.Boolean(
        help='Raise a to-do when the folded balance of this deferred account is below its limit.'
    )
    # amounts
    balance = LedgerAmount(
        default=0,
        required=True,
        readonly=True,
        help='Of a deferred account: what is folded; "Current Balance" has all.',
    )
    held = LedgerAmount(default=0, required=True, readonly=True)
    version = BigInteger(
        default=0,
        required=True,
        readonly=True,
        aggregator=None,
        help='Number of entries, if serial.',
    )
    current_balance = LedgerAmount(compute='_compute_current_balance')
    available = LedgerAmount(
        compute='_compute_current_balance',
        help='Balance - held + overdraft limit. A hold counts until it is really released, also'
        ' after its expiry.',
    )
    decimal_places = fields.Integer(related='asset_id.decimal_places', aggregator=None)

    _owner_uniq = models.UniqueIndex(
        "(asset_id, kind, COALESCE(purpose, ''), COALESCE(owner_model, ''),"
        ' COALESCE(owner_res_id, 0))',
        'The owner has this account already.',
    )
    _owner = models.Index('(owner_model, owner_res_id) WHERE owner_res_id IS NOT NULL')
    _available_enough = models.Constraint(
        "CHECK (booking_mode = 'deferred' OR balance - held >= -overdraft_limit)",
        'The available balance would fall below the limit.',
    )
    _held_positive = models.Constraint('CHECK (held >= 0)', 'Held money cannot be negative.')
    _held_serial = models.Constraint(
        "CHECK (held = 0 OR booking_mode = 'serial')", 'Only a serial account can hold.'
    )
    _limit_positive = models.Constraint(
        'CHECK (overdraft_limit >= 0)', 'The overdraft limit cannot be negative.'
    )
    _mode_fits_kind = models.Constraint(
        "CHECK (CASE kind WHEN 'central' THEN booking_mode = 'deferred'"
        " WHEN 'user' THEN booking_mode = 'serial' ELSE true END)",
        'The central bank is deferred, users are serial.',
    )
    _owner_complete = models.Constraint(
        'CHECK ((owner_model IS NULL) = (owner_res_id IS NULL))', 'Name the whole owner.'
    )

    # === COMPUTE METHODS === #

    def _compute_current_balance(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT a.id, (a.balance + COALESCE(d.amount, 0))::text, a.held, a.overdraft_limit
                     FROM wx_ledger_account a LEFT JOIN LATERAL (
                          SELECT sum(amount) AS amount FROM wx_ledger_delta WHERE account_id = a.id
                          ) d ON a.booking_mode = 'deferred'
                    WHERE a.id = ANY(%s)""",
                self.ids,
            )
        )
        amounts = {row[0]: (int(row[1]), row[2], row[3]) for row in rows}
        for account in self:
            balance, held, limit = amounts.get(account._origin.id, (0, 0, 0))
            account.current_balance = balance
            account.available = balance - held + limit if account.booking_mode == 'serial' else 0

    @api.depends('kind', 'owner_kind', 'owner_res_id', 'purpose', 'asset_id.code')
    def _compute_display_name(self):
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ('kind', 'owner_kind', 'purpose')
        }
        for account in self:
            if account.kind == 'user':
                who = f'{labels["owner_kind"][account.owner_kind]} {account.owner_res_id or ""}'
                if account.purpose and account.purpose != 'wallet':
                    who = f'{who.strip()} {labels["purpose"][account.purpose]}'
            else:
                who = labels['purpose' if account.purpose else 'kind'].get(
                    account.purpose or account.kind
                )
                who = f'{who} {account.owner_res_id or ""}'
            account.display_name = f'{who.strip()} · {account.asset_id.code}'

    @api.model
    def _search_display_name(self, operator, value):
        """Override to find "12" by owner and "CNY" by asset; both may be given."""
        if operator not in ('ilike', '=ilike', 'like', '=') or not isinstance(value, str):
            return super()._search_display_name(operator, value)
        domain = fields.Domain.TRUE
        for word in value.replace('·', ' ').split():
            part = fields.Domain('asset_id.code', 'ilike', word)
            for name in ('owner_kind', 'purpose', 'kind'):
                part |= fields.Domain(name, 'in', self._selection_keys(name, word))
            if word.isdecimal() and len(word) < 19:
                part |= fields.Domain('owner_res_id', '=', int(word))
            domain &= part
        return domain

    def _selection_keys(self, name, word):
        return [
            key
            for key, label in self._fields[name]._description_selection(self.env)
            if word.lower() in label.lower()
        ]

    # === CONSTRAINT METHODS === #

    @api.constrains('overdraft_limit', 'asset_id', 'booking_mode')
    def _check_overdraft_limit(self):
        for account in self:
            if account.overdraft_limit and account.asset_id.expiring:
                raise ValidationError(
                    self.env._('What expires cannot be overdrawn: an overdraft has no expiry.')
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override to take the company of the asset and to start at zero."""
        for vals in vals_list:
            self._refuse_booked(vals)
            asset = self.env['wx.ledger.asset'].browse(vals.get('asset_id'))
            vals['company_id'] = asset.company_id.id
        return super().create(vals_list)

    def write(self, vals):
        """Override to leave amounts to the ledger's functions and identity as it is."""
        self._refuse_booked(vals)
        if IDENTITY_FIELDS.intersection(vals):
            raise UserError(self.env._('Owner, asset and kind of an account are fixed.'))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('An account is closed, not deleted.'))

    def _refuse_booked(self, vals):
        if BOOKED_FIELDS.intersection(vals):
            raise AccessError(self.env._('Amounts of an account change by postings only.'))

    # === BUSINESS METHODS === #

    def _set_state(self, state, note=None):
        """Open, freeze or close accounts; a closed one is empty and stays closed.

        Central accounts stay open. Postings under way in other transactions may still arrive.
        """
        for account in self.sorted('id'):
            if account.kind == 'central' or account.state == 'closed':
                raise UserError(
                    self.env._('The state of %(account)s is fixed.', account=account.display_name)
                )
            if state == 'closed' and (account.current_balance or account.held):
                raise UserError(
                    self.env._('%(account)s is not empty.', account=account.display_name)
                )
        self.write({'state': state, 'state_note': note})

    def _report_below_limit(self):
        """Give finance a to-do for system accounts that have fallen below their limit.

        An account that is only appended to cannot be stopped at its limit, only watched.
        """
        holders = self.env['rbac.permission']._holders('ledger.adjust')
        for account in self.filtered(lambda account: not account.activity_ids):
            _logger.warning('account %s has fallen below its limit', account.id)
            for user in holders:
                account.activity_schedule(
                    'mail.mail_activity_data_todo',
                    summary=self.env._('Below its limit: find out why'),
                    user_id=user.id,
                )
