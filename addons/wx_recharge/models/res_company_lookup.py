from odoo import fields, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    wx_lookup_quota = fields.Integer(
        string='Lookups per Day',
        default=20,
        help='How often a day suppliers are asked about numbers for one customer; members may '
        'have more by their level. Our own prefixes and what is known already do not count.',
    )

    _wx_lookup_quota_not_negative = models.Constraint(
        'CHECK(wx_lookup_quota >= 0)', 'The number of lookups cannot be negative.'
    )
