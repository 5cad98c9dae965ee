"""What customers are shown of the catalogue, as it is kept in memory.

Frozen, in one language, and with the same `repr` in every process: answers of the API are
stamped by it.
"""

import functools
import hashlib
from dataclasses import dataclass
from datetime import datetime

from odoo.addons.wx_base.const import PLATFORMS


@dataclass(frozen=True)
class SaleRule:
    """When and on which platforms a package is sold; may be kept in memory, says no time."""

    sale_from: datetime | None
    sale_until: datetime | None
    platforms: tuple[str, ...]

    def allows(self, now, platform):
        """Tell whether the package is sold now.

        :param str platform: one of `PLATFORMS`; a client that does not say which it is sees
            only what is sold on all of them
        """
        if self.sale_from and now < self.sale_from:
            return False
        if self.sale_until and now >= self.sale_until:
            return False
        if platform in PLATFORMS:
            return platform in self.platforms
        return len(self.platforms) == len(PLATFORMS)


@dataclass(frozen=True)
class Spot:
    """Where a package stands in the shop."""

    sequence: int
    kind: str
    operator_id: int
    company_id: int
    hot: bool
    rule: SaleRule


@dataclass(frozen=True)
class OfferCountry:
    """The country of an offer; its names are those of `wx.recharge.country`."""

    id: int
    iso2: str
    display_name: str


@dataclass(frozen=True)
class ShownCountry:
    id: int
    iso2: str
    name: str
    calling_code: int
    hot: bool
    # The address below our own.
    flag_path: str


@dataclass(frozen=True)
class ShownOperator:
    id: int
    name: str
    hot: bool
    # The address below our own, '' without a picture of our own.
    logo_path: str
    # The supplier's address, '' when it has told none.
    logo_url: str


@dataclass(frozen=True)
class Offer:
    """A package as it is shown and sold to customers, in one language."""

    id: int
    name: str
    description: str
    kind: str
    country: OfferCountry
    operator: ShownOperator
    face_value: float
    face_currency_id: int
    # For people: a decimal text and the currency's code.
    face_texts: tuple[str | None, str | None]
    validity_days: int | None
    redemption: str
    benefits: tuple[str, ...]
    hot: bool
    recommended: bool
    price_fen: int
    price: float
    currency_id: int
    stock_limited: bool
    rule: SaleRule
    limit_user: int
    limit_number: int
    limit_days: int

    @property
    def operator_id(self):
        return self.operator.id

    @property
    def operator_name(self):
        return self.operator.name

    @functools.cached_property
    def digest(self):
        """Return a short text that is another one when anything of the offer is."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]
