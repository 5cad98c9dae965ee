"""What runs on a customer's phone: the shop's mini-program inside WeChat's client."""

import base64
import secrets
import time
from collections.abc import Callable
from typing import Any

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

APPID = 'wxd678efh567hg6787'

# Public half of the published test key, from its two primes; spec/wechat_pay_v3.md §16, K1.
P = int(
    'd502527ee14e595463ae0dcdfeb00873f024f3805365abdbcab92a052ba84ecf62fe7308fe13b3571a439ed83b'
    '071d9372d97ab193b71a2a13c4a75cfd861a4ca722d532816de8229e9b2a110560c24302cbc1e9bd49917f200c'
    'a8bc190b887dfa3f8d899b6ea052434c282ff9661b6ac5fe91660450cdb56e7498b8eef2110b',
    16,
)
Q = int(
    'c8874fafdbb3a8f833377e139b1f823536b5e958e1061fb3901b5744b0cb85605e218c6860d240443f7c3dbd57'
    '65dbe99196564a4ecc7da2a8dbf0e89b3cb2c81fcc6c75b001d162df26f8cbbb8c25fc82d4ccdd51234ddd5a79'
    'efd849c47909fa737862cefac9f70479538b9ef513d59d0a282748591753d4b822f97d62b733',
    16,
)
MERCHANT_KEY = rsa.RSAPublicNumbers(65537, P * Q).public_key()


class ApiFailure(Exception):
    """The shop answered with an error; `envelope` is the whole answer."""

    def __init__(self, status: int, envelope: dict[str, Any]):
        super().__init__(f'HTTP {status}, code {envelope.get("code")}: {envelope.get("msg")}')
        self.status = status
        self.envelope = envelope


