import json
from datetime import datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.rbac_ext.fields import BigInteger

from ..amounts import LedgerAmount
from ..models.wx_ledger_statement import AccountStatement, Filter

PAGE = 50
BUSINESS_ZONE = 'Asia/Shanghai'


class WxLedgerStatement(models.TransientModel):
    """Statement of accounts in a period: asked for, shown page by page, taken out as a file."""

    _name = 'wx.ledger.statement'
    _description = 'Statement of Accounts'

    # what is asked for
    account_ids = fields.Many2many('wx.ledger.account', string='Accounts')
    date_from = fields.Date(
        string='From', required=True, default=lambda self: self._default_date_from()
    )
    date_to = fields.Date(string='To', required=True, default=lambda self: self._default_date_to())
    zone = fields.Selection(_tz_get, string='Time Zone', required=True, default=BUSINESS_ZONE)
    reason_ids = fields.Many2many('wx.ledger.reason', string='Reasons')
    direction = fields.Selection([('debit', 'Debits'), ('credit', 'Credits')])
    document_model = fields.Char(help='Technical name, e.g. wx.recharge.order.')
    document_id = BigInteger(string='Document Number')
    # what is shown
    summary_ids = fields.One2many('wx.ledger.statement.account', 'statement_id', readonly=True)
    line_ids = fields.One2many('wx.ledger.statement.line', 'statement_id', readonly=True)
    page_starts = fields.Text(default='[]', readonly=True)
    page = fields.Integer(readonly=True, help='0: nothing is shown yet.')
    has_next = fields.Boolean(readonly=True)

    # === DEFAULT METHODS === #

    def _default_date_to(self):
        return datetime.now(ZoneInfo(BUSINESS_ZONE)).date()

    def _default_date_from(self):
        return self._default_date_to().replace(day=1)

    @api.model
    def default_get(self, fields):
        """Override to begin with the accounts at which the statement was asked for."""
        values = super().default_get(fields)
        if self.env.context.get('active_model') == 'wx.ledger.account':
            values.setdefault('account_ids', self.env.context.get('active_ids'))
        return values

    # === COMPUTE METHODS === #

    @api.depends('date_from', 'date_to')
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = self.env._(
                'Statement %(first)s to %(last)s',
                first=str(statement.date_from or ''),
                last=str(statement.date_to or ''),
            )

    # === CONSTRAINT METHODS === #

    @api.constrains('date_from', 'date_to')
    def _check_period(self):
        if any(statement.date_from > statement.date_to for statement in self):
            raise UserError(self.env._('The period ends before it begins.'))

    # === ACTION METHODS === #

    def action_show(self):
        """Show the first page."""
        self.ensure_one()
        self._check_accounts()
        self.summary_ids.unlink()
        self.summary_ids.create(
            [self._prepare_summary_vals(account) for account in self._accounts()]
        )
        self._show([None])

    def action_next(self):
        """Show the page behind the last line shown."""
        self.ensure_one()
        last = self.line_ids[-1:]
        if self.has_next and last:
            self._show([*json.loads(self.page_starts), json.loads(last.position)])

    def action_previous(self):
        """Show the page before."""
        self.ensure_one()
        starts = json.loads(self.page_starts)
        if len(starts) > 1:
            self._show(starts[:-1])

    # === BUSINESS METHODS === #

    def _accounts(self):
        return self.account_ids.sorted('id')

    def _check_accounts(self):
        """Refuse accounts that the user may not see: statements are read by SQL."""
        if not self.account_ids:
            raise UserError(self.env._('Choose an account.'))
        self.env['wx.ledger.entry'].check_access('read')
        self.account_ids.check_access('read')

    def _bounds(self):
        """Return the period in UTC; its end is no part of it."""
        zone = ZoneInfo(self.zone)
        days = (self.date_from, self.date_to + timedelta(days=1))
        moments = (datetime.combine(day, time(), zone).astimezone(ZoneInfo('UTC')) for day in days)
        return tuple(moment.replace(tzinfo=None) for moment in moments)

    def _filter(self):
        return Filter(
            tuple(self.reason_ids.ids),
            self.direction or None,
            self.document_model or None,
            self.document_id or None,
        )

    def _statement_of(self, account):
        return AccountStatement(self.env, account.id, *self._bounds(), self._filter())

    def _prepare_summary_vals(self, account):
        summary = self._statement_of(account).summary()
        return {
            'statement_id': self.id,
            'account_id': account.id,
            'opening': summary.opening,
            'credited': summary.credited,
            'debited': summary.debited,
            'closing': summary.closing,
            'entry_count': summary.entry_count,
        }

    def _show(self, starts):
        """Replace the lines by the page that begins behind the last of `starts`.

        A start is the index of an account and the key of its last line on the page before, so
        that no page costs more than another.
        """
        accounts = self._accounts()
        index, after = _position(starts[-1])
        found = []
        for number, account in list(enumerate(accounts))[index:]:
            lines = self._statement_of(account).lines(after, PAGE + 1 - len(found))
            found += [(number, account, line) for line in lines]
            after = None
            if len(found) > PAGE:
                break
        self.line_ids.unlink()
        self.line_ids.create([self._prepare_line_vals(*row) for row in found[:PAGE]])
        has_next = len(found) > PAGE
        self.write({'page_starts': json.dumps(starts), 'page': len(starts), 'has_next': has_next})

    def _prepare_line_vals(self, number, account, line):
        key = [number, line.posted_at.isoformat(), line.entry_id, line.version, line.balance]
        return {
            'statement_id': self.id,
            'account_id': account.id,
            'position': json.dumps(key),
            'entry_id': line.entry_id,
            'posted_at': line.posted_at,
            'event_at': line.event_at,
            'version': line.version,
            'amount': line.amount,
            'balance': line.balance,
            'reason_id': line.reason_id,
            'counter_id': line.counter_id,
            'document_model': line.document_model,
            'document_id': line.document_id,
            'key': line.key,
            'note': line.note,
        }


