"""Everything the simulator knows, in memory, behind one object."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from .alipay.state import AlipayState
from .books import Books
from .china.state import juhe_account, yrapi_account
from .clock import Scheduler, VirtualClock
from .delivery import Courier
from .ding.state import ding_account
from .dtone.state import dtone_account
from .faults import FaultBook
from .reloadly.state import ReloadlyState
from .topup.state import Account
from .wechat.state import WechatState
from .wxpay.state import WxpayState


@dataclass(frozen=True)
class Options:
    """How the process was started."""

    shop_url: str = 'http://127.0.0.1:8069'
    speed: float = 1.0
    # Where suppliers send the callbacks of orders that name no address, by supplier.
    callback_urls: Mapping[str, str] = field(default_factory=dict)
    # Hosts besides the loopback addresses that may be notified over plain http (compose network).
    local_hosts: frozenset[str] = field(default_factory=frozenset)
    # Where people's browsers find the sandbox; the address it is called by when empty.
    public_url: str = ''


class Sandbox:
    """Hold the simulated companies, their clock, their books and the faults in waiting."""

    def __init__(
        self, options: Options | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Start with nothing but the built-in identities.

        :param transport: carries notices and phone traffic to the shop; the network when absent
        """
        self.options = options or Options()
        self.clock = VirtualClock(self.options.speed)
        self.scheduler = Scheduler(self.clock)
        # No proxies and no redirects: the real companies follow none, and the shop is next door.
        # A connection for each notice: a stale one must not count as a refused notice.
        self.client = httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=30.0,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self.faults = FaultBook()
        self.wechat = WechatState()
        self._begin()

    def _begin(self) -> None:
        self.books = Books()
        self.wxpay = WxpayState()
        self.alipay = AlipayState()
        self._open_accounts()
        self.courier = Courier(self.scheduler, self.faults, self.books, self.client)

    def _open_accounts(self) -> None:
        self.reloadly = ReloadlyState()
        self.dtone = dtone_account()
        self.ding = ding_account()
        self.yrapi = yrapi_account()
        self.juhe = juhe_account()
        for name, url in self.options.callback_urls.items():
            self.suppliers[name].callback_url = url

    @property
    def suppliers(self) -> dict[str, Account]:
        """Return the accounts at the top-up suppliers by their names."""
        return {
            'reloadly': self.reloadly,
            'dtone': self.dtone,
            'ding': self.ding,
            'yrapi': self.yrapi,
            'juhe': self.juhe,
        }

    def reset(self, everything: bool = False) -> None:
        """Forget orders, books, faults and waiting jobs.

        People stay registered unless `everything` is wanted: an openid stored by the shop stays
        valid, as in life.
        """
        self.scheduler.clear()
        self.scheduler.set_speed(self.options.speed)
        self.faults.clear()
        self.wechat = WechatState() if everything else self.wechat.without_history()
        self._begin()

    async def close(self) -> None:
        """Stop the background jobs and the connections."""
        await self.scheduler.close()
        await self.client.aclose()


def digits(length: int) -> str:
    """Return random decimal digits: no number may repeat after a restart, the shop keeps them."""
    return ''.join(secrets.choice('0123456789') for _ in range(length))
