from odoo import fields, models


class WxPaymentChargeWizard(models.TransientModel):
    """Dialogue of the till: scan the code that the customer shows."""

    _name = 'wx.payment.charge.wizard'
    _description = 'Charge a Payment Code'

    order_id = fields.Many2one('wx.payment.order', required=True, readonly=True)
    currency_id = fields.Many2one(related='order_id.currency_id')
    amount = fields.Monetary(related='order_id.amount')
    auth_code = fields.Char(
        string='Payment Code',
        required=True,
        help="The digits below the bar code on the customer's payment screen.",
    )

    # === ACTION METHODS === #

    def action_charge(self):
        """Charge the code and tell what became of it."""
        self.ensure_one()
        order, code = self.order_id, self.auth_code
        # The code is good for one payment; nobody has to read it afterwards.
        self.auth_code = '-'
        paid = order.action_charge(code)['state'] == 'paid'
        if paid:
            message = self.env._('Paid.')
        else:
            message = self.env._('The customer has to confirm on the phone.')
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'success' if paid else 'info',
                'message': message,
                'next': {'type': 'ir.actions.act_window_close'},
            },
        }