def _position(start):
    """Return the index of an account and what tells `lines` where to go on."""
    if start is None:
        return 0, None
    index, posted_at, entry_id, version, balance = start
    after = SimpleNamespace(
        posted_at=datetime.fromisoformat(posted_at),
        entry_id=entry_id,
        version=version,
        balance=balance,
    )
    return index, after


class WxLedgerStatementAccount(models.TransientModel):
    _name = 'wx.ledger.statement.account'
    _description = 'Account of a Statement'
    _order = 'account_id'

    statement_id = fields.Many2one('wx.ledger.statement', required=True, ondelete='cascade')
    account_id = fields.Many2one('wx.ledger.account', required=True, ondelete='cascade')
    decimal_places = fields.Integer(related='account_id.decimal_places')
    opening = LedgerAmount(string='Opening Balance', aggregator=None)
    credited = LedgerAmount(aggregator=None)
    debited = LedgerAmount(aggregator=None)
    closing = LedgerAmount(string='Closing Balance', aggregator=None)
    entry_count = BigInteger(string='# Entries', aggregator=None)


class WxLedgerStatementLine(models.TransientModel):
    _name = 'wx.ledger.statement.line'
    _description = 'Line of a Statement'
    _order = 'id'

    statement_id = fields.Many2one('wx.ledger.statement', required=True, ondelete='cascade')
    account_id = fields.Many2one('wx.ledger.account', required=True, ondelete='cascade')
    decimal_places = fields.Integer(related='account_id.decimal_places')
    position = fields.Char(required=True)
    entry_id = BigInteger(string='Entry', aggregator=None)
    posted_at = fields.Datetime(string='Booked')
    event_at = fields.Datetime(string='Happened')
    version = BigInteger(string='No.', aggregator=None)
    amount = LedgerAmount(aggregator=None)
    balance = LedgerAmount(aggregator=None)
    reason_id = fields.Many2one('wx.ledger.reason', ondelete='cascade')
    counter_id = fields.Many2one('wx.ledger.account', string='Other Account', ondelete='cascade')
    document_model = fields.Char()
    document_id = BigInteger(string='Document Number', aggregator=None)
    key = fields.Char()
    note = fields.Char()
