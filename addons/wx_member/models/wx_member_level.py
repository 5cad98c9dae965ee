from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import PLAIN_PERCENT


class WxMemberLevel(models.Model):
    """A level of membership and what it is worth, as price rules and other addons read it."""

    _name = 'wx.member.level'
    _description = 'Member Level'
    _order = 'sequence, id'
    _rec_names_search = ['name', 'code']

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help='Short sign for clients, e.g. gold.')
    sequence = fields.Integer(
        string='Rank',
        required=True,
        default=10,
        help='The higher, the better: who has several levels uses up the highest first.',
    )
    active = fields.Boolean(
        default=True, help='An archived level cannot be bought; whoever has it keeps it.'
    )
    company_id = fields.Many2one('res.company', index=True, help='Empty: of all companies.')
    color = fields.Integer(help='Of the badge that staff see.')
    description = fields.Text(translate=True, help='Shown to customers.')

    # Benefits; the price of a level is the matter of price rules.
    lookup_quota = fields.Integer(
        string='Free Look-Ups a Day',
        help='How many numbers a member may look up a day beyond what everybody may.',
    )
    points_percent = fields.Integer(
        string='Points (%)',
        required=True,
        default=PLAIN_PERCENT,
        help='100: as everybody. 150: half as many again.',
    )

    plan_ids = fields.One2many('wx.member.plan', 'level_id', readonly=True)
    member_count = fields.Integer(string='Members', compute='_compute_member_count')

    _code_uniq = models.UniqueIndex(
        '(code, COALESCE(company_id, 0))', 'There is a level with this code already.'
    )
    _benefits_check = models.Constraint(
        'CHECK(lookup_quota >= 0 AND points_percent >= 0)', 'A benefit is never negative.'
    )

    # === COMPUTE METHODS === #

    def _compute_member_count(self):
        memberships = self.env['wx.membership']
        if not memberships.has_access('read'):
            self.member_count = 0
            return
        domain = [('level_id', 'in', self.ids), ('state', '=', 'active')]
        counts = dict(memberships._read_group(domain, ['level_id'], ['__count']))
        for level in self:
            level.member_count = counts.get(level, 0)

    # === CRUD METHODS === #

    def copy_data(self, default=None):
        """Override of `odoo` to give the copy a code of its own."""
        return [
            {**vals, 'code': self.env._('%(code)s (copy)', code=level.code)}
            for level, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.env['wx.membership'].sudo().search_count([('level_id', 'in', self.ids)], limit=1):
            raise UserError(self.env._('Somebody has or had this level: archive it instead.'))
