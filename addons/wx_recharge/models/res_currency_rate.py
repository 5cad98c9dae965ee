from datetime import datetime
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..utils import SHOP_ZONE

RATE_STEP = Decimal('0.0000000001')


class ResCurrency(models.Model):
    """Costs in yuan at Odoo's rates."""

    _inherit = 'res.currency'

    # === BUSINESS METHODS === #

    @api.model
    def _yuan_day(self):
        """Return the day whose rates hold now."""
        return datetime.now(SHOP_ZONE).date()

    def _yuan_rate(self, company, day=None):
        """Return yuan for one unit of this currency.

        :raise UserError: names the currency that has no rate
        """
        self.ensure_one()
        day = day or self._yuan_day()
        rate = self._yuan_rates(company, day).get(self.id)
        if not rate:
            raise UserError(self._describe_missing_rates(company, day))
        return rate

    def _yuan_rates(self, company, day):
        """Return yuan for one unit of each of these currencies, as far as there are rates.

        :param date day: the last rate that is not later counts
        :return: mapping of currency id to `Decimal`
        """
        yuan = self.env.ref('base.CNY')
        units = (self | yuan)._units(company, day)
        rates = {}
        if yuan.id in units:
            rates = {
                currency.id: (units[yuan.id] / units[currency.id]).quantize(RATE_STEP)
                for currency in self
                if currency.id in units
            }
        return {**rates, yuan.id: Decimal(1)}

    def _describe_missing_rates(self, company, day):
        """Return which rates have to be entered before these currencies are known in yuan."""
        wanted = (self | self.env.ref('base.CNY')).sorted('name')
        units = wanted._units(company, day)
        names = [currency.name for currency in wanted if currency.id not in units]
        return self.env._(
            'No exchange rate on %(day)s for: %(names)s', day=day, names=', '.join(names)
        )

    def _units(self, company, day):
        """Return the units of each currency that one unit of the company's is worth.

        Odoo itself takes 1 for a rate that is missing, which here would be a wrong price.
        """
        self.env['res.currency.rate'].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (currency_id) currency_id, rate::text
                     FROM res_currency_rate
                    WHERE currency_id IN %s AND name <= %s
                      AND (company_id IS NULL OR company_id = %s)
                    ORDER BY currency_id, company_id NULLS LAST, name DESC""",
                tuple(self.ids),
                day,
                company.root_id.id,
            )
        )
        units = {currency_id: Decimal(rate) for currency_id, rate in rows}
        return {company.currency_id.id: Decimal(1), **units}


class ResCurrencyRate(models.Model):
    """Costs in yuan are kept in memory (see `_cost_on` of the package), and make prices."""

    _name = 'res.currency.rate'
    _inherit = ['res.currency.rate', 'wx.recharge.catalogue.mixin']

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `odoo` to have prices computed anew."""
        rates = super().create(vals_list)
        self.env['wx.recharge.price.rule']._plan_everywhere()
        return rates

    def write(self, vals):
        """Override of `odoo` to have prices computed anew."""
        written = super().write(vals)
        self.env['wx.recharge.price.rule']._plan_everywhere()
        return written

    def unlink(self):
        """Override of `odoo` to have prices computed anew."""
        unlinked = super().unlink()
        self.env['wx.recharge.price.rule']._plan_everywhere()
        return unlinked
