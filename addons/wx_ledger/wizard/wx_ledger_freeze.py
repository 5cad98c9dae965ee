from odoo import fields, models


class WxLedgerFreeze(models.TransientModel):
    """Ask why accounts are frozen."""

    _name = 'wx.ledger.freeze'
    _description = 'Freeze Accounts'

    account_ids = fields.Many2many('wx.ledger.account', required=True, string='Accounts')
    note = fields.Char(required=True, string='Why')

    # === ACTION METHODS === #

    def action_confirm(self):
        """Freeze them; the account's own method has the guard."""
        self.account_ids.action_freeze(self.note)
        return {'type': 'ir.actions.act_window_close'}
