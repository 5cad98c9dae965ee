"""Payments and refunds as Alipay describes them. Source: spec/alipay.md §5, §6."""

from types import MappingProxyType

from ..errors import Malformed
from ..messages import CURRENCY, Refund, Transaction
from ..orders import RefundOrder
from . import parsing
from .parsing import JsonObject

PAID_STATES = frozenset({'TRADE_SUCCESS', 'TRADE_FINISHED'})
TRADE_STATES = MappingProxyType(
    {
        'WAIT_BUYER_PAY': 'NOTPAY',
        'TRADE_SUCCESS': 'SUCCESS',
        'TRADE_FINISHED': 'SUCCESS',
        'TRADE_CLOSED': 'CLOSED',
    }
)
# Any other word, or a new one, is not the end: the refund is asked about again.
REFUND_STATES = MappingProxyType({'REFUND_SUCCESS': 'SUCCESS'})


def parse_transaction(
    source: JsonObject, *, trade_state: str, appid: str, mchid: str
) -> Transaction:
    """Return a payment; who it belongs to is known from the call, or read from a notice.

    :param source: content of an answer, or the parameters of a notice
    :param trade_state: see `trade_state`
    :param appid: the app
    :param mchid: the seller's id
    :raise Malformed: a field is missing or has a wrong type
    """
    paid_at = parsing.optional_moment(source, 'gmt_payment')
    transaction = Transaction(
        appid=appid,
        mchid=mchid,
        out_trade_no=parsing.text(source, 'out_trade_no'),
        trade_state=trade_state,
        transaction_id=parsing.text(source, 'trade_no', default=''),
        trade_type='',
        trade_state_desc=parsing.text(source, 'trade_status', default=''),
        bank_type='',
        attach=parsing.text(source, 'passback_params', default=''),
        openid=_payer(source),
        success_time=paid_at or parsing.optional_moment(source, 'send_pay_date'),
        total_fen=parsing.optional_fen(source, 'total_amount'),
        # A query of a paid trade may say 0.00 here, which says nothing.
        payer_total_fen=parsing.optional_fen(source, 'buyer_pay_amount') or None,
        currency=parsing.text(source, 'trans_currency', default=CURRENCY),
    )
    if transaction.is_paid and (not transaction.transaction_id or transaction.total_fen is None):
        raise Malformed('A paid trade has no trade_no or no amount.')
    return transaction


def trade_state(source: JsonObject) -> str:
    """Return the state of a query's answer or of a notice, in the words of all providers.

    TRADE_CLOSED says two things: never paid, or paid and wholly given back. Only the latter has
    a time of payment, a time of the refund or a refunded amount.

    :raise Malformed: no state, or an unknown one
    """
    status = parsing.text(source, 'trade_status')
    if status not in TRADE_STATES:
        raise Malformed('trade_status is unknown.')
    if parsing.optional_fen(source, 'refund_fee') or source.get('gmt_refund'):
        return 'REFUND'
    if status == 'TRADE_CLOSED' and (source.get('send_pay_date') or source.get('gmt_payment')):
        return 'REFUND'
    return TRADE_STATES[status]


def _payer(source: JsonObject) -> str:
    for name in ('buyer_open_id', 'buyer_user_id', 'buyer_id'):
        if source.get(name):
            return parsing.text(source, name)
    return ''


def parse_refund(source: JsonObject, order: RefundOrder, *, mchid: str) -> Refund:
    """Return the refund of the answer to a request for it.

    The answer tells the sum of all refunds of the trade only, so the amount is the one asked for:
    the number stands for it, as the same number with another amount is refused.

    :raise Malformed: a field is missing or has a wrong type
    """
    done = parsing.text(source, 'fund_change') == 'Y'
    return Refund(
        refund_id='',
        out_refund_no=order.out_refund_no,
        transaction_id=parsing.text(source, 'trade_no'),
        out_trade_no=parsing.text(source, 'out_trade_no'),
        # N: nothing moved now, perhaps because it moved before. Only a query tells.
        status='SUCCESS' if done else 'PROCESSING',
        channel='',
        user_received_account='',
        success_time=parsing.optional_moment(source, 'gmt_refund_pay') if done else None,
        total_fen=order.total_fen,
        refund_fen=order.refund_fen,
        payer_total_fen=None,
        payer_refund_fen=None,
        currency=CURRENCY,
        mchid=mchid,
    )


def parse_refund_query(source: JsonObject, *, mchid: str) -> Refund:
    """Return the refund of a query's answer that has a ``refund_status``.

    :raise Malformed: a field is missing or has a wrong type
    """
    status = REFUND_STATES.get(parsing.text(source, 'refund_status'), 'PROCESSING')
    done = status == 'SUCCESS'
    return Refund(
        refund_id='',
        out_refund_no=parsing.text(source, 'out_request_no'),
        transaction_id=parsing.text(source, 'trade_no', default=''),
        out_trade_no=parsing.text(source, 'out_trade_no'),
        status=status,
        channel='',
        user_received_account='',
        success_time=parsing.optional_moment(source, 'gmt_refund_pay') if done else None,
        total_fen=parsing.fen(source, 'total_amount'),
        refund_fen=parsing.fen(source, 'refund_amount'),
        payer_total_fen=None,
        payer_refund_fen=None,
        currency=CURRENCY,
        mchid=mchid,
    )
