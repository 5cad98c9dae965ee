from odoo import fields, models


class WxPaymentDifferenceSettle(models.TransientModel):
    """Ask what a difference was and what was done about it."""

    _name = 'wx.payment.difference.settle'
    _description = 'Settle Differences of a Bill'

    difference_ids = fields.Many2many('wx.payment.difference', string='Differences')
    note = fields.Text(string='What It Was and What Was Done', required=True)

    # === ACTION METHODS === #

    def action_confirm(self):
        """Settle them, or ask a second person for consent where it is much money."""
        differences = self.difference_ids.with_context(rbac_reason=self.note)
        result = differences.action_settle(self.note, differences._gap_fen())
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}
