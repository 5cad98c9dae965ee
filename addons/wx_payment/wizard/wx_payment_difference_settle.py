from odoo import fields, models


class WxPaymentDifferenceSettle(models.TransientModel):
    """Ask what a difference was and what was done about it."""

    _name = 'wx.payment.difference.settle'
    _description = 'Settle Differences of a Bill'

    difference_ids = fields.Many2many('wx.payment.difference', string='Differences')
    note = fields.Text(string='What It Was and What Was Done', required=True)

    # === ACTION METHODS === #

    def action_confirm(self):
        """Settle them; the differences' own method has the guard."""
        self.difference_ids.action_settle(self.note)
        return {'type': 'ir.actions.act_window_close'}
