"""Notices as WeChat Pay sends them: encrypted, signed, each of another payment.

Source: spec/wechat_pay_v3.md §3, §4, §11. Keys and signature are the sandbox's.
"""

import itertools
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from sandbox import crypto
from sandbox.credentials import APP, first_merchant, public_key_signer
from sandbox.wxpay.answers import BEIJING, compact, signature_headers

_counter = itertools.count(1)


@dataclass(frozen=True)
class Payment:
    """A payment that a customer is about to make."""

    out_trade_no: str
    openid: str
    amount_fen: int


@dataclass(frozen=True)
class Notice:
    """A notice of success about one payment; the same text is signed anew for each delivery."""

    body: bytes

    def headers(self) -> dict[str, str]:
        """Sign for now: a signature is good for five minutes."""
        return {
            **signature_headers(public_key_signer(), self.body),
            'Content-Type': 'application/json',
            'Accept': '*/*',
            'User-Agent': 'Mozilla/4.0',
            'Pragma': 'no-cache',
        }


def announce(payment: Payment) -> Notice:
    """Return the notice of a payment that has succeeded just now."""
    merchant = first_merchant()
    nonce = secrets.token_hex(6)
    content = compact(_transaction(payment, merchant.mchid))
    resource = {
        'original_type': 'transaction',
        'algorithm': 'AEAD_AES_256_GCM',
        'ciphertext': crypto.gcm_encrypt(merchant.apiv3_key, nonce, 'transaction', content),
        'associated_data': 'transaction',
        'nonce': nonce,
    }
    envelope = {
        'id': str(uuid.uuid4()),
        'create_time': _now().isoformat(),
        'resource_type': 'encrypt-resource',
        'event_type': 'TRANSACTION.SUCCESS',
        'summary': '支付成功',
        'resource': resource,
    }
    return Notice(compact(envelope))


def _transaction(payment: Payment, mchid: str) -> dict[str, object]:
    now = _now()
    return {
        'mchid': mchid,
        'appid': APP.appid,
        'out_trade_no': payment.out_trade_no,
        'transaction_id': f'42000{now:%Y%m%d}{next(_counter):015d}',
        'trade_type': 'JSAPI',
        'trade_state': 'SUCCESS',
        'trade_state_desc': '支付成功',
        'bank_type': 'OTHERS',
        'attach': '',
        'success_time': now.isoformat(),
        'payer': {'openid': payment.openid},
        'amount': {
            'total': payment.amount_fen,
            'payer_total': payment.amount_fen,
            'currency': 'CNY',
            'payer_currency': 'CNY',
        },
        'promotion_detail': [],
    }


def _now() -> datetime:
    return datetime.now(BEIJING).replace(microsecond=0)
