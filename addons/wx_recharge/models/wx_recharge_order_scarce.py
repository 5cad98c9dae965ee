from odoo import models

from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tools.transaction import lock_rows


class WxRechargeOrder(models.Model):
    """What an order holds from its placing to its end: a piece of the stock, coupons.

    And the points a delivery earns. Each of these is safe to repeat. Callers run as sudo and
    hold the order's lock; stock, coupons and ledger accounts are locked in this order.
    """

    _inherit = 'wx.recharge.order'

    # === BUSINESS METHODS === #

    def _hold_scarce(self, savings=None):
        """Hold what there is not enough of for everybody.

        :param dict savings: what each coupon of the order takes off, in fen
        :raise Conflict: out of stock, or a coupon was used meanwhile
        """
        self._hold_stock()
        if savings:
            self.coupon_ids._hold(self, savings)

    def _use_scarce(self):
        """Use up what is held, and give the points: the customer has it."""
        self.stock_held = False
        if self.coupon_saving_fen:
            self.coupon_ids._use(self)
        self.wx_user_id._award_points(self.price_fen, self._points_key(), self)

    def _release_scarce(self):
        """Give back what is held or was used, and take the points: it came to nothing.

        A piece that was delivered is gone, also when the money went back afterwards.
        """
        self._release_stock()
        if self.coupon_saving_fen:
            self.coupon_ids._give_back(self)
        if self.delivered_at:
            self.wx_user_id._take_back_points(self._points_key(), self)

    def _points_key(self):
        return f'recharge:{self.id}'

    # === STOCK === #

    def _hold_stock(self):
        if self.stock_held or not self.package_id._offer().stock_limited:
            return
        lock_rows(self.package_id)
        if not self.package_id._take_stock():
            raise Conflict(self.env._('This package is sold out.'))
        self.stock_held = True

    def _release_stock(self):
        if self.stock_held:
            self.stock_held = False
            lock_rows(self.package_id)
            self.package_id._return_stock()