class MiniProgram:
    """One customer's phone.

    :param shop: address of the shop's server
    :param sandbox: address of the sandbox, which plays WeChat
    :param openid: who holds the phone
    :param appid: the app in which the shop is open
    """

    def __init__(self, shop: str, sandbox: str, openid: str | None = None, appid: str = APPID):
        self.shop = shop.rstrip('/')
        self.sandbox = sandbox.rstrip('/')
        self.appid = appid
        self.openid = openid or f'oPhone{secrets.token_hex(10)}'
        self.token = ''
        self.http = requests.Session()

    # === THE SHOP'S API === #

    def call(self, method: str, path: str, *, key: str = '', **request: Any) -> Any:
        """Call the shop and return `data`.

        :param key: idempotency key
        :raise ApiFailure: the envelope's code is not 0
        """
        headers = {}
        if self.token:
            headers['Authorization'] = f'Bearer {self.token}'
        if key:
            headers['Idempotency-Key'] = key
        response = self.http.request(
            method, f'{self.shop}/api/mp/v1{path}', headers=headers, timeout=60, **request
        )
        envelope = response.json()
        if response.status_code != 200 or envelope['code'] != 0:
            raise ApiFailure(response.status_code, envelope)
        return envelope['data']

    def login(self) -> None:
        """Play `wx.login` and log in."""
        code = self.play('/control/login-code', openid=self.openid, appid=self.appid)['code']
        self.token = self.call('POST', '/login', json={'appid': self.appid, 'code': code})['token']

    def order(self, package_id: int, phone: str) -> dict[str, Any]:
        return self.call(
            'POST',
            '/recharge/orders',
            key=secrets.token_hex(16),
            json={'package_id': package_id, 'phone': phone},
        )

    def see(self, order_no: str) -> dict[str, Any]:
        return self.call('GET', f'/recharge/orders/{order_no}')

    def request_payment(self, order_no: str) -> dict[str, Any]:
        """Ask the shop for the payment and return the five fields for `wx.requestPayment`."""
        invoke = self.pay(order_no, channel='wechat')['invoke']
        verify_pay_sign(invoke)
        return invoke

    def pay(self, order_no: str, **way: Any) -> dict[str, Any]:
        """Choose a way to pay and return the shop's whole answer."""
        return self.call('POST', f'/recharge/orders/{order_no}/pay', json=way)

    def refresh(self, order_no: str) -> dict[str, Any]:
        """Tell the shop "I have paid"."""
        return self.call('POST', f'/recharge/orders/{order_no}/refresh')

    def agree_to_messages(self) -> None:
        """Accept the shop's messages in WeChat's dialogue, and tell the shop.

        WeChat counts the consent when the payment sheet is closed with "subscribe".
        """
        asked = self.call('GET', '/messages/consents')['items']
        if asked:
            self.call(
                'POST',
                '/messages/consents',
                key=secrets.token_hex(16),
                json={'consents': {item['template_id']: 'accept' for item in asked[:3]}},
            )

    def cancel(self, order_no: str) -> dict[str, Any]:
        return self.call('POST', f'/recharge/orders/{order_no}/cancel')

    def wallets(self) -> dict[str, dict[str, Any]]:
        """Return the customer's wallets by asset."""
        return {wallet['asset']: wallet for wallet in self.call('GET', '/wallets')['items']}

    def send(self, asset: str, wallet_no: str, amount: int) -> dict[str, Any]:
        """Send something to another customer."""
        return self.call(
            'POST',
            f'/wallets/{asset}/transfer',
            key=secrets.token_hex(16),
            json={'to': wallet_no, 'amount': amount},
        )

    def wait_for(
        self, order_no: str, wanted: Callable[[dict[str, Any]], bool], seconds: float
    ) -> dict[str, Any]:
        """Look at the order until `wanted` is true of it.

        :raise TimeoutError: it was not within `seconds`; names the last state
        """
        deadline = time.monotonic() + seconds
        while True:
            order = self.see(order_no)
            if wanted(order):
                return order
            if time.monotonic() > deadline:
                raise TimeoutError(f'order {order_no} is {order["state"]} after {seconds:.0f} s')
            time.sleep(0.5)

    # === WECHAT'S CLIENT === #

    def play(self, path: str, method: str = 'POST', **values: Any) -> Any:
        """Use the sandbox's control API."""
        response = self.http.request(
            method, f'{self.sandbox}{path}', json=values or None, timeout=60
        )
        if response.status_code >= 400:
            raise RuntimeError(f'{method} {path}: {response.status_code} {response.text[:300]}')
        return response.json() if response.content else None

    def press_pay(self, invoke: dict[str, Any]) -> None:
        """Hand the five fields to WeChat, which verifies them, and press "pay"."""
        self.play('/control/request-payment', appId=APPID, **invoke)
        prepay_id = invoke['package'].removeprefix('prepay_id=')
        self.play(f'/control/prepays/{prepay_id}/pay', openid=self.openid)

    def books(self) -> dict[str, Any]:
        """Return what WeChat and the suppliers have written down."""
        return self.play('/control/books', method='GET')


def verify_pay_sign(invoke: dict[str, Any]) -> None:
    """Check the shop's signature as WeChat's client does.

    Source: spec/wechat_pay_v3.md §5.

    :raise AssertionError: fields missing or of a wrong type, or a wrong signature
    """
    fields = {'timeStamp', 'nonceStr', 'package', 'signType', 'paySign'}
    if set(invoke) != fields or not all(isinstance(value, str) for value in invoke.values()):
        raise AssertionError(f'not the five text fields of wx.requestPayment: {sorted(invoke)}')
    lines = (APPID, invoke['timeStamp'], invoke['nonceStr'], invoke['package'])
    message = ''.join(f'{line}\n' for line in lines).encode()
    try:
        MERCHANT_KEY.verify(
            base64.b64decode(invoke['paySign']), message, padding.PKCS1v15(), SHA256()
        )
    except InvalidSignature:
        raise AssertionError('paySign is wrong') from None
