from odoo import fields, models


class WxPaymentOrder(models.Model):
    """What the provider's bills say of an order."""

    _inherit = 'wx.payment.order'

    bill_line_count = fields.Integer(
        string='# Bill Lines',
        compute='_compute_bill_line_count',
        groups='wx_payment.perm_payment_bill_view_res_groups',
    )

    # === COMPUTE METHODS === #

    def _compute_bill_line_count(self):
        lines = self.env['wx.payment.bill.line']
        for order in self:
            order.bill_line_count = lines.search_count(order._bill_line_domain())

    # === ACTION METHODS === #

    def action_open_bill_lines(self):
        self.ensure_one()
        domain = self._bill_line_domain()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.payment.bill.line',
            'view_mode': 'list,form',
            'domain': domain,
            'name': self.env._('Bill Lines'),
        }

    # === BUSINESS METHODS === #

    def _bill_line_domain(self):
        """Return what finds the lines of the order's payments and refunds, by our numbers."""
        numbers = self.attempt_ids.mapped('out_trade_no') + self.refund_ids.mapped('out_refund_no')
        return [('number', 'in', numbers), ('company_id', '=', self.company_id.id)]
