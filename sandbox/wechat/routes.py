"""Routes of the mini-program's server API."""

from __future__ import annotations

from starlette.routing import Route

from ..state import Sandbox
from . import login, shipping, subscribe
from .kernel import wechat_route


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes bound to one simulated world."""
    table = (
        ('/sns/jscode2session', 'GET', 'wechat.code2session', login.code2session),
        ('/cgi-bin/stable_token', 'POST', 'wechat.stable_token', login.stable_token),
        (
            '/wxa/business/getuserphonenumber',
            'POST',
            'wechat.phone_number',
            login.user_phone_number,
        ),
        ('/cgi-bin/message/subscribe/send', 'POST', 'wechat.subscribe_send', subscribe.send),
        (
            '/wxa/sec/order/upload_shipping_info',
            'POST',
            'wechat.upload_shipping_info',
            shipping.upload_shipping_info,
        ),
        ('/wxa/sec/order/get_order', 'POST', 'wechat.get_order', shipping.get_order),
    )
    return [wechat_route(sandbox, *row) for row in table]
