from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import const


class WxLedgerReason(models.Model):
    """Why something moves, and between which kinds of accounts it may."""

    _name = 'wx.ledger.reason'
    _description = 'Ledger Reason'
    _order = 'code'
    _rec_names_search = ['code', 'name']

    code = fields.Char(
        required=True, size=6, help='Six digits; the first tells the business, e.g. 3 withdrawals.'
    )
    name = fields.Char(required=True, translate=True)
    business = fields.Selection(
        list(const.REASON_RANGES), compute='_compute_business', store=True, index=True
    )
    active = fields.Boolean(default=True)
    needs_approval = fields.Boolean(
        help='A manual adjustment with this reason needs the consent of a second person.'
    )
    manual = fields.Boolean(
        string='For Adjustments', help='Offered when somebody adjusts an account by hand.'
    )
    # kinds of accounts it may join
    debit_central = fields.Boolean(string='From Central Bank')
    debit_system = fields.Boolean(string='From System Bank')
    debit_user = fields.Boolean(string='From User')
    credit_central = fields.Boolean(string='To Central Bank')
    credit_system = fields.Boolean(string='To System Bank')
    credit_user = fields.Boolean(string='To User')

    _code_uniq = models.UniqueIndex('(code)', 'There is a reason with this code already.')
    _code_digits = models.Constraint(
        "CHECK (code ~ '^[123459][0-9]{5}$')",
        'A code has six digits and begins with 1, 2, 3, 4, 5 or 9.',
    )

    # === COMPUTE METHODS === #

    @api.depends('code')
    def _compute_business(self):
        known = dict(const.REASON_RANGES)
        for reason in self:
            first = (reason.code or '')[:1]
            reason.business = first if first in known else False

    @api.depends('code', 'name')
    def _compute_display_name(self):
        for reason in self:
            reason.display_name = ' '.join(filter(None, (reason.code, reason.name)))

    # === CRUD METHODS === #

    def write(self, vals):
        """Override to keep codes: callers and past transfers rely on them."""
        if 'code' in vals and any(reason.code != vals['code'] for reason in self):
            raise UserError(self.env._('The code of a reason is fixed.'))
        return super().write(vals)
