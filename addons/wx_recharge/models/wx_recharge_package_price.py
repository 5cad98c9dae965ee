import logging

from odoo import api, fields, models, tools
from odoo.fields import Domain

from odoo.addons.wx_base.exceptions import Conflict

from ..lib.pricing import formula
from ..lib.pricing.rules import Subject, choose

_logger = logging.getLogger(__name__)


class WxRechargePackage(models.Model):
    """What a package is sold for, and what it must not be sold below."""

    _inherit = 'wx.recharge.package'

    level_price_ids = fields.One2many(
        'wx.recharge.level.price',
        'package_id',
        string='Prices of Levels',
        readonly=True,
        groups='wx_recharge.perm_recharge_price_view_res_groups',
    )
    deliverable = fields.Boolean(
        compute='_compute_deliverable',
        search='_search_deliverable',
        help='A supplier that is not archived has a product for it.',
    )

    # === COMPUTE METHODS === #

    @api.depends('supplier_product_ids.active', 'supplier_product_ids.supplier_id.active')
    def _compute_deliverable(self):
        # Whether there is a supplier is no secret; which it is may be.
        products_sudo = self.env['wx.recharge.supplier.product'].sudo()
        groups = products_sudo._read_group(
            [('package_id', 'in', self.ids), ('supplier_id.active', '=', True)], ['package_id']
        )
        found = {package.id for (package,) in groups}
        for package in self:
            package.deliverable = package.id in found

    def _search_deliverable(self, operator, value):
        if operator != 'in':
            return NotImplemented
        delivering = Domain('supplier_id', 'any!', [('active', '=', True)])
        delivered = Domain('supplier_product_ids', 'any!', delivering & Domain('active', '=', True))
        return delivered if True in value else ~delivered

    # === BUSINESS METHODS - PRICES === #

    @tools.ormcache('self.id', 'level_id', cache='stable')
    def _price_fen_for(self, level_id):
        """Return what a customer of a member level pays, never more than everybody does.

        :param int level_id: id of a `wx.member.level`; False or None for none
        """
        self.ensure_one()
        package_sudo = self.sudo()  # customers do not see the prices of other levels
        own = package_sudo.level_price_ids.filtered(lambda price: price.level_id.id == level_id)
        return min(own.price_fen or package_sudo.price_fen, package_sudo.price_fen)

    def _floor_price_fen(self, company_id):
        """Return the least price the floor margin allows at the present cost, 0 without a rule.

        :param int company_id: whose account at the supplier pays
        :raise Conflict: there is a floor, but the cost is not known in yuan
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
            _logger.error(
                'package %s: no cost or no exchange rate in currency %s', self.id, cost.currency_id
            )
            raise Conflict(self.env._('This package cannot be delivered at the moment.'))
        return formula.floor_price_fen(cost.cost_fen, rule.terms)

    def _price_subject(self, level_id=None):
        """Return what rules are asked for, of a package that the caller may see."""
        offer = self._offer()
        return Subject(offer.country.id, offer.operator_id, offer.kind, level_id)
