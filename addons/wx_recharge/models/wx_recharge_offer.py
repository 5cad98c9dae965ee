from dataclasses import dataclass
from decimal import Decimal
from itertools import dropwhile, islice
from types import MappingProxyType

from odoo import api, fields, models, tools

from ..shown import Offer, OfferCountry, Spot
from ..utils import face_value

TEXT_FIELDS = ('name', 'description', 'operator_id', 'country_id')
SPOT_FIELDS = (
    'sequence',
    'kind',
    'operator_id',
    'company_id',
    'hot',
    'sale_from',
    'sale_until',
    'show_ios',
    'show_android',
)


@dataclass(frozen=True)
class Cost:
    """What a package costs: by the product tried first of those whose cost is known."""

    amount: float
    currency_id: int
    # In Chinese money, rounded up; None when no cost was entered or there is no exchange rate.
    cost_fen: int | None = None
    # Yuan for one unit; None when there is no exchange rate.
    rate: Decimal | None = None


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

        Whether one is sold now is not remembered, only its rule: time goes on.

        :param str country: ISO 3166-1 code; None for all countries
        :return: mapping of id to `Spot`
        """
        domain = [('country_id.iso2', '=', country)] if country else []
        packages = self.search_fetch(domain, SPOT_FIELDS, order='sequence, id')
        return MappingProxyType(
            {
                package.id: Spot(
                    sequence=package.sequence,
                    kind=package.kind,
                    operator_id=package.operator_id.id,
                    company_id=package.company_id.id,
                    hot=package.hot,
                    rule=package._sale_rule(),
                )
                for package in packages
            }
        )

    @api.model
    @tools.ormcache('self.env.lang', cache='stable')
    def _search_texts(self):
        """Return what each package is found by, in lower case; no shelf, so no rights."""
        # All at once: read as they come, each thousand of packages would take its own queries.
        packages_sudo = self.sudo().search_fetch([], TEXT_FIELDS)
        packages_sudo.operator_id.mapped('name')
        packages_sudo.country_id.mapped('display_name')
        return MappingProxyType(
            {
                package.id: '\n'.join(
                    (
                        package.name,
                        package.description or '',
                        package.operator_id.name,
                        package.country_id.display_name,
                    )
                ).casefold()
                for package in packages_sudo
            }
        )

    @api.model
    def _list(self, last_id, limit, *, country=None, text=None, platform=None, **wanted):
        """Return `(packages, whether more follow)` after the package `last_id`, paged by key.

        What is not on sale now is left out.

        :param int last_id: last package of the page before, None for the first page
        :param str text: what the name, the operator or the country contains
        :param str platform: one of `PLATFORMS`; None: what the request says
        :param wanted: kind, operator_id and hot of a spot; None stands for any
        """
        shelf = self._shelf(country)
        asked = {name: value for name, value in wanted.items() if value is not None}
        texts = self._search_texts() if text else {}
        text = (text or '').casefold()
        now, platform = fields.Datetime.now(), platform or self._platform()
        matching = (
            package_id
            for package_id in self._after(shelf, last_id)
            if (spot := shelf[package_id])
            and all(getattr(spot, name) == value for name, value in asked.items())
            and spot.rule.allows(now, platform)
            and text in texts.get(package_id, '')
        )
        ids = list(islice(matching, limit + 1))
        return self.browse(ids[:limit]), len(ids) > limit

    @api.model
    def _after(self, shelf, last_id):
        """Return the ids on the shelf that follow a package."""
        if not last_id:
            return shelf
        if last_id in shelf:
            return islice(dropwhile(lambda package_id: package_id != last_id, shelf), 1, None)
        # It was archived meanwhile, so it is not on the shelf any more.
        last_sudo = self.sudo().with_context(active_test=False).search([('id', '=', last_id)])
        after = (last_sudo.sequence, last_id)
        return (
            package_id for package_id, spot in shelf.items() if (spot.sequence, package_id) > after
        )

    @api.model
    def _sold(self, package_id):
        """Return the package if this customer sees it and it is on sale now, else none."""
        spot = self._shelf().get(package_id)
        if spot and spot.rule.allows(fields.Datetime.now(), self._platform()):
            return self.browse(package_id)
        return self.browse()

    def _in_stock(self):
        """Return the ids of those that can be had, asked of the database for the scarce ones."""
        scarce_sudo = self.sudo().filtered(lambda package: package._offer().stock_limited)
        scarce_sudo.fetch(['stock_qty'])
        sold_out = scarce_sudo.filtered(lambda package: package.stock_qty < 1)
        return frozenset(self._ids) - frozenset(sold_out._ids)

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
            operator=package_sudo.operator_id._shown_operator(),
            face_value=package_sudo.face_value,
            face_currency_id=package_sudo.face_currency_id.id,
            face_texts=face_value(package_sudo),
            validity_days=package_sudo.validity_days or None,
            redemption=package_sudo.redemption,
            benefits=tuple(
                filter(None, map(str.strip, (package_sudo.benefits or '').splitlines()))
            ),
            hot=package_sudo.hot,
            recommended=package_sudo.recommended,
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
        products_sudo = self.sudo()._supplier_products(company_sudo)  # customers see no suppliers
        if not products_sudo:
            return None
        rates = products_sudo.cost_currency_id._yuan_rates(company_sudo, day)
        known = (product for product in products_sudo if product._cost_fen(rates) is not None)
        product = next(known, products_sudo[0])
        currency_id = product.cost_currency_id.id
        return Cost(product.cost, currency_id, product._cost_fen(rates), rates.get(currency_id))
