from odoo import models
from odoo.tools import SQL


class WxRechargeSupplierProduct(models.Model):
    """Grouping: of which of our countries and operators a product is."""

    _inherit = 'wx.recharge.supplier.product'

    # === BUSINESS METHODS - COUNTRIES, OPERATORS === #

    def _ensure_operators(self, sell):
        """Return the operator of each product: where the supplier's operator is sold already,
        that one; else the one of the same name in the country, made where there is none."""
        countries = self._ensure_countries(sell)
        known = self._operators_sold()
        operators = self.env['wx.recharge.operator'].with_context(lang='en_US', active_test=False)
        here = operators.search([('country_id', 'in', [one.id for one in countries.values()])])
        by_name = {(one.country_id.id, _plain(one.name)): one for one in here}
        missing = {}
        for product in self:
            name = (countries[product.country_id].id, _plain(product.operator_name))
            if product._operator_sold(known) or name in by_name:
                continue
            missing.setdefault(name, product)
        created = operators.create(
            [
                {'country_id': country_id, **product._prepare_operator()}
                for (country_id, _name), product in missing.items()
            ]
        )
        by_name |= dict(zip(missing, created, strict=True))
        found = {
            product: product._operator_sold(known)
            or by_name[countries[product.country_id].id, _plain(product.operator_name)]
            for product in self
        }
        for product, operator in found.items():
            if product.logo_url and not operator.logo_url:
                operator.logo_url = product.logo_url
        return found

    def _prepare_operator(self):
        return {'name': self.operator_name.strip(), 'logo_url': self.logo_url}

    def _operator_sold(self, known):
        return known.get((self.supplier_id.id, self.operator_ref, self.country_id.id))

    def _operators_sold(self):
        """Return our operators by supplier, the supplier's operator and country."""
        self.flush_model(['operator_ref', 'package_id'])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (p.supplier_id, p.operator_ref, p.country_id)
                          p.supplier_id, p.operator_ref, p.country_id, k.operator_id
                     FROM wx_recharge_supplier_product p
                     JOIN wx_recharge_package k ON k.id = p.package_id
                    WHERE p.supplier_id IN %s AND p.operator_ref IN %s
                    ORDER BY p.supplier_id, p.operator_ref, p.country_id, p.id""",
                tuple(self.supplier_id.ids) or (0,),
                tuple({product.operator_ref for product in self if product.operator_ref}) or ('',),
            )
        )
        operators = self.env['wx.recharge.operator']
        return {tuple(key): operators.browse(found) for *key, found in rows}

    def _ensure_countries(self, sell):
        """Return the shop's country of each country, made where there is none."""
        countries = self.env['wx.recharge.country'].with_context(active_test=False)
        found = countries.search([('country_id', 'in', self.country_id.ids)])
        missing = self.country_id - found.country_id
        # One that is made without selling shows nothing to customers.
        found += countries.create([{'country_id': one.id, 'active': sell} for one in missing])
        return {one.country_id: one for one in found}


def _plain(name):
    """Return a name as it is compared: without case and repeated spaces."""
    return ' '.join((name or '').split()).casefold()
