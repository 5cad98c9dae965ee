"""Payments and refunds as WeChat Pay describes them. Source: spec/wechat_pay_v3.md §6, §8, §11."""

import datetime
from dataclasses import dataclass

from . import parsing
from .errors import Malformed
from .parsing import JsonObject

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


def parse_transaction(source: JsonObject) -> Transaction:
    """Return the payment of a query's answer or of a decrypted notice.

    :raise Malformed: a field is missing or has a wrong type
    """
    amount = parsing.optional_nested(source, 'amount')
    payer = parsing.optional_nested(source, 'payer')
    transaction = Transaction(
        appid=parsing.text(source, 'appid'),
        mchid=parsing.text(source, 'mchid'),
        out_trade_no=parsing.text(source, 'out_trade_no'),
        trade_state=parsing.text(source, 'trade_state'),
        transaction_id=parsing.text(source, 'transaction_id', default=''),
        trade_type=parsing.text(source, 'trade_type', default=''),
        trade_state_desc=parsing.text(source, 'trade_state_desc', default=''),
        bank_type=parsing.text(source, 'bank_type', default=''),
        attach=parsing.text(source, 'attach', default=''),
        openid=parsing.text(payer, 'openid', default=''),
        success_time=parsing.optional_moment(source, 'success_time'),
        total_fen=parsing.optional_fen(amount, 'total'),
        payer_total_fen=parsing.optional_fen(amount, 'payer_total'),
        currency=parsing.text(amount, 'currency', default=CURRENCY),
    )
    if transaction.is_paid and (not transaction.transaction_id or transaction.total_fen is None):
        raise Malformed('A paid order has no transaction_id or no amount.')
    return transaction


def parse_refund(source: JsonObject) -> Refund:
    """Return the refund of an answer, where the state is called ``status``.

    :raise Malformed: a field is missing or has a wrong type
    """
    return _parse_refund(source, state_name='status')


def parse_refund_notice(source: JsonObject) -> Refund:
    """Return the refund of a decrypted notice, where the state is called ``refund_status``.

    :raise Malformed: a field is missing or has a wrong type
    """
    return _parse_refund(source, state_name='refund_status')


def _parse_refund(source: JsonObject, *, state_name: str) -> Refund:
    amount = parsing.nested(source, 'amount')
    return Refund(
        refund_id=parsing.text(source, 'refund_id'),
        out_refund_no=parsing.text(source, 'out_refund_no'),
        transaction_id=parsing.text(source, 'transaction_id'),
        out_trade_no=parsing.text(source, 'out_trade_no'),
        status=parsing.text(source, state_name),
        channel=parsing.text(source, 'channel', default=''),
        user_received_account=parsing.text(source, 'user_received_account', default=''),
        success_time=parsing.optional_moment(source, 'success_time'),
        total_fen=parsing.fen(amount, 'total'),
        refund_fen=parsing.fen(amount, 'refund'),
        payer_total_fen=parsing.optional_fen(amount, 'payer_total'),
        payer_refund_fen=parsing.optional_fen(amount, 'payer_refund'),
        currency=parsing.text(amount, 'currency', default=''),
        mchid=parsing.text(source, 'mchid', default=''),
    )
