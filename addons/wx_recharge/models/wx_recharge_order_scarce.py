from odoo import models

from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tools.transaction import lock_rows


class WxRechargeOrder(models.Model):
    """What an order holds from its placing to its end: a piece of the stock.

    Each of these is safe to repeat. Callers hold the order's lock.
    """

    _inherit = 'wx.recharge.order'

    # === BUSINESS METHODS === #

    def _hold_scarce(self):
        """Hold what there is not enough of for everybody.

        :raise Conflict: out of stock
        """
        self._hold_stock()

    def _use_scarce(self):
        """Use up what is held: the customer has it."""
        self.stock_held = False

    def _release_scarce(self):
        """Give back what is held: the customer gets nothing for it."""
        self._release_stock()

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
