from odoo import fields, models


class WxUser(models.Model):
    _inherit = 'wx.user'

    member_level_id = fields.Many2one(
        'wx.member.level',
        string='Member Level',
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
        help='The level in force now.',
    )
    membership_ids = fields.One2many('wx.membership', 'wx_user_id', readonly=True)

    # === BUSINESS METHODS === #

    def _member_level(self):
        """Return the level that the customer has now, empty without one."""
        self.ensure_one()
        return self.member_level_id
