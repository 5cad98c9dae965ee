"""Records as the API shows them; values only."""

from .schemas import (
    MemberBenefits,
    MemberLevel,
    MemberLevelName,
    MembershipOrder,
    MembershipPeriod,
    MembershipPlan,
)


def level_name(record):
    return MemberLevelName(code=record.code, name=record.name) if record else None


def level(record):
    if not record:
        return None
    return MemberLevel(
        code=record.code,
        name=record.name,
        description=record.description or '',
        benefits=MemberBenefits(
            lookup_quota=record.lookup_quota, points_percent=record.points_percent
        ),
    )


def period(record):
    return MembershipPeriod(
        level=level_name(record.level_id), begins=record.start_at, until=record.end_at
    )


def plan(record, trial_available):
    return MembershipPlan(
        id=record.id,
        name=record.name,
        description=record.description or '',
        level=level(record.level_id),
        duration=record.duration,
        duration_unit=record.duration_unit,
        is_trial=record.is_trial,
        price_fen=record.price_fen,
        sale_until=record.sale_until or None,
        available=trial_available or not record.is_trial,
    )


def order(record):
    return MembershipOrder(
        order_no=record.order_no,
        state=record.state,
        origin=record.origin,
        plan=record.plan_name,
        level=level_name(record.level_id),
        duration=record.duration,
        duration_unit=record.duration_unit,
        is_trial=record.is_trial,
        amount_fen=record.price_fen,
        created_at=record.create_date,
        expires_at=record.expires_at,
        paid_at=record.paid_at,
        finished_at=record.finished_at,
        periods=[period(stretch) for stretch in record.period_ids],
    )
