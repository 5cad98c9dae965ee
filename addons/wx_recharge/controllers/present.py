"""The catalogue as one customer sees it; values only, no searches."""

from dataclasses import dataclass

from odoo.addons.wx_base.tools.settings import get_setting

from .schemas import (
    Country,
    LookupAnswer,
    LookupCandidate,
    Operator,
    Package,
    RecentNumber,
    SavedNumber,
)


@dataclass(frozen=True)
class View:
    """Whose eyes the catalogue is seen with."""

    # The address of this shop, for pictures.
    base: str
    # The customer's member level, None without one.
    level_id: int | None

    @classmethod
    def of(cls, call):
        customer_sudo = call.wx_user.sudo()  # customers may not read levels
        customer_sudo.fetch(
            ['member_level_id', 'member_until']
        )  # and nothing else of a row that holds secrets
        base = get_setting('wx_public_url') or call.env['wx.recharge.package'].get_base_url()
        return cls(base.rstrip('/'), customer_sudo._member_level().id or None)

    def country(self, shown):
        return Country(
            iso2=shown.iso2,
            name=shown.name,
            calling_code=shown.calling_code,
            hot=shown.hot,
            flag_url=self._url(shown.flag_path),
        )

    def operator(self, shown):
        return Operator(
            id=shown.id,
            name=shown.name,
            hot=shown.hot,
            logo_url=self._url(shown.logo_path) or shown.logo_url or None,
        )

    def packages_stamp(self, packages, in_stock):
        """Return what the presentation of these packages is made of."""
        return self.base, [
            (package._offer().digest, package._price_fen_for(self.level_id), package.id in in_stock)
            for package in packages
        ]

    def package(self, record, in_stock):
        """Return a package.

        :param in_stock: ids of those that can be had
        """
        offer = record._offer()
        value, currency = offer.face_texts
        return Package(
            id=offer.id,
            name=offer.name,
            description=offer.description,
            kind=offer.kind,
            country=offer.country.iso2,
            operator=self.operator(offer.operator),
            face_value=value,
            face_currency=currency,
            validity_days=offer.validity_days,
            benefits=list(offer.benefits),
            redemption=offer.redemption,
            hot=offer.hot,
            recommended=offer.recommended,
            list_price_fen=offer.price_fen,
            price_fen=record._price_fen_for(self.level_id),
            in_stock=record.id in in_stock,
            sale_until=offer.rule.sale_until,
            limit_user=offer.limit_user or None,
            limit_number=offer.limit_number or None,
            limit_days=offer.limit_days or None,
        )

    def lookup(self, e164, iso2, candidates):
        detected = set(candidates.detected)
        ordered = sorted(candidates.operators, key=lambda operator: operator.id not in detected)
        return LookupAnswer(
            phone=e164,
            country=iso2,
            candidates=[
                LookupCandidate(operator=self.operator(operator), detected=operator.id in detected)
                for operator in ordered
            ],
            source=candidates.source,
            cached=candidates.cached,
            lookups_left=candidates.left,
        )

    def saved_number(self, record):
        operator = record.operator_id
        return SavedNumber(
            id=record.id,
            phone=record.number,
            label=record.label or None,
            country=record.country_id._code(),
            operator=self.operator(operator._shown_operator()) if operator else None,
            last_used_at=record.last_used_at,
        )

    def recent_number(self, env, recent):
        operator = env['wx.recharge.operator'].browse(recent.operator_id)
        return RecentNumber(
            phone=recent.number,
            country=env['wx.recharge.country'].browse(recent.country_id)._code(),
            operator=self.operator(operator._shown_operator()),
            order_no=recent.order_no,
            last_used_at=recent.used_at,
        )

    def _url(self, path):
        return f'{self.base}{path}' if path else None
