from odoo import fields, models

VIEW = 'wx_coupon.perm_coupon_view_res_groups'


class WxCouponTemplate(models.Model):
    """What became of the coupons: figures counted from them, never kept beside them."""

    _inherit = 'wx.coupon.template'

    issued_count = fields.Integer(string='Issued', compute='_compute_figures', groups=VIEW)
    claimed_count = fields.Integer(string='Claimed', compute='_compute_figures', groups=VIEW)
    used_count = fields.Integer(string='Used', compute='_compute_figures', groups=VIEW)
    given_back_count = fields.Integer(string='Given Back', compute='_compute_figures', groups=VIEW)
    expired_count = fields.Integer(string='Expired', compute='_compute_figures', groups=VIEW)
    saving = fields.Monetary(
        string='Saved (¥)',
        compute='_compute_figures',
        groups=VIEW,
        help='By coupons used, in yuan.',
    )
    revenue = fields.Monetary(
        string='Revenue (¥)',
        compute='_compute_figures',
        groups=VIEW,
        help='What customers paid for orders beside these coupons, in yuan.',
    )

    # === COMPUTE METHODS === #

    def _compute_figures(self):
        figures = {
            (template, state): numbers
            for template, state, *numbers in self.env['wx.coupon']._read_group(
                [('template_id', 'in', self.ids)],
                ['template_id', 'state'],
                [
                    '__count',
                    'claim_no:count',
                    'given_back_count:sum',
                    'saving_fen:sum',
                    'revenue_fen:sum',
                ],
            )
        }
        for template in self:
            rows = {state: figures[one, state] for one, state in figures if one == template}
            used = rows.get('used', (0, 0, 0, 0, 0))
            template.issued_count = sum(row[0] for row in rows.values())
            template.claimed_count = sum(row[1] for row in rows.values())
            template.given_back_count = sum(row[2] for row in rows.values())
            template.used_count = used[0]
            template.expired_count = rows.get('expired', (0,))[0]
            template.saving = used[3] / 100
            template.revenue = used[4] / 100

    # === ACTION METHODS === #

    def action_open_coupons(self):
        return self._open_coupons([])

    def action_open_claimed(self):
        return self._open_coupons([('claim_no', '>', 0)])

    def action_open_used(self):
        return self._open_coupons([('state', '=', 'used')])

    def action_open_given_back(self):
        return self._open_coupons([('given_back_count', '>', 0)])

    def action_open_expired(self):
        return self._open_coupons([('state', '=', 'expired')])

    def _open_coupons(self, domain):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.coupon',
            'view_mode': 'list,form,pivot,graph',
            'domain': [('template_id', '=', self.id), *domain],
            # After the domain: the export of terms takes strings in it for terms otherwise.
            'name': self.env._('Coupons'),
        }
