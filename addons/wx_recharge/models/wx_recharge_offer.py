from dataclasses import dataclass

from odoo import models, tools

from ..utils import face_value


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


class WxRechargePackage(models.Model):
    """The catalogue, read far more often than it is changed.

    Which packages a customer sees, and how many pieces are left, is asked of the database
    each time; what a package is, is kept in memory until one of the rows it is made of
    changes anywhere (`wx.recharge.catalogue.mixin`).
    """

    _inherit = 'wx.recharge.package'

    @tools.ormcache('self.id', 'self.env.lang', cache='stable')
    def _offer(self):
        """Return what the package offers; the caller has found it with the customer's rights.

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
        )
