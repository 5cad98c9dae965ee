import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import get_lang

from ..amounts import LedgerAmount, parse_amount

DIRECTIONS = [('add', 'Add'), ('take', 'Take Away')]


class WxLedgerAdjust(models.TransientModel):
    """Ask for an adjustment of an account: how much, why, and what proves it."""

    _name = 'wx.ledger.adjust'
    _description = 'Adjust Account'

    account_id = fields.Many2one('wx.ledger.account', required=True)
    asset_id = fields.Many2one(related='account_id.asset_id')
    decimal_places = fields.Integer(related='asset_id.decimal_places')
    current_balance = LedgerAmount(related='account_id.current_balance')
    direction = fields.Selection(DIRECTIONS, required=True, default='add')
    amount = fields.Char(required=True, help="In the asset's own unit, e.g. 12.50")
    balance_after = LedgerAmount(compute='_compute_balance_after')
    reason_id = fields.Many2one(
        'wx.ledger.reason', required=True, domain="[('id', 'in', allowed_reason_ids)]"
    )
    allowed_reason_ids = fields.Many2many(
        'wx.ledger.reason', compute='_compute_allowed_reason_ids', string='Allowed Reasons'
    )
    needs_approval = fields.Boolean(related='reason_id.needs_approval')
    note = fields.Text(required=True)
    evidence_ids = fields.Many2many(
        'ir.attachment',
    )
    # Two clicks are one adjustment.
    reference = fields.Char(
        required=True, readonly=True, default=lambda self: self._default_reference()
    )
    is_done = fields.Boolean(readonly=True)

    # === COMPUTE METHODS === #

    def _default_reference(self):
        return uuid.uuid4().hex

    @api.depends('amount', 'direction', 'account_id')
    def _compute_balance_after(self):
        for wizard in self:
            try:
                change = wizard._signed_amount()
            except UserError:
                change = 0
            wizard.balance_after = wizard.current_balance + change

    @api.depends('account_id', 'direction')
    def _compute_allowed_reason_ids(self):
        for wizard in self:
            kind = wizard.account_id.kind
            names = ('debit_system', f'credit_{kind}')
            if wizard.direction == 'take':
                names = (f'debit_{kind}', 'credit_system')
            domain = [(name, '=', True) for name in ('manual', *names)]
            wizard.allowed_reason_ids = kind and wizard.reason_id.search(domain)

    @api.onchange('account_id', 'direction')
    def _onchange_direction(self):
        if self.reason_id not in self.allowed_reason_ids:
            only_one = len(self.allowed_reason_ids) == 1
            self.reason_id = self.allowed_reason_ids if only_one else False

    # === ACTION METHODS === #

    def action_book(self):
        """Book the adjustment, or ask a second person for it where the reason says so."""
        self._lock()
        if self.is_done:
            raise UserError(self.env._('This adjustment is made already.'))
        self.is_done = True
        account, code = self.account_id, self.reason_id.code
        book = account.action_adjust if self.needs_approval else account.action_adjust_free
        evidence = self.evidence_ids or None
        result = book(self._signed_amount(), code, self.note, self.reference, evidence)
        if approval_id := self.env['rbac.approval']._of_result(result):
            self._show_evidence(approval_id)
            return result
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.ledger.posting',
            'res_id': result,
            'views': [[False, 'form']],
            'name': self.env._('Posting'),
        }

    # === BUSINESS METHODS === #

    def _signed_amount(self):
        """Return the amount in smallest units, negative where it is taken away.

        :raise UserError: it is no amount of the asset
        """
        lang = self.env['res.lang'].browse(get_lang(self.env).id)
        try:
            amount = parse_amount(self.amount or '', self.decimal_places, lang)
        except ValueError:
            amount = 0
        if not amount:
            raise UserError(
                self.env._(
                    'Tell an amount above zero with at most %(places)s decimal places.',
                    places=self.decimal_places,
                )
            )
        return -amount if self.direction == 'take' else amount

    def _show_evidence(self, approval_id):
        """Show copies to whoever decides: the wizard's own files are nobody else's."""
        for attachment_sudo in self.evidence_ids.sudo():
            attachment_sudo.copy({'res_model': 'rbac.approval', 'res_id': approval_id})

    def _lock(self):
        """Make a second click wait for the first and see what it did."""
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(
            SQL('SELECT id FROM %s WHERE id = %s FOR UPDATE', SQL.identifier(self._table), self.id),
            log_exceptions=False,  # two clicks at once: the second is run again
        )
        self.invalidate_recordset()
