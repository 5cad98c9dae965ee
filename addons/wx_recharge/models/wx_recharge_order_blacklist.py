from odoo import models


class WxRechargeOrder(models.Model):
    """Whoever came onto the blacklist after ordering does not pay any more."""

    _inherit = 'wx.recharge.order'

    # === BUSINESS METHODS === #

    def _pay(self, way):
        """Override of `wx_payment` to look at the blacklist once more, before money moves.

        :raise Conflict: an entry matches
        """
        self.env['wx.recharge.blacklist']._check(self.wx_user_id, self.phone, self.country_id)
        return super()._pay(way)
