from odoo import fields, models
from odoo.exceptions import UserError


class WxPaymentEvidenceWizard(models.TransientModel):
    """Dialogue of who took money in, or handed it back: a note and at least one receipt."""

    _name = 'wx.payment.evidence.wizard'
    _description = 'Confirm an Offline Payment'

    attempt_id = fields.Many2one('wx.payment.attempt', string='Payment', readonly=True)
    refund_id = fields.Many2one('wx.payment.refund', readonly=True)
    currency_id = fields.Many2one('res.currency', compute='_compute_amount')
    amount = fields.Monetary(compute='_compute_amount')
    note = fields.Char(required=True, help='Kept with the order.')
    attachment_ids = fields.Many2many('ir.attachment', string='Evidence', required=True)

    # === COMPUTE METHODS === #

    def _compute_amount(self):
        for wizard in self:
            confirmed = wizard.refund_id or wizard.attempt_id
            wizard.currency_id = confirmed.currency_id
            wizard.amount = confirmed.amount_fen / 100

    # === ACTION METHODS === #

    def action_confirm(self):
        """Ask a second person for consent; the evidence belongs to the order from now on."""
        self.ensure_one()
        confirmed = self.refund_id or self.attempt_id
        confirmed.check_access('read')
        order = confirmed.order_id
        if any(found.create_uid != self.env.user for found in self.attachment_ids):
            raise UserError(self.env._('Attach files of your own.'))
        # Nobody writes orders; and a dialogue's files would be deleted before the consent.
        self.attachment_ids.sudo().write({'res_model': order._name, 'res_id': order.id})
        confirmed = confirmed.with_context(rbac_reason=self.note)
        result = confirmed.action_confirm_offline(self.note, self.attachment_ids.ids)
        if self.env['rbac.approval']._of_result(result):
            return result
        return {'type': 'ir.actions.act_window_close'}
