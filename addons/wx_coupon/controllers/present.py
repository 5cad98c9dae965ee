"""Records as the API shows them; values only, no searches."""

from odoo import fields

from .schemas import Coupon, CouponTemplate, Discount


def template(record, own):
    """Return a template as the claim centre shows it.

    :param int own: how many the customer has claimed of it
    """
    remaining = max(0, record.total_qty - record.taken_qty) if record.total_qty else None
    return CouponTemplate(
        id=record.id,
        name=record.name,
        terms=record.terms or '',
        discount=_discount(record, record.sudo()._scope()),
        valid_from=record.valid_from if record.validity == 'absolute' else None,
        valid_until=record.valid_until if record.validity == 'absolute' else None,
        valid_days=record.valid_days if record.validity == 'relative' else None,
        claim_until=record.claim_until,
        remaining=remaining,
        own=own,
        per_customer=record.user_qty,
        can_claim=remaining != 0 and own < record.user_qty,
    )


def coupon(record):
    """Return a coupon; one whose time is over is expired, whether that is written down or not."""
    past = record.state == 'issued' and record.valid_until <= fields.Datetime.now()
    # A template that is out of the claim centre is hidden from customers who have its coupons.
    template_sudo = record.template_id.sudo()
    return Coupon(
        id=record.id,
        template_id=record.template_id.id,
        name=template_sudo.name,
        terms=template_sudo.terms or '',
        state='expired' if past else record.state,
        discount=_discount(record, record.scope or {}),
        valid_from=record.valid_from,
        valid_until=record.valid_until,
        used_at=record.used_at,
    )


def _discount(record, scope):
    fixed = record.kind == 'fixed'
    return Discount(
        kind=record.kind,
        amount_fen=record.amount_fen if fixed else None,
        percent=None if fixed else record.percent,
        cap_fen=None if fixed else record.cap_fen or None,
        threshold_fen=record.threshold_fen,
        stackable=record.stackable,
        scope=scope,
    )
