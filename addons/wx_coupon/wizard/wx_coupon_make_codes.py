import base64
import csv
import io

from odoo import api, fields, models

from ..utils import print_code


class WxCouponMakeCodes(models.TransientModel):
    """Dialogue that makes codes and hands them over as a file."""

    _name = 'wx.coupon.make.codes'
    _description = 'Make Coupon Codes'

    template_id = fields.Many2one(
        'wx.coupon.template', string='Coupon', required=True, readonly=True
    )
    quantity = fields.Integer(string='Codes', required=True, default=100)
    batch = fields.Char(readonly=True)
    file = fields.Binary(string='Download', compute='_compute_file')
    file_name = fields.Char(compute='_compute_file')

    # === COMPUTE METHODS === #

    @api.depends('batch')
    def _compute_file(self):
        for dialogue in self:
            dialogue.file = base64.b64encode(dialogue._prepare_file()) if dialogue.batch else False
            dialogue.file_name = f'codes-{dialogue.batch}.csv' if dialogue.batch else False

    # === ACTION METHODS === #

    def action_make(self):
        """Make the codes, or ask a second person for consent if it needs one."""
        self.ensure_one()
        result = self.template_id.action_make_codes(self.quantity)
        if self.env['rbac.approval']._of_result(result):
            return result
        self.batch = result
        return {
            'type': 'ir.actions.act_window',
            'res_model': self._name,
            'view_mode': 'form',
            'res_id': self.id,
            'target': 'new',
            'name': self.env._('Coupon Codes'),
        }

    # === BUSINESS METHODS === #

    def _prepare_file(self):
        """Return the codes of the batch as a table; the field is for those who may make codes."""
        coupons = self.env['wx.coupon'].search([('batch', '=', self.batch)], order='id')
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow([self.env._('Code'), self.env._('Coupon'), self.env._('Redeem Until')])
        for coupon in coupons:
            until = coupon.valid_until and coupon.valid_until.isoformat(sep=' ')
            table.writerow([print_code(coupon.code), coupon.template_id.name, until or ''])
        # Spreadsheets take a file for UTF-8 by its mark.
        return text.getvalue().encode('utf-8-sig')
