"""The calls of v2. Source: spec/wechat_pay_v2.md §3."""

from __future__ import annotations

from starlette.routing import Route

from ..state import Sandbox
from . import bills, charges, orders, refunds
from .kernel import Operation, v2_route

OPERATIONS = (
    Operation(
        '/pay/unifiedorder', 'wxpayv2.unifiedorder', orders.unified_order, orders.UNIFIED_FIELDS
    ),
    Operation('/pay/orderquery', 'wxpayv2.orderquery', orders.order_query, orders.NUMBER_FIELDS),
    Operation('/pay/closeorder', 'wxpayv2.closeorder', orders.close_order, orders.CLOSE_FIELDS),
    Operation('/pay/micropay', 'wxpayv2.micropay', charges.micropay, charges.FIELDS),
    Operation(
        '/secapi/pay/reverse',
        'wxpayv2.reverse',
        charges.reverse,
        orders.NUMBER_FIELDS,
        certificate=True,
    ),
    Operation(
        '/secapi/pay/refund',
        'wxpayv2.refund',
        refunds.refund,
        refunds.REFUND_FIELDS,
        certificate=True,
    ),
    Operation(
        '/pay/refundquery', 'wxpayv2.refundquery', refunds.refund_query, refunds.QUERY_FIELDS
    ),
    Operation('/pay/downloadbill', 'wxpayv2.downloadbill', bills.download_bill, bills.FIELDS),
)


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of v2."""
    return [v2_route(sandbox, operation) for operation in OPERATIONS]
