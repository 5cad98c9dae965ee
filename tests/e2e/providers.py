"""The providers as a paying customer sees them, and as their books show a payment."""

import random
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, ClassVar

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.client import signed_fields
from tests.client.mini_program import MiniProgram

SANDBOX = Path(__file__).parents[2] / 'sandbox'
BACK = 'https://shop.example/paid?from=provider'
CLOSED = {'CLOSED', 'REVOKED', 'TRADE_CLOSED'}


def sandbox_file(name: str) -> str:
    return (SANDBOX / name).read_text()


def load_public_key(name: str) -> rsa.RSAPublicKey:
    key = load_pem_public_key(sandbox_file(name).encode())
    assert isinstance(key, rsa.RSAPublicKey)
    return key


@dataclass(frozen=True)
class Entry:
    """What a provider has written down of one number."""

    paid_fen: int = 0
    refunds: tuple[int, ...] = ()
    is_closed: bool = False


@dataclass(frozen=True)
class Provider:
    """A merchant account.

    :ivar str kind: kind of the channel
    :ivar str account: number of the merchant or of its app
    :ivar str word: what the API calls the provider
    """

    kind: str
    account: str = ''
    word: ClassVar[str] = ''

    @property
    def name(self) -> str:
        """Return what the channels of this account are told apart by."""
        return f'{self.kind} {self.account}'

    def find(self, world: MiniProgram, number: str) -> Entry:
        """Return what the provider's books say of a number of ours."""
        raise NotImplementedError

    def delay_refund(self, world: MiniProgram, number: str) -> None:
        """Have the money of the next refund move later than the provider answers."""


# === WECHAT PAY === #


@dataclass(frozen=True)
class WeChatPay(Provider):
    """A merchant of WeChat Pay.

    :ivar str secret: APIv2 key; v2 only
    :ivar str sign_type: v2 only
    """

    secret: str = ''
    sign_type: str = ''
    word: ClassVar[str] = 'wechat'

    @property
    def name(self) -> str:
        return f'{self.kind} {self.account} {self.sign_type}'.strip()

    def press(self, phone: MiniProgram, scene: str, invoke: dict[str, str], number: str) -> None:
        """Open what the shop gave, as this client does, and press "pay"."""
        if scene == 'h5':
            self._press_page(invoke['h5_url'])
            return
        if scene == 'native':
            check_image(invoke)
            sheet = phone.play('/control/scan', code_url=invoke['code_url'])['prepay']
        else:
            self.verify(scene, invoke, phone.appid)
            values = {'appId': phone.appid, **invoke} if scene != 'app' else invoke
            sheet = phone.play('/control/request-payment', **values)['prepay']
        assert sheet['out_trade_no'] == number
        phone.play(f'/control/prepays/{sheet["prepay_id"]}/pay', openid=phone.openid)

    def verify(self, scene: str, invoke: dict[str, str], appid: str) -> None:
        """Check the signature with the merchant's public key, or its APIv2 key."""
        if self.kind == 'wxpay_v3':
            key = load_public_key(f'keys/merchant_{self.account}.pub.pem')
            check = signed_fields.verify_app_v3 if scene == 'app' else signed_fields.verify_page_v3
            check(invoke, appid, key)
        else:
            check = signed_fields.verify_app_v2 if scene == 'app' else signed_fields.verify_page_v2
            check(invoke, appid, self.secret, self.sign_type)
        # A page in WeChat has to be told the appid; a mini-program knows its own.
        assert ('appId' in invoke) == (scene == 'jsapi')

    def _press_page(self, url: str) -> None:
        answer = requests.get(url, timeout=30)
        assert answer.status_code == 200, answer.text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))
        fields = {name: unescape(value) for name, value in fields.items()}
        address = answer.url.partition('?')[0]
        pressed = requests.post(
            address, data={**fields, 'action': 'pay'}, timeout=30, allow_redirects=False
        )
        assert (pressed.status_code, pressed.headers.get('Location')) == (303, BACK), pressed.text

    def show_code(self, phone: MiniProgram, outcome: str) -> str:
        shown = phone.play('/control/payment-codes', openid=phone.openid, outcome=outcome)
        return shown['auth_code']

    def type_password(self, phone: MiniProgram, number: str) -> None:
        [sheet] = phone.play(f'/control/prepays?out_trade_no={number}', method='GET')['items']
        phone.play(f'/control/prepays/{sheet["prepay_id"]}/pay', openid=phone.openid)

    def find(self, world: MiniProgram, number: str) -> Entry:
        books = world.books()
        for item in books['transactions']:
            if (item['mchid'], item['out_trade_no']) == (self.account, number):
                return Entry(
                    item['amount']['total'] if 'transaction_id' in item else 0,
                    tuple(
                        refund['amount']['refund']
                        for refund in books['refunds']
                        if refund['out_trade_no'] == number and refund['status'] == 'SUCCESS'
                    ),
                    item['trade_state'] in CLOSED,
                )
        return Entry()


