"""Signed and encrypted notices. Source: spec/wechat_pay_v3.md §11."""

from __future__ import annotations

import random
import secrets
import uuid
from typing import Any

from .. import crypto
from ..credentials import merchants
from ..delivery import SIGNTEST, Letter, Notice, by_status
from ..state import Sandbox
from ..wxpayv2 import notices as v2
from .answers import altered, compact, signature_headers, wire_time
from .keys import notice_signer
from .shown import as_transaction
from .state import Order, Refund

# Seconds between the attempts after the first one: 15 retries over 24 h 4 min.
GAPS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
REFUND_EVENTS = {
    'SUCCESS': ('REFUND.SUCCESS', '退款成功'),
    'ABNORMAL': ('REFUND.ABNORMAL', '退款异常'),
    'CLOSED': ('REFUND.CLOSED', '退款关闭'),
}


def announce_payment(sandbox: Sandbox, order: Order) -> None:
    """Tell the shop that an order was paid; a charge by code is told by its answer alone."""
    if order.by_code:
        return
    if order.api == 'v2':
        v2.announce_payment(sandbox, order)
        return
    resource = as_transaction(order)
    _announce(
        sandbox,
        event=('TRANSACTION.SUCCESS', '支付成功'),
        kind='transaction',
        resource=resource,
        order=order,
        url=order.notify_url,
        serial=order.signer_serial,
        subjects=('transaction', order.out_trade_no, order.transaction_id),
    )


def announce_refund(sandbox: Sandbox, refund: Refund) -> None:
    """Tell the shop how a refund ended.

    Without a notify_url of its own it is told in the XML of v2, at the address set at the
    merchant's console, if there is one.
    """
    order = refund.order
    if refund.api == 'v2' or not refund.notify_url:
        url = refund.notify_url or sandbox.wxpay.merchant(order.mchid).refund_notify_url
        if url:
            v2.announce_refund(sandbox, refund, url)
        return
    resource: dict[str, Any] = {
        'mchid': order.mchid,
        'out_trade_no': order.out_trade_no,
        'transaction_id': order.transaction_id,
        'out_refund_no': refund.out_refund_no,
        'refund_id': refund.refund_id,
        'refund_status': refund.status,
        'user_received_account': refund.user_account,
        'amount': {
            'total': order.total,
            'refund': refund.amount,
            'payer_total': order.total,
            'payer_refund': refund.amount,
        },
    }
    if refund.success_time:
        resource['success_time'] = refund.success_time
    _announce(
        sandbox,
        event=REFUND_EVENTS[refund.status],
        kind='refund',
        resource=resource,
        order=order,
        url=refund.notify_url,
        serial=refund.signer_serial,
        subjects=('refund', refund.out_refund_no, order.out_trade_no, refund.refund_id),
    )


def _announce(
    sandbox: Sandbox,
    *,
    event: tuple[str, str],
    kind: str,
    resource: dict[str, Any],
    order: Order,
    url: str,
    serial: str,
    subjects: tuple[str, ...],
) -> None:
    identity = str(uuid.uuid4())
    merchant = merchants()[order.mchid]
    body = _envelope(identity, event, kind, resource, merchant.apiv3_key)
    policy = sandbox.wxpay.merchant(order.mchid).keys

    def write(flavour: str) -> Letter:
        """Sign anew for each attempt; only a probe carries a signature that is none."""
        headers = signature_headers(notice_signer(merchant, serial, policy), body, flavour)
        headers |= {
            'Content-Type': 'application/json',
            'Accept': '*/*',
            'User-Agent': 'Mozilla/4.0',
            'Pragma': 'no-cache',
        }
        return headers, body if flavour == SIGNTEST else altered(body, flavour)

    notice = Notice(
        source='wxpay',
        event=event[0],
        url=url,
        subjects=(*subjects, order.mchid),
        gaps=GAPS,
        accepts=by_status(200, 204),
        write=write,
        id=identity,
    )
    sandbox.courier.announce(notice)


def _envelope(
    identity: str, event: tuple[str, str], kind: str, resource: dict[str, Any], apiv3_key: str
) -> bytes:
    nonce = secrets.token_hex(6)
    envelope = {
        'id': identity,
        'create_time': wire_time(),
        'resource_type': 'encrypt-resource',
        'event_type': event[0],
        'summary': event[1],
        'resource': {
            'original_type': kind,
            'algorithm': 'AEAD_AES_256_GCM',
            'ciphertext': crypto.gcm_encrypt(apiv3_key, nonce, kind, compact(resource)),
            'associated_data': kind,
            'nonce': nonce,
        },
    }
    # The order of the keys is not fixed: nobody may rely on it.
    keys = list(envelope)
    random.shuffle(keys)
    return compact({key: envelope[key] for key in keys})
