"""The shop with every kind of channel, its staff, and what they do for one order."""

import base64
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bootstrap.serve import Stack
from tests.client.funding import fund
from tests.client.mini_program import APPID, MiniProgram
from tests.client.staff import Refusal, Staff
from tests.e2e.channel_keys import alipay_keys, v2_keys, v3_keys
from tests.e2e.providers import Provider
from tests.e2e.ways import (
    ALIPAY,
    ALIPAY_CERTIFIED,
    COUNTER,
    V2_HMAC,
    V2_MD5,
    V3,
    V3_CERTIFIED,
    Way,
)

PATIENCE_SECONDS = 30
# Apps of the sandbox: sandbox/README.md.
OFFICIAL_ACCOUNT, MOBILE_APP = 'wx5f1a2b3c4d5e6f70', 'wx6e7d8c9b0a1f2e3d'
SECRETS = {
    OFFICIAL_ACCOUNT: '00112233445566778899aabbccddeeff',
    MOBILE_APP: 'ffeeddccbbaa99887766554433221100',
}
SCENES = ('miniprogram', 'jsapi', 'app', 'h5', 'native', 'code')
# What each wallet that is needed has at first, in its smallest unit.
FUNDS = 10_000
POINTS_PER_FEN = 10


@dataclass(frozen=True)
class Purchase:
    """One order of a customer.

    :ivar str number: under which the first payment is known to a provider
    """

    phone: MiniProgram
    topped_up: str
    order_no: str
    amount_fen: int
    payment_id: int
    number: str


