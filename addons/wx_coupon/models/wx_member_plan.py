from odoo import fields, models


class WxMemberPlan(models.Model):
    _inherit = 'wx.member.plan'

    coupon_line_ids = fields.One2many(
        'wx.member.plan.coupon',
        'plan_id',
        string='Coupons',
        copy=True,
        groups='wx_coupon.perm_coupon_template_view_res_groups,'
        'wx_coupon.perm_coupon_template_manage_res_groups',
        help='Given at the beginning of each month of the membership.',
    )


class WxMemberPlanCoupon(models.Model):
    """Coupons that a member plan brings each month."""

    _name = 'wx.member.plan.coupon'
    _description = 'Coupon of a Member Plan'
    _order = 'id'
    _rec_name = 'template_id'

    plan_id = fields.Many2one('wx.member.plan', required=True, index=True, ondelete='cascade')
    template_id = fields.Many2one(
        'wx.coupon.template', string='Coupon', required=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='template_id.company_id', store=True, index=True)
    quantity = fields.Integer(string='A Month', required=True, default=1)

    _line_uniq = models.Constraint(
        'UNIQUE(plan_id, template_id)', 'The plan brings this coupon already.'
    )
    _quantity_check = models.Constraint(
        'CHECK(quantity BETWEEN 1 AND 100)', 'A plan brings 1 to 100 of a coupon each month.'
    )
