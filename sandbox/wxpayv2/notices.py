"""Notices of v2: a signed payment, an encrypted refund. Source: spec/wechat_pay_v2.md §4, §5."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable

from .. import crypto
from ..credentials import merchants
from ..delivery import ALTERED, GOOD, Letter, Notice
from ..state import Sandbox
from ..wxpay.state import Order, Refund
from . import signing, xml
from .shown import BEIJING_STAMP, REFUND_STATES, paid_fields, stamp

# Seconds between the attempts after the first one.
GAPS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
_HEADERS = {'Content-Type': 'text/xml', 'Accept': '*/*', 'User-Agent': 'Mozilla/4.0'}


def accepted(status: int, text: str) -> bool:
    """Tell whether the reply is the one XML that counts, with nothing before or after it."""
    try:
        fields = xml.read(text.encode())
    except xml.XmlError:
        return False
    return status == 200 and fields.get('return_code') == 'SUCCESS' and text.startswith('<xml>')


def announce_payment(sandbox: Sandbox, order: Order) -> None:
    """Tell the shop that an order was paid."""
    fields = {
        'return_code': 'SUCCESS',
        'result_code': 'SUCCESS',
        'appid': order.appid,
        'mch_id': order.mchid,
        'nonce_str': secrets.token_hex(16),
        **({'sign_type': order.sign_type} if order.sign_type != signing.MD5 else {}),
        **paid_fields(order),
    }
    key = merchants()[order.mchid].apiv2_key
    fields['sign'] = signing.sign(fields, key, order.sign_type)

    def body(flavour: str) -> bytes:
        if flavour == ALTERED:
            return xml.write({**fields, 'total_fee': str(order.total + 1)})
        # An old or a probing letter is unknown to v2: it has neither a time nor a probe.
        return xml.write({**fields, 'sign': '0' * 32} if flavour not in (GOOD, ALTERED) else fields)

    subjects = ('transaction', order.out_trade_no, order.transaction_id, order.mchid)
    _announce(sandbox, 'v2.payment', order.notify_url, subjects, body)


def announce_refund(sandbox: Sandbox, refund: Refund, url: str) -> None:
    """Tell the shop how a refund ended; the cipher is the only proof of who tells it."""
    order = refund.order
    facts = {
        'transaction_id': order.transaction_id,
        'out_trade_no': order.out_trade_no,
        'refund_id': refund.refund_id,
        'out_refund_no': refund.out_refund_no,
        'total_fee': str(order.total),
        'settlement_total_fee': str(order.total),
        'refund_fee': str(refund.amount),
        'settlement_refund_fee': str(refund.amount),
        'refund_status': REFUND_STATES[refund.status],
        'refund_recv_accout': refund.user_account,
        'refund_account': 'REFUND_SOURCE_RECHARGE_FUNDS',
        'refund_request_source': refund.source,
    }
    if refund.success_time:
        facts['success_time'] = stamp(refund.success_time, BEIJING_STAMP)
    key = merchants()[order.mchid].apiv2_key
    cover = {
        'return_code': 'SUCCESS',
        'appid': order.appid,
        'mch_id': order.mchid,
        'nonce_str': secrets.token_hex(16),
    }

    def body(flavour: str) -> bytes:
        used = key if flavour in (GOOD, ALTERED) else key[::-1]
        sealed = crypto.ecb_encrypt(_cipher_key(used), xml.write(facts, 'root'))
        if flavour == ALTERED:
            sealed = f'{sealed[:-8]}AAAAAAA='
        return xml.write({**cover, 'req_info': sealed})

    subjects = ('refund', refund.out_refund_no, order.out_trade_no, refund.refund_id, order.mchid)
    _announce(sandbox, 'v2.refund', url, subjects, body)


def _cipher_key(key: str) -> bytes:
    return hashlib.md5(key.encode(), usedforsecurity=False).hexdigest().encode()


def _announce(
    sandbox: Sandbox,
    event: str,
    url: str,
    subjects: tuple[str, ...],
    body: Callable[[str], bytes],
) -> None:
    def write(flavour: str) -> Letter:
        return dict(_HEADERS), body(flavour)

    notice = Notice(
        source='wxpay',
        event=event,
        url=url,
        subjects=subjects,
        gaps=GAPS,
        accepts=accepted,
        write=write,
        id=str(uuid.uuid4()),
    )
    sandbox.courier.announce(notice)
