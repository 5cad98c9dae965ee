"""Webhooks as Xendit sends them to Odoo's `payment_xendit`, each of another transaction."""

import json
from collections.abc import Mapping
from typing import Any


def announce(reference: str, xendit: Mapping[str, Any]) -> bytes:
    """Return the body that tells of a paid invoice.

    :param reference: of the transaction in Odoo
    :param xendit: what `wx.bench.stage` returned of the provider
    """
    amount = xendit['amount']
    return json.dumps(
        {
            'id': f'579c8d61f23fa4ca35e52da4{reference}',
            'external_id': reference,
            'user_id': '5781d19b2e2385880609791c',
            'is_high': True,
            'payment_method': 'BANK_TRANSFER',
            'status': 'PAID',
            'merchant_name': 'Xendit',
            'amount': amount,
            'paid_amount': amount,
            'bank_code': 'PERMATA',
            'paid_at': '2026-10-12T08:15:03.404Z',
            'payer_email': 'customer@example.com',
            'description': 'This is a description',
            'created': '2026-10-10T08:15:03.404Z',
            'updated': '2026-10-10T08:15:03.404Z',
            'currency': xendit['currency'],
            'payment_channel': 'PERMATA',
            'payment_destination': '888888888888',
        }
    ).encode()


def headers(xendit: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers, which prove by a secret token where the webhook comes from."""
    return {
        'Content-Type': 'application/json',
        'Accept': '*/*',
        'User-Agent': 'Xendit Callback/1.0',
        'X-Callback-Token': xendit['token'],
    }