class Floor:
    """The shop, and everybody who works there."""

    def __init__(self, servers: Stack):
        self.servers = servers
        self.world = MiniProgram(servers.shop_url, servers.sandbox_url)
        self.admin, self.operator, self.support, self.finance = (
            Staff(servers.shop_url, servers.database, login)
            for login in ('admin', 'operator', 'support', 'finance')
        )
        self.numbers = itertools.count(1000)
        self.apps = {APPID: self.admin.read('wx.app', [('appid', '=', APPID)])[0]['id']}
        self.channels: dict[str, list[int]] = {}
        self.preferred = ''

    # === SETTING UP, AS AN ADMINISTRATOR DOES === #

    def open(self) -> None:
        """Enter the apps, the channels of all kinds and what points are worth."""
        for appid, secret in SECRETS.items():
            values = {'name': appid, 'appid': appid, 'secret': secret, 'endpoint': 'simulator'}
            [self.apps[appid]] = self.admin.call('wx.app', 'create', [values])
        for provider in (V3, V3_CERTIFIED, V2_HMAC, V2_MD5):
            keys = v3_keys(provider) if provider.kind == 'wxpay_v3' else v2_keys(provider)
            for appid in self.apps:
                self._open_channel(provider, appid, **keys)
        for provider in (ALIPAY, ALIPAY_CERTIFIED):
            self._open_channel(provider, APPID, **alipay_keys(provider))
        self._open_channel(COUNTER, APPID)
        self._let_points_pay()
        # WeChat Pay closes no order of v2 younger than that.
        self.world.play('/control/merchant', mchid=V2_HMAC.account, close_after=0)

    def _open_channel(self, provider: Provider, appid: str, **keys: Any) -> None:
        values = {
            'name': f'{provider.name} {appid}',
            'kind': provider.kind,
            'app_id': self.apps[appid],
            'endpoint': 'simulator',
            'weight': 0,
            **keys,
        }
        if provider.kind == 'wxpay_v3':
            # Code payments have to be switched on with v3.
            scenes = self.admin.read('wx.payment.scene', [('code', 'in', SCENES)])
            values['scene_ids'] = [(6, 0, [scene['id'] for scene in scenes])]
        made = self.admin.call('wx.payment.channel', 'create', [values])
        self.channels.setdefault(provider.name, []).extend(made)

    def _let_points_pay(self) -> None:
        assets = self.admin.read('wx.ledger.asset', [('code', 'in', ('CNY', 'POINTS'))], 'code')
        ids = {asset['code']: asset['id'] for asset in assets}
        self.admin.call('wx.ledger.asset', 'write', [ids['POINTS']], {'payable': True})
        rate = {
            'source_asset_id': ids['POINTS'],
            'target_asset_id': ids['CNY'],
            'source_amount': POINTS_PER_FEN,
            'target_amount': 1,
        }
        with pytest.raises(Refusal) as caught:
            self.admin.call('wx.ledger.rate', 'create', [rate])
        request_id = caught.value.arguments[1]['res_id']
        reason = {'reason': 'Points are worth a tenth of a fen'}
        self.admin.call('rbac.approval', 'write', [request_id], reason)
        self.admin.call('rbac.approval', 'action_submit', [request_id])
        self.finance.call('rbac.approval', 'action_approve', [request_id])

    def prefer(self, way: Way) -> None:
        """Give all payments that this provider can take to it: the others have no weight."""
        wanted = way.provider.name if way.provider else self.preferred
        if wanted != self.preferred:
            everything = self.admin.call('wx.payment.channel', 'search', [])
            self.admin.call('wx.payment.channel', 'write', everything, {'weight': 0})
            self.admin.call('wx.payment.channel', 'write', self.channels[wanted], {'weight': 10})
            self.preferred = wanted

    # === CUSTOMERS === #

    def customer(self, way: Way) -> MiniProgram:
        """Log a customer in where this way to pay is used, with money in the wallets it needs."""
        appid = APPID
        if way.provider in (V3, V3_CERTIFIED, V2_HMAC, V2_MD5):
            appid = {'jsapi': OFFICIAL_ACCOUNT, 'app': MOBILE_APP}.get(way.scene, APPID)
        phone = MiniProgram(self.servers.shop_url, self.servers.sandbox_url, appid=appid)
        phone.login()
        for asset in way.wallets:
            fund(self.servers, phone.openid, FUNDS, asset)
        return phone

    def place(self, phone: MiniProgram, ending: str) -> Purchase:
        """Order the first package; the supplier decides by the end of the number."""
        query = {'country': 'TH', 'kind': 'airtime'}
        package = phone.call('GET', '/packages', params=query)['items'][0]
        topped_up = f'+6681{next(self.numbers)}{ending}'
        order = phone.order(package['id'], topped_up)
        [found] = self.admin.read(
            'wx.recharge.order', [('order_no', '=', order['order_no'])], 'payment_order_id'
        )
        payment_id, name = found['payment_order_id']
        return Purchase(
            phone, topped_up, order['order_no'], order['amount_fen'], payment_id, f'{name}_1'
        )

    def topups(self, purchase: Purchase) -> list[dict[str, Any]]:
        """Return what the supplier was asked to do for an order."""
        digits = purchase.topped_up.lstrip('+')
        found = self.world.books()['topups']
        return [item for item in found if item['recipientPhone'].lstrip('+') == digits]

    # === STAFF === #

    def operate(self, person: Staff, method: str, purchase: Purchase, *values: Any) -> Any:
        """Have somebody press a button on the payment of an order."""
        return person.call('wx.payment.order', method, [purchase.payment_id], *values)

    def take_in(self, purchase: Purchase) -> None:
        """Have support mark an order as paid at the counter, and finance consent."""
        [attempt] = self.admin.read(
            'wx.payment.attempt', [('order_id', '=', purchase.payment_id)], 'state'
        )
        self._confirm(self.support, self.finance, attempt_id=attempt['id'])

    def hand_back(self, refund_id: int) -> None:
        """Have finance mark a refund as handed back, and an administrator consent."""
        self._confirm(self.finance, self.admin, refund_id=refund_id)

    def _confirm(self, person: Staff, second: Staff, **confirmed: int) -> None:
        receipt = {
            'name': 'receipt.txt',
            'datas': base64.b64encode(b'Cash, receipt 0815').decode(),
            'res_model': 'wx.payment.evidence.wizard',
        }
        [file_id] = person.call('ir.attachment', 'create', [receipt])
        values = {'note': 'Cash', 'attachment_ids': [(6, 0, [file_id])], **confirmed}
        wizard = person.call('wx.payment.evidence.wizard', 'create', [values])
        request = person.call('wx.payment.evidence.wizard', 'action_confirm', wizard)
        assert request['res_model'] == 'rbac.approval', request
        second.call('rbac.approval', 'action_approve', [request['res_id']])

    def ask(self, purchase: Purchase) -> None:
        """Have the provider asked: the customer says "I have paid", or the person at the till."""
        self.operate(self.finance, 'action_query', purchase)
        purchase.phone.refresh(purchase.order_no)

    # === BOOKS === #

    def told(self, purchase: Purchase) -> list[str]:
        """Return what became of the notices about an order."""
        domain = [('order_id', '=', purchase.payment_id)]
        found = self.admin.read('wx.payment.notification', domain, 'state')
        return [notice['state'] for notice in found]

    def uploads(self, purchase: Purchase) -> int:
        """Return how many times WeChat is, or will be, told of the delivery."""
        domain = [('order_id.order_no', '=', purchase.order_no)]
        return self.admin.call('wx.recharge.shipping', 'search_count', domain)

    def payment(self, purchase: Purchase) -> dict[str, Any]:
        names = ('state', 'amount_fen', 'paid_fen', 'refunding_fen', 'refunded_fen')
        [found] = self.admin.read('wx.payment.order', [('id', '=', purchase.payment_id)], *names)
        return found

    def refunds(self, purchase: Purchase) -> list[dict[str, Any]]:
        domain = [('order_id', '=', purchase.payment_id)]
        return self.admin.read('wx.payment.refund', domain, 'state', 'amount_fen', 'attempt_id')

    def owed(self, provider: Provider) -> int:
        """Return what a provider owes the shop, by the ledger."""
        domain = [
            ('owner_model', '=', 'wx.payment.channel'),
            ('purpose', '=', 'clearing'),
            ('owner_res_id', 'in', self.channels[provider.name]),
        ]
        found = self.admin.read('wx.ledger.account', domain, 'current_balance')
        return -sum(int(account['current_balance']) for account in found)

    def prove(self) -> dict[str, Any]:
        """Have the whole ledger proven and return how it ended."""
        proof_id = self.admin.call('wx.ledger.proof', 'action_prove_now', [])['res_id']
        names = ('state', 'finding_count', 'posting_count')

        def look() -> dict[str, Any]:
            return self.admin.call('wx.ledger.proof', 'read', [proof_id], list(names))[0]

        wait(lambda: look()['state'] != 'running', 'the proof of the ledger')
        return look()


def wait(happened: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    """Look until `happened` returns something true, and return that."""
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline, f'after {seconds:.0f} s still waiting for {what}'
        time.sleep(0.1)
    return found