# === ALIPAY === #


@dataclass(frozen=True)
class Alipay(Provider):
    """An app of a merchant of Alipay."""

    word: ClassVar[str] = 'alipay'

    def press(self, phone: MiniProgram, scene: str, invoke: dict[str, str], number: str) -> None:
        """Open what the shop gave, as this client does, and press "pay"."""
        self.open(phone, scene, invoke, number)
        if scene in ('page', 'h5'):
            address = requests.get(invoke['url'], timeout=30).url
            pressed = requests.post(address, data='action=pay', timeout=30, allow_redirects=False)
            assert pressed.status_code == 303, pressed.text
            assert pressed.headers['Location'].startswith(f'{BACK}&')
        else:
            phone.play(f'/control/alipay/trades/{number}/pay')

    def open(self, phone: MiniProgram, scene: str, invoke: dict[str, str], number: str) -> None:
        """Go to the cashier and stay there; from then on Alipay knows the number."""
        if scene == 'native':
            check_image(invoke)
            assert requests.get(invoke['code_url'], timeout=30).status_code == 200
            return
        if scene == 'app':
            content = self.verify(invoke['order_string'])
            phone.play('/control/alipay/app', order_string=invoke['order_string'])
        else:
            content = self.verify(invoke['url'].partition('?')[2])
            assert 'method="post"' in invoke['form'], invoke['form']
            page = requests.get(invoke['url'], timeout=30)
            assert number in page.text, page.text
            requests.post(page.url, data='action=open', timeout=30).raise_for_status()
        assert content['out_trade_no'] == number

    def verify(self, query: str) -> dict[str, str]:
        key = load_public_key(f'alipay/keys/app_{self.account}.pub.pem')
        return signed_fields.verify_alipay(query, key)

    def show_code(self, phone: MiniProgram, outcome: str) -> str:
        # The sandbox decides by the last two digits: 02 waits until somebody pays.
        ending = {'paid': '00', 'password': '02', 'not_enough': '04'}[outcome]
        return f'28{random.randrange(10**14):014d}{ending}'

    def type_password(self, phone: MiniProgram, number: str) -> None:
        phone.play(f'/control/alipay/trades/{number}/pay')

    def find(self, world: MiniProgram, number: str) -> Entry:
        path = f'/control/alipay/trades?out_trade_no={number}'
        for item in world.play(path, method='GET')['items']:
            if item['app_id'] == self.account:
                done = [refund['refund_amount'] for refund in item['refunds'] if refund['done']]
                return Entry(
                    to_fen(item['total_amount']) if item['paid_at'] else 0,
                    tuple(to_fen(amount) for amount in done),
                    item['trade_status'] in CLOSED,
                )
        return Entry()

    def delay_refund(self, world: MiniProgram, number: str) -> None:
        fault = {'fault': 'refund_outcome', 'target': number, 'status': 'SUCCESS', 'seconds': 30}
        world.play('/control/faults', **fault)


@dataclass(frozen=True)
class Counter(Provider):
    """Nobody but our own staff; there are no other books."""

    word: ClassVar[str] = 'offline'


def to_fen(yuan: str) -> int:
    whole, _point, part = yuan.partition('.')
    return int(whole) * 100 + int(part.ljust(2, '0'))


def check_image(invoke: dict[str, Any]) -> None:
    """Check that the QR code comes as an image that can be shown as it is."""
    assert invoke['qr_image'].startswith('data:image/png;base64,iVBORw0KGgo'), invoke
