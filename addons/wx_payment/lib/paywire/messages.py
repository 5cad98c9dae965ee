"""What every provider says of a payment, a refund and a line of its bill, in one vocabulary.

The words are those of WeChat Pay; the other clients translate theirs.
Source: spec/wechat_pay_v3.md §6, §8, §11, §14.
"""

import datetime
from dataclasses import dataclass

CURRENCY = 'CNY'


@dataclass(frozen=True)
class Transaction:
    """A payment. Amounts are in fen and None while nobody has paid.

    :ivar int total_fen: amount of the order; compare this one, not what the payer gave
    :ivar int payer_total_fen: what the payer gave after coupons
    """

    appid: str
    mchid: str
    out_trade_no: str
    trade_state: str
    transaction_id: str
    trade_type: str
    trade_state_desc: str
    bank_type: str
    attach: str
    openid: str
    success_time: datetime.datetime | None
    total_fen: int | None
    payer_total_fen: int | None
    currency: str

    @property
    def is_paid(self) -> bool:
        """Tell whether money came in; REFUND means paid and (perhaps partly) given back."""
        return self.trade_state in ('SUCCESS', 'REFUND')


@dataclass(frozen=True)
class Refund:
    """A refund. ``currency`` is '' in notices, which do not carry it."""

    refund_id: str
    out_refund_no: str
    transaction_id: str
    out_trade_no: str
    status: str
    channel: str
    user_received_account: str
    success_time: datetime.datetime | None
    total_fen: int
    refund_fen: int
    payer_total_fen: int | None
    payer_refund_fen: int | None
    currency: str
    mchid: str
