from odoo import fields, models


class WxLedgerProofResolve(models.TransientModel):
    """Ask what a difference was and what was done about it."""

    _name = 'wx.ledger.proof.resolve'
    _description = 'Settle Differences'

    finding_ids = fields.Many2many('wx.ledger.proof.finding', string='Differences')
    note = fields.Text(required=True, string='What It Was and What Was Done')

    # === ACTION METHODS === #

    def action_confirm(self):
        """Settle them; the findings' own method has the guard."""
        self.finding_ids.action_resolve(self.note)
        return {'type': 'ir.actions.act_window_close'}
