from dataclasses import dataclass
from typing import Any

from odoo import fields, models


@dataclass(frozen=True)
class Again:
    """What a customer may buy who wants the same once more; nothing is ordered by it."""

    phone: str
    # What is sold for it now, None when there is nothing of the kind any more.
    package: Any
    # Whether it is the package of the earlier order.
    same: bool


class WxRechargeOrder(models.Model):
    """Buying once more what was bought before."""

    _inherit = 'wx.recharge.order'

    # === BUSINESS METHODS === #

    def _again(self):
        """Return what is sold now for what was bought: the same, or what comes nearest to it.

        :rtype: Again
        """
        self.ensure_one()
        packages = self.env['wx.recharge.package']
        shelf, now, platform = packages._shelf(), fields.Datetime.now(), packages._platform()
        same = packages._sold(self.package_id.id)
        if same._in_stock():
            return Again(self.phone, same, True)
        like = packages.browse(
            package_id
            for package_id, spot in shelf.items()
            if (spot.operator_id, spot.kind) == (self.operator_id.id, self.kind)
            and spot.rule.allows(now, platform)
        )
        in_stock = like._in_stock()
        like = like.filtered(lambda package: package.id in in_stock)
        return Again(self.phone, min(like, key=self._distance, default=None), False)

    def _distance(self, package):
        """Return how far a package is from what was bought; the least is the nearest.

        Another currency of what arrives is farther than any amount; the price decides then.
        """
        offer = package._offer()
        foreign = offer.face_currency_id != self.face_currency_id.id
        amount = 0 if foreign else abs(offer.face_value - self.face_value)
        return foreign, amount, abs(offer.price_fen - self.price_fen), offer.id
