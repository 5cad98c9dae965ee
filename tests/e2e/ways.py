"""The ways to pay, and the merchant accounts of the sandbox that they are tried with."""

from dataclasses import dataclass, field
from typing import Any

from tests.e2e.providers import BACK, Alipay, Counter, WeChatPay

# === ACCOUNTS, see sandbox/README.md === #

V3 = WeChatPay('wxpay_v3', '1900009191')
# An older merchant: WeChat Pay signs with a platform certificate, which the shop has to fetch.
V3_CERTIFIED = WeChatPay('wxpay_v3', '1900009192')
V2_KEY = 'c09247ec02edce69f6a2d1920062502b'
V2_HMAC = WeChatPay('wxpay_v2', '1900009192', V2_KEY, 'HMAC-SHA256')
V2_MD5 = WeChatPay('wxpay_v2', '1900009192', V2_KEY, 'MD5')
ALIPAY = Alipay('alipay', '2021000000000001')
ALIPAY_CERTIFIED = Alipay('alipay', '2021000000000002')
COUNTER = Counter('offline')


# === WAYS === #


@dataclass(frozen=True)
class Way:
    """One way to pay.

    :ivar provider: who takes what the wallets do not; None when they pay all of it
    :ivar dict wallets: asset → units, None for as much as is needed
    """

    id: str
    provider: Any
    scene: str = 'miniprogram'
    wallets: dict[str, int | None] = field(default_factory=dict)

    @property
    def choice(self) -> dict[str, Any]:
        """Return what the customer asks the API for."""
        parts = [
            {'asset': asset, **({'units': units} if units else {})}
            for asset, units in self.wallets.items()
        ]
        word = self.provider.word if self.provider else None
        return {'channel': word, 'scene': self.scene, 'wallets': parts, 'return_url': BACK}


ONLINE = (
    ('wechat-v3', V3, ('miniprogram', 'jsapi', 'app', 'h5', 'native', 'code')),
    ('wechat-v3-certificate', V3_CERTIFIED, ('miniprogram', 'native')),
    ('wechat-v2-hmac', V2_HMAC, ('miniprogram', 'jsapi', 'app', 'h5', 'native', 'code')),
    ('wechat-v2-md5', V2_MD5, ('miniprogram', 'jsapi', 'app', 'h5', 'native', 'code')),
    ('alipay', ALIPAY, ('page', 'h5', 'app', 'native', 'code')),
    ('alipay-certificate', ALIPAY_CERTIFIED, ('page', 'code')),
)
WAYS = (
    *(Way(f'{name}-{scene}', who, scene) for name, who, scenes in ONLINE for scene in scenes),
    Way('wallet', None, wallets={'CNY': None}),
    Way('wallet-and-wechat', V3, wallets={'CNY': 700}),
    Way('wallet-and-alipay', ALIPAY, 'page', {'CNY': 700}),
    Way('points-wallet-and-wechat', V3, wallets={'POINTS': 3000, 'CNY': 700}),
    Way('counter', COUNTER, 'counter'),
)
