import logging

from odoo import models, tools

from odoo.addons.wx_base.exceptions import Conflict

from ..lib.pricing import formula
from ..lib.pricing.rules import Subject, choose

_logger = logging.getLogger(__name__)


class WxRechargePackage(models.Model):
    """What a package is sold for, and what it must not be sold below."""

    _inherit = 'wx.recharge.package'

    # === BUSINESS METHODS - PRICES === #

    @tools.ormcache('self.id', 'level_id', cache='stable')
    def _price_fen_for(self, level_id):
        """Return what a customer of a member level pays, never more than everybody does.

        :param int level_id: id of a `wx.member.level`; False or None for none
        """
        self.ensure_one()
        return self.sudo().price_fen  # customers see their own price only

    def _floor_price_fen(self, company_id):
        """Return the least price the floor margin allows at the present cost, 0 without a rule.

        :param int company_id: whose account at the supplier pays
        :raise Conflict: there is a floor, but no exchange rate tells the cost in yuan
        """
        self.ensure_one()
        rule = choose(
            self.env['wx.recharge.price.rule']._in_order(company_id), self._price_subject()
        )
        if not rule:
            return 0
        cost = self._expected_cost(company_id)
        if not cost:
            return 0
        if cost.cost_fen is None:
            _logger.error('package %s: no exchange rate for currency %s', self.id, cost.currency_id)
            raise Conflict(self.env._('This package cannot be delivered at the moment.'))
        return formula.floor_price_fen(cost.cost_fen, rule.terms)

    def _price_subject(self, level_id=None):
        """Return what rules are asked for, of a package that the caller may see."""
        offer = self._offer()
        return Subject(offer.country.id, offer.operator_id, offer.kind, level_id)
