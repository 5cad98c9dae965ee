"""What the shop needs so that customers have something of every kind."""

import secrets
import time
from typing import Any

from tests.client.mini_program import MiniProgram
from tests.client.staff import Staff

MESSAGE_SECONDS = 60


def furnish(servers) -> dict[str, int]:
    """Have coupons to claim; return ids by the place that names them."""
    staff = Staff(servers.shop_url, servers.database, 'admin')
    template = staff.call(
        'wx.coupon.template',
        'create',
        {'name': 'Matrix', 'amount_fen': 100, 'user_qty': 5},
    )
    staff.call('wx.coupon.template', 'action_open', [template])
    return {'template_id': template}


def settle_in(phone: MiniProgram, ids: dict[str, int], number: str) -> dict[str, set[str]]:
    """Give a customer one of everything and return the ids, by the place that names them."""
    claim = f'/coupons/templates/{ids["template_id"]}/claim'
    coupon = phone.call('POST', claim, key=secrets.token_hex(16), json={})
    saved = phone.call(
        'POST', '/recharge/numbers', key=secrets.token_hex(16), json={'phone': number}
    )
    return {
        'order_no': {*phone.orders, *phone.memberships},
        'coupon_id': {str(coupon['id'])},
        'number_id': {str(saved['id'])},
        'message_id': {str(message['id']) for message in await_messages(phone)},
    }


def await_messages(phone: MiniProgram) -> list[dict[str, Any]]:
    """Wait for a message in the inbox: nobody has agreed to messages of WeChat."""
    deadline = time.monotonic() + MESSAGE_SECONDS
    while not (items := phone.call('GET', '/messages')['items']):
        if time.monotonic() > deadline:
            raise TimeoutError('no message in the inbox')
        time.sleep(1)
    return items
