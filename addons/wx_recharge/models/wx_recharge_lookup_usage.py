from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const.lookup import USAGE_DAYS
from ..utils import shop_today


class WxRechargeLookupUsage(models.Model):
    """How often suppliers were asked for a customer on a day."""

    _name = 'wx.recharge.lookup.usage'
    _description = 'Use of Lookups'
    _rec_name = 'day'
    _log_access = False

    wx_user_id = fields.Many2one('wx.user', required=True, readonly=True, ondelete='cascade')
    day = fields.Date(required=True, readonly=True, index=True, help="The shop's day.")
    used = fields.Integer(required=True, readonly=True)

    _day_uniq = models.Constraint('UNIQUE(wx_user_id, day)', 'A day of a customer has one row.')

    # === BUSINESS METHODS === #

    @api.model
    def _quota(self, wx_user):
        """Return how often a day suppliers are asked for a customer, the level's extra included.

        Runs as sudo.
        """
        customer = wx_user.with_env(self.env)
        return customer.company_id.wx_lookup_quota + customer._member_level().lookup_quota

    @api.model
    def _used(self, wx_user):
        row = self.search([('wx_user_id', '=', wx_user.id), ('day', '=', shop_today())])
        return row.used

    @api.model
    def _spend(self, wx_user, quota):
        """Count one question, unless the quota is used up; the row decides, not a search.

        :return: whether a supplier may be asked
        """
        if quota < 1:
            return False
        self.env.cr.execute(
            SQL(
                """INSERT INTO wx_recharge_lookup_usage AS usage (wx_user_id, day, used)
                   VALUES (%s, %s, 1)
                   ON CONFLICT (wx_user_id, day) DO UPDATE SET used = usage.used + 1
                   WHERE usage.used < %s RETURNING used""",
                wx_user.id,
                shop_today(),
                quota,
            ),
            log_exceptions=False,  # losing against another transaction is expected
        )
        spent = self.env.cr.fetchone()
        self.invalidate_model(['used'])
        return bool(spent)

    @api.autovacuum
    def _gc_usage(self):
        self.env.cr.execute(
            SQL(
                'DELETE FROM wx_recharge_lookup_usage WHERE day < %s',
                shop_today() - timedelta(days=USAGE_DAYS),
            )
        )
