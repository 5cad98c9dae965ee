"""Routes of the control API."""

from __future__ import annotations

from starlette.routing import Route

from ..alipay import control as alipay
from ..state import Sandbox
from . import payments, people, suppliers, wechatpay, world
from .kernel import control_route


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes bound to one simulated world."""
    table = (
        ('GET', '/control/health', world.health),
        ('POST', '/control/reset', world.reset),
        ('POST', '/control/clock', world.clock),
        ('POST', '/control/faults', world.add_fault),
        ('GET', '/control/faults', world.list_faults),
        ('DELETE', '/control/faults', world.clear_faults),
        ('DELETE', '/control/faults/{fault_id:int}', world.remove_fault),
        ('GET', '/control/books', world.books),
        *suppliers.CALLS,
        ('POST', '/control/refunds/{out_refund_no}/finish', wechatpay.finish_refund),
        ('POST', '/control/refunds', wechatpay.console_refund),
        ('GET', '/control/bills', wechatpay.bills),
        ('POST', '/control/keys', wechatpay.set_keys),
        ('POST', '/control/merchant', wechatpay.set_merchant),
        ('POST', '/control/tokens/expire', world.expire_wechat_tokens),
        ('POST', '/control/login-code', people.login_code),
        ('POST', '/control/phone-code', people.phone_code),
        ('POST', '/control/encrypt', people.encrypt),
        ('POST', '/control/request-payment', payments.request_payment),
        ('GET', '/control/prepays', payments.prepays),
        ('POST', '/control/prepays/{prepay_id}/open', payments.open_sheet),
        ('POST', '/control/prepays/{prepay_id}/pay', payments.pay),
        ('POST', '/control/prepays/{prepay_id}/cancel', payments.cancel),
        ('POST', '/control/scan', payments.scan),
        ('POST', '/control/payment-codes', payments.payment_code),
        *alipay.CALLS,
        ('GET', '/control/messages', people.messages),
        ('POST', '/control/subscriptions', people.subscriptions),
    )
    return [control_route(sandbox, path, method, handler) for method, path, handler in table]
