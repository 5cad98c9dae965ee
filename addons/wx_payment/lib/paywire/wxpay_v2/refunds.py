"""Refunds; asking for one needs the merchant certificate. Source: spec/wechat_pay_v2.md §3."""

from ..messages import Refund
from ..orders import RefundOrder
from ..wxpay_v3 import writing
from .exchange import Connection
from .messages import parse_accepted_refund, parse_listed_refund


def refund(connection: Connection, order: RefundOrder) -> Refund:
    """Ask for a refund; success only means that it was accepted.

    After any error: `query_refund`, and only when that says NotFound ask again with the same
    number.

    :raise WireError: see the package's errors
    """
    fields = {
        # Exactly one of the two.
        'transaction_id': order.transaction_id,
        'out_trade_no': '' if order.transaction_id else order.out_trade_no,
        'out_refund_no': writing.check_out_refund_no(order.out_refund_no),
        'total_fee': str(writing.check_amount(order.total_fen)),
        'refund_fee': str(writing.check_amount(order.refund_fen)),
        'refund_desc': writing.clean_text(order.reason, 80),
        'notify_url': writing.check_notify_url(order.notify_url, 256),
    }
    return parse_accepted_refund(connection.call('/secapi/pay/refund', fields, certificate=True))


def query_refund(connection: Connection, out_refund_no: str) -> Refund:
    """Return a refund by our number.

    :raise NotFound: never accepted
    """
    answer = connection.call('/pay/refundquery', {'out_refund_no': out_refund_no})
    return parse_listed_refund(answer, out_refund_no)
