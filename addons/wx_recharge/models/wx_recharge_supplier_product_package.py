from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.rbac_ext.permission import requires

from ..const.imports import PACKAGE_KINDS
from ..lib.pricing import formula
from ..lib.pricing.rules import Subject

# As many as one request makes without somebody waiting long.
MAX_PRODUCTS = 2_000


@dataclass(frozen=True)
class Key:
    """What makes products of several suppliers one package.

    `detail` tells data packages apart, of which the amount received says little.
    """

    company_id: int
    operator_id: int
    kind: str
    amount: Decimal
    currency_id: int
    validity_days: int
    redemption: str
    detail: str = ''


class WxRechargeSupplierProduct(models.Model):
    """Grouping: which package a product fulfils, made where there is none."""

    _inherit = 'wx.recharge.supplier.product'

    # === ACTION METHODS === #

    @requires('recharge.import.apply')
    def action_make_packages(self, amounts, sell):
        """Make packages of these products, or connect them with those there are.

        :param list amounts: texts; of products of any amount, those that are sold
        :param bool sell: whether new packages are sold at once
        :return: sentences on what has no package
        """
        self.check_access('read')
        if len(self) > MAX_PRODUCTS:
            raise UserError(self.env._('At most %(count)s at a time.', count=MAX_PRODUCTS))
        products_sudo = self.sudo()  # applying is what the permission allows
        ranges_sudo = products_sudo.filtered(lambda product: product.denomination == 'range')
        if ranges_sudo and amounts:
            products_sudo = products_sudo - ranges_sudo
            products_sudo += ranges_sudo._add_amounts([Decimal(amount) for amount in amounts])
        return self._describe_left(products_sudo._make_packages(bool(sell)))

    # === BUSINESS METHODS - PACKAGES === #

    def _make_packages(self, sell):
        """Connect products with packages, the same package where they are the same.

        Products that have one are left alone.

        :param bool sell: whether new packages are sold at once, or archived
        :return: why products have no package → how many
        """
        left = defaultdict(int)
        able = self.browse()
        for product in self.filtered(lambda product: not product.package_id):
            reason = product._why_no_package()
            if reason:
                left[reason] += 1
            else:
                able += product
        operators = able._ensure_operators(sell)
        keys = {product: product._package_key(operators[product]) for product in able}
        packages = self._find_packages(set(keys.values()))
        wanted = {}
        for product, key in keys.items():
            if key not in packages:
                wanted.setdefault(key, product)
        prices, reasons = able._price_new(wanted)
        packages |= able._create_packages(wanted, prices, sell)
        for key in keys.values():
            if key in reasons:
                left[reasons[key]] += 1
        able._connect({product: packages[key] for product, key in keys.items() if key in packages})
        return dict(left)

    def _describe_left(self, left):
        """Return sentences on products that have no package."""
        return [
            self.env._('%(count)s products have no package: %(reason)s', count=count, reason=reason)
            for reason, count in left.items()
        ]

    def _why_no_package(self):
        """Return in words why a product cannot be sold as it is, '' when it can."""
        if self.denomination == 'range':
            return self.env._('the amount is open; name the amounts that are sold')
        if self.kind not in PACKAGE_KINDS:
            return self.env._('this kind is not sold')
        if self.required_fields:
            return self.env._('the supplier asks for more than the number')
        if not self.country_id or not self.operator_name:
            return self.env._('country or operator is not known')
        if self.receive_amount <= 0 or not self.receive_currency_id:
            return self.env._('what arrives is not known')
        if self.cost <= 0:
            return self.env._('what it costs is not known')
        return ''

    def _package_key(self, operator):
        kind = PACKAGE_KINDS[self.kind]
        detail = ''
        if kind != 'airtime':
            detail = str(self.benefits or (self.description or self.name or '').strip().lower())
        return Key(
            company_id=self.company_id.id or 0,
            operator_id=operator.id,
            kind=kind,
            amount=_amount(self.receive_amount),
            currency_id=self.receive_currency_id.id,
            validity_days=self.validity_days,
            redemption=self.redemption,
            detail=detail,
        )

    # === BUSINESS METHODS - FINDING AND MAKING === #

    def _find_packages(self, keys):
        """Return the packages that are here by key."""
        domain = [('operator_id', 'in', [key.operator_id for key in keys])]
        packages = self.env['wx.recharge.package'].with_context(active_test=False).search(domain)
        found = {}
        for package in packages:
            for key in package._keys():
                found.setdefault(key, package)
        return found

    def _create_packages(self, wanted, prices, sell):
        """Make the packages that have a price and return them by key.

        :param dict wanted: key → the first product of it
        """
        packages = self.env['wx.recharge.package'].with_context(tracking_disable=True)
        created = packages.create(
            [
                wanted[key]._prepare_package(key, price_fen, sell)
                for key, price_fen in prices.items()
            ]
        )
        return dict(zip(prices, created, strict=True))

    def _price_new(self, wanted):
        """Return the price in fen of each key that has one, and why of each that has none."""
        prices, reasons, rates = {}, {}, {}
        day = self.env['res.currency']._yuan_day()
        for key, product in wanted.items():
            company = product.company_id or self.env.company
            if company not in rates:
                rates[company] = self.cost_currency_id._yuan_rates(company, day)
            currency = product.cost_currency_id
            rate = rates[company].get(currency.id)
            if not rate:
                reasons[key] = currency._describe_missing_rates(company, day)
                continue
            price_fen = product._price_by_rule(key, rate, company)
            if price_fen is None:
                reasons[key] = self.env._('no price rule fits')
            else:
                prices[key] = price_fen
        return prices, reasons

    def _price_by_rule(self, key, rate, company):
        operator = self.env['wx.recharge.operator'].browse(key.operator_id)
        return self.env['wx.recharge.price.rule']._price_fen(
            formula.cost_fen(_amount(self.cost), rate),
            Subject(operator.country_id.id, operator.id, key.kind),
            company.id,
        )

    def _prepare_package(self, key, price_fen, sell):
        amount = f'{key.amount.normalize():f} {self.receive_currency_id.name}'
        named = key.kind != 'airtime' and (self.name or self.description)
        operator = self.env['wx.recharge.operator'].browse(key.operator_id)
        return {
            'name': f'{operator.name} {(named or amount).strip()[:80]}',
            'description': (self.description or '')[:200] if key.kind != 'airtime' else False,
            'operator_id': key.operator_id,
            'kind': key.kind,
            'redemption': key.redemption,
            'company_id': key.company_id or False,
            'face_value': float(key.amount),
            'face_currency_id': key.currency_id,
            'validity_days': key.validity_days,
            'price_fen': price_fen,
            'active': sell,
        }

    def _connect(self, packages):
        """Write which package each product fulfils."""
        if not packages:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE wx_recharge_supplier_product p
                      SET package_id = n.package_id, write_uid = %s,
                          write_date = now() AT TIME ZONE 'UTC'
                     FROM unnest(%s, %s) n(id, package_id) WHERE p.id = n.id""",
                self.env.uid,
                [product.id for product in packages],
                [package.id for package in packages.values()],
            )
        )
        self.invalidate_model()
        self.env['wx.recharge.package'].invalidate_model(['supplier_product_ids'])
        self._forget_catalogue()


class WxRechargePackage(models.Model):
    _inherit = 'wx.recharge.package'

    def _keys(self):
        """Return what products must be to fulfil this package."""
        self.ensure_one()
        if self.kind == 'airtime':
            yield Key(
                company_id=self.company_id.id or 0,
                operator_id=self.operator_id.id,
                kind=self.kind,
                amount=_amount(self.face_value),
                currency_id=self.face_currency_id.id,
                validity_days=self.validity_days,
                redemption=self.redemption,
            )
        # What it is told by the products it has already.
        for product in self.supplier_product_ids:
            if not product._why_no_package():
                yield product._package_key(self.operator_id)


def _amount(number):
    return Decimal(str(number or 0)).quantize(Decimal('0.000001'))
