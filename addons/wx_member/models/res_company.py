from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import REMIND_DAYS


class ResCompany(models.Model):
    _inherit = 'res.company'

    wx_points_asset_id = fields.Many2one(
        'wx.ledger.asset',
        string='Points',
        help='What customers collect when they buy. Empty: they collect nothing.',
    )
    wx_points_per_yuan = fields.Integer(
        string='Points per Yuan',
        required=True,
        default=1,
        help='Before the multiplier of the level. What is less than one point is not given.',
    )

    wx_member_remind_days = fields.Integer(
        string='Reminder before the End (days)',
        required=True,
        default=REMIND_DAYS,
        help='How long before its end customers are told of it. 0: never.',
    )

    _wx_member_remind_check = models.Constraint(
        'CHECK(wx_member_remind_days >= 0)', 'The days of the reminder cannot be negative.'
    )
    _wx_points_check = models.Constraint(
        'CHECK(wx_points_per_yuan >= 0)', 'The points per yuan cannot be negative.'
    )

    # === CONSTRAINT METHODS === #

    @api.constrains('wx_points_asset_id')
    def _check_wx_points_asset_id(self):
        for company in self:
            asset_sudo = company.wx_points_asset_id.sudo()  # whoever keeps settings may not see it
            if asset_sudo and (asset_sudo.company_id, asset_sudo.kind) != (company, 'points'):
                raise ValidationError(self.env._('Choose points of this company.'))

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `base`: memberships are looked at again when reminders come earlier."""
        changed = 'wx_member_remind_days' in vals and self.filtered(
            lambda company: company.wx_member_remind_days != vals['wx_member_remind_days']
        )
        result = super().write(vals)
        if changed:
            self.env['wx.membership'].sudo()._look_again(changed)
        return result
