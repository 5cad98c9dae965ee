from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger

from ..amounts import LedgerAmount


class WxLedgerEntry(models.Model):
    """One side of a transfer: what it changed on one account."""

    _name = 'wx.ledger.entry'
    _description = 'Ledger Entry'
    _inherit = ['rbac.read.only', 'wx.ledger.amounts']
    _auto = False
    _log_access = False
    _order = 'id desc'
    _rec_name = 'id'

    transfer_id = fields.Many2one('wx.ledger.transfer')
    posting_id = fields.Many2one(related='transfer_id.posting_id')
    account_id = fields.Many2one('wx.ledger.account')
    company_id = fields.Many2one(related='account_id.company_id')
    asset_id = fields.Many2one(related='account_id.asset_id')
    reason_id = fields.Many2one(related='transfer_id.reason_id')
    amount = LedgerAmount(help='Negative: debit. Positive: credit.')
    version = BigInteger(aggregator=None, help='Number of the entry on a serial account.')
    balance_before = LedgerAmount(aggregator=None)
    balance_after = LedgerAmount(aggregator=None)
    posted_at = fields.Datetime(string='Booked')
    decimal_places = fields.Integer(related='account_id.decimal_places', aggregator=None)

    # === COMPUTE METHODS === #

    @api.depends('account_id')
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = f'{entry.id} · {entry.account_id.display_name}'
