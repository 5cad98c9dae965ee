from datetime import timedelta

from odoo import api, fields, models

from ..const.blacklist import HIT_DAYS


class WxRechargeBlacklistHit(models.Model):
    """An order that the blacklist did not let pass.

    A row each instead of a counter: orders refused at the same moment do not wait for each
    other.
    """

    _name = 'wx.recharge.blacklist.hit'
    _description = 'Refused Order'
    _order = 'id desc'
    _rec_name = 'phone'

    blacklist_id = fields.Many2one(
        'wx.recharge.blacklist',
        string='Entry',
        required=True,
        readonly=True,
        index=True,
        ondelete='cascade',
    )
    # The customer's: an entry may be for all companies.
    company_id = fields.Many2one(related='wx_user_id.company_id', store=True, index=True)
    wx_user_id = fields.Many2one(
        'wx.user', string='Customer', readonly=True, index=True, ondelete='cascade'
    )
    phone = fields.Char(readonly=True)
    create_date = fields.Datetime(string='Refused At', readonly=True)

    # === BUSINESS METHODS === #

    @api.model
    def _remember(self, entry_id, wx_user_id, phone):
        """Store a refused order, in a transaction of its own: the order's is rolled back."""
        with self.env.registry.cursor() as cr:
            hits_sudo = self.with_env(self.env(cr=cr)).sudo()  # customers write nothing
            hits_sudo.create({'blacklist_id': entry_id, 'wx_user_id': wx_user_id, 'phone': phone})

    @api.autovacuum
    def _gc_hits(self):
        limit = fields.Datetime.now() - timedelta(days=HIT_DAYS)
        self.search([('create_date', '<', limit)], limit=10_000).unlink()
