"""Records as the API shows them; values only, no searches."""

from .schemas import Entry, Quote, Rate, Wallet


def wallet(asset, account):
    """Return a wallet; an empty `account` is one in which nothing was ever booked."""
    return Wallet(
        asset=asset.code,
        name=asset.name,
        kind=asset.kind,
        decimal_places=asset.decimal_places,
        balance=account.balance,
        held=account.held,
        available=account.available,
        state=account.state or 'open',
        rules={
            'transferable': asset.transferable,
            'convertible': asset.convertible,
            'withdrawable': asset.withdrawable,
            'expiring': asset.expiring,
            'expiry_days': asset.expiry_days if asset.expiring else None,
            'transfer_max': asset.transfer_max or None,
            'transfer_day_max': asset.transfer_day_max or None,
        },
    )


def entry(record, document_no=None):
    reason = record.reason_id
    return Entry(
        number=record.version,
        amount=record.amount,
        balance_after=record.balance_after,
        reason={'code': reason.code, 'text': reason.name},
        document_no=document_no or None,
        posted_at=record.posted_at,
    )


def rate(record):
    return Rate(
        from_asset=record.source_asset_id.code,
        to_asset=record.target_asset_id.code,
        source_amount=record.source_amount,
        target_amount=record.target_amount,
        fee_permille=record.fee_permille,
        valid_from=record.valid_from,
    )


def quote(offer):
    return Quote(
        from_asset=offer.rate.source_asset_id.code,
        to_asset=offer.rate.target_asset_id.code,
        amount=offer.amount,
        fee=offer.fee,
        received=offer.received,
    )
