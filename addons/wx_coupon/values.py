"""What documents tell of themselves when a coupon is to be chosen for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """What is bought: coupons may be good for some of it only.

    :param str kind: what sort of thing it is, as the seller's addon names it
    :param int country_id: for which country, in the seller's own list
    :param int operator_id: of whom
    :param int package_id: which one
    :param str model: model of the document that is paid for
    """

    kind: str | None = None
    country_id: int | None = None
    operator_id: int | None = None
    package_id: int | None = None
    model: str | None = None
