from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from types import MappingProxyType

from odoo import api, models, tools

from ..lib.pricing import formula
from ..utils import face_value
from .wx_recharge_package_sale import SaleRule


@dataclass(frozen=True)
class OfferCountry:
    """The country of an offer; its names are those of `wx.recharge.country`."""

    id: int
    iso2: str
    display_name: str


@dataclass(frozen=True)
class Offer:
    """A package as it is shown and sold to customers, in one language."""

    id: int
    name: str
    description: str
    kind: str
    country: OfferCountry
    operator_id: int
    operator_name: str
    face_value: float
    face_currency_id: int
    # For people: a decimal text and the currency's code.
    face_texts: tuple[str | None, str | None]
    validity_days: int | None
    price_fen: int
    price: float
    currency_id: int
    stock_limited: bool
    rule: SaleRule
    limit_user: int
    limit_number: int
    limit_days: int


@dataclass(frozen=True)
class Cost:
    """What the supplier that is tried first takes for a package."""

    amount: float
    currency_id: int
    # In Chinese money, rounded up, and yuan for one unit; None when there is no exchange rate.
    cost_fen: int | None = None
    rate: Decimal | None = None


@dataclass(frozen=True)
class Spot:
    """Where a package stands in the shop."""

    sequence: int
    kind: str
    operator_id: int
    company_id: int


class WxRechargePackage(models.Model):
    """The catalogue, read far more often than it is changed.

    Which packages somebody sees, what a package is and whether it can be had, is kept in
    memory until one of the rows it is made of changes anywhere, such as a supplier that is
    paused (`wx.recharge.catalogue.mixin`). How many pieces are left is asked of the database
    each time.
    """

    _inherit = 'wx.recharge.package'

    # The cache `default`: changing record rules, groups or companies clears it.
    @api.model
    @tools.ormcache('self.env.uid', 'self.env.su', 'self.env.companies._ids', 'country')
    def _shelf(self, country=None):
        """Return the packages that the record rules let this user see, in the shop's order.

        :param str country: ISO 3166-1 code; None for all countries
        :return: mapping of id to `Spot`
        """
        domain = [('country_id.iso2', '=', country)] if country else []
        names = ['sequence', 'kind', 'operator_id', 'company_id']
        packages = self.search_fetch(domain, names, order='sequence, id')
        return MappingProxyType(
            {
                package.id: Spot(
                    package.sequence, package.kind, package.operator_id.id, package.company_id.id
                )
                for package in packages
            }
        )

    @api.model
    def _list(self, last_id, limit, *, country=None, kind=None, operator_id=None):
        """Return `(packages, whether more follow)` after the package `last_id`, paged by key.

        :param int last_id: last package of the page before, None for the first page
        """
        after = (-1, 0)
        if last_id:
            # It may have been archived meanwhile, so it is not looked for on the shelf.
            last_sudo = self.sudo().with_context(active_test=False).search([('id', '=', last_id)])
            after = (last_sudo.sequence, last_id)
        matching = (
            package_id
            for package_id, spot in self._shelf(country).items()
            if (spot.sequence, package_id) > after
            and kind in (None, spot.kind)
            and operator_id in (None, spot.operator_id)
        )
        ids = list(islice(matching, limit + 1))
        found = self.browse(ids[:limit])
        # The rules were asked for the shelf; this reads nothing but how much is left.
        scarce_sudo = found.sudo().filtered(lambda package: package._offer().stock_limited)
        scarce_sudo.fetch(['stock_qty'])
        return found, len(ids) > limit

    @tools.ormcache('self.id', 'self.env.lang', cache='stable')
    def _offer(self):
        """Return what the package offers; the caller has found it on the customer's shelf.

        :rtype: Offer
        """
        self.ensure_one()
        # What is remembered must not depend on who asks first.
        package_sudo = self.sudo()
        country_sudo = package_sudo.country_id
        return Offer(
            id=package_sudo.id,
            name=package_sudo.name,
            description=package_sudo.description or '',
            kind=package_sudo.kind,
            country=OfferCountry(country_sudo.id, country_sudo.iso2, country_sudo.display_name),
            operator_id=package_sudo.operator_id.id,
            operator_name=package_sudo.operator_id.name,
            face_value=package_sudo.face_value,
            face_currency_id=package_sudo.face_currency_id.id,
            face_texts=face_value(package_sudo),
            validity_days=package_sudo.validity_days or None,
            price_fen=package_sudo.price_fen,
            price=package_sudo.price,
            currency_id=package_sudo.currency_id.id,
            stock_limited=package_sudo.stock_limited,
            rule=package_sudo._sale_rule(),
            limit_user=package_sudo.limit_user,
            limit_number=package_sudo.limit_number,
            limit_days=package_sudo.limit_days,
        )

    def _expected_cost(self, company_id):
        """Return what the package will cost us, None when no supplier delivers it now.

        :param int company_id: whose account at the supplier pays
        :rtype: Cost
        """
        return self._cost_on(company_id, self.env['res.currency']._yuan_day())

    @tools.ormcache('self.id', 'company_id', 'day', cache='stable')
    def _cost_on(self, company_id, day):
        """Return the cost at the rate of a day, kept in memory."""
        company_sudo = self.env['res.company'].sudo().browse(company_id)
        product = self.sudo()._supplier_products(company_sudo)[:1]  # customers see no suppliers
        if not product:
            return None
        amount, currency = product.cost, product.cost_currency_id
        rate = currency._yuan_rates(company_sudo, day).get(currency.id)
        cost_fen = formula.cost_fen(Decimal(str(amount)), rate) if rate else None
        return Cost(amount, currency.id, cost_fen, rate)
