from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from ..const.routing import STRATEGIES
from ..lib.pricing import formula
from ..routing import Route, arrange


class WxRechargePackage(models.Model):
    """Through which supplier a package is delivered; the order itself: `routing.py`."""

    _inherit = 'wx.recharge.package'

    strategy = fields.Selection(
        list(STRATEGIES),
        string='Order of Suppliers',
        help='Which supplier is tried first. Empty: as the company has set.',
    )

    # === BUSINESS METHODS === #

    def _supplier_products(self, company, *, covered=False):
        """Return what may be ordered for this package now, in the order it should be tried.

        :param company: whose account at the supplier pays
        :param bool covered: leave out what the supplier's known balance does not pay for;
            balances change with every order, so what is remembered does not look at them
        """
        self.ensure_one()
        domain = [
            ('package_id', '=', self.id),
            ('supplier_id.active', '=', True),
            ('supplier_id.paused', '=', False),
            ('supplier_id.is_exhausted', '=', False),
            ('supplier_id.company_id', 'in', (False, company.id)),
        ]
        products = self.env['wx.recharge.supplier.product'].search(domain)
        if not products:
            return products
        spare = products.supplier_id._spare_balances() if covered else {}
        company_sudo = company.sudo()  # customers may not read companies
        rates = products.cost_currency_id._yuan_rates(
            company_sudo, self.env['res.currency']._yuan_day()
        )
        routes = [product._route(rates, spare) for product in products]
        return products.browse(arrange(routes, self.strategy or company_sudo.wx_recharge_strategy))


class WxRechargeSupplierProduct(models.Model):
    _inherit = 'wx.recharge.supplier.product'

    def _route(self, rates, spare):
        """Return what routing compares.

        :param dict rates: currency id → yuan for one unit, where there is a rate
        :param dict spare: supplier id → (amount, currency id) that is left there, where known
        :rtype: Route
        """
        supplier = self.supplier_id
        left, currency_id = spare.get(supplier.id, (None, None))
        return Route(
            id=self.id,
            priority=self.priority,
            cost_fen=self._cost_fen(rates),
            share=supplier.routing_share if supplier.routing_share >= 0 else None,
            covered=left is None or currency_id != self.cost_currency_id.id or left >= self.cost,
        )

    def _cost_fen(self, rates):
        """Return the cost in fen, None when nobody has entered it or there is no rate.

        :param dict rates: currency id → yuan for one unit, where there is a rate
        """
        rate = rates.get(self.cost_currency_id.id)
        return formula.cost_fen(Decimal(str(self.cost)), rate) if self.cost and rate else None

    def _dearer_than(self, most_fen, company):
        """Return those that are known to cost more at the company's present rates."""
        if not self:
            return self
        currencies = self.cost_currency_id
        rates = currencies._yuan_rates(company, currencies._yuan_day())
        return self.filtered(lambda product: (product._cost_fen(rates) or 0) > most_fen)


class WxRechargeSupplier(models.Model):
    _inherit = 'wx.recharge.supplier'

    def _spare_balances(self):
        """Return supplier id → (amount, currency id) that is left where a balance is known.

        What was ordered since the balance was told is taken off, at the cost in our list.
        """
        known = self.filtered(lambda supplier: supplier.balance_at and supplier.balance_currency_id)
        if not known:
            return {}
        self.env['wx.recharge.attempt'].flush_model(['submitted_at', 'state'])
        rows = self.env.execute_query(
            SQL(
                """SELECT supplier.id, coalesce(sum(product.cost), 0)
                     FROM wx_recharge_supplier supplier
                     JOIN wx_recharge_attempt attempt ON attempt.supplier_id = supplier.id
                          AND attempt.submitted_at >= supplier.balance_at
                          AND attempt.state NOT IN ('failed', 'cancelled', 'reversed')
                     JOIN wx_recharge_supplier_product product
                          ON product.id = attempt.supplier_product_id
                          AND product.cost_currency_id = supplier.balance_currency_id
                    WHERE supplier.id IN %s GROUP BY supplier.id""",
                tuple(known.ids),
            )
        )
        spent = {supplier_id: float(amount) for supplier_id, amount in rows}
        return {
            supplier.id: (
                supplier.balance - spent.get(supplier.id, 0),
                supplier.balance_currency_id.id,
            )
            for supplier in known
        }
