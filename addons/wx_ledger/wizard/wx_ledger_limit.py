from odoo import fields, models

from ..amounts import LedgerAmount


class WxLedgerLimit(models.TransientModel):
    """Ask for another overdraft limit of an account."""

    _name = 'wx.ledger.limit'
    _description = 'Set Overdraft Limit'

    account_id = fields.Many2one('wx.ledger.account', required=True)
    decimal_places = fields.Integer(related='account_id.decimal_places')
    present_limit = LedgerAmount(related='account_id.overdraft_limit', string='Present Limit')
    limit = LedgerAmount(required=True, string='New Limit')

    # === ACTION METHODS === #

    def action_confirm(self):
        """Set the limit, or ask a second person for it."""
        result = self.account_id.action_set_limit(self.limit)
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}
