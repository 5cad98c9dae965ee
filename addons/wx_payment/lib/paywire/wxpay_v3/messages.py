"""Payments and refunds as WeChat Pay describes them. Source: spec/wechat_pay_v3.md §6, §8, §11."""

from ..errors import Malformed
from ..messages import CURRENCY, Refund, Transaction
from . import parsing
from .parsing import JsonObject


def normalize_state(trade_state: str) -> str:
    """Return the state in the words of this package: an accepted deduction is still going on."""
    return 'USERPAYING' if trade_state == 'ACCEPT' else trade_state


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
        trade_state=normalize_state(parsing.text(source, 'trade_state')),
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
