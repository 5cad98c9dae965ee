"""How customers pay, whatever the document; each product's routes use these."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from odoo.addons.wx_base.api import Moment, Schema

from ..const import CUSTOMER_SCENES, MAX_WALLETS
from ..values import Way

Scene = Literal[CUSTOMER_SCENES]
AssetCode = Annotated[str, StringConstraints(pattern=r'^[A-Za-z0-9_.-]{1,32}$')]


class WalletPart(Schema):
    """What one of the customer's wallets gives."""

    asset: AssetCode
    units: int | None = Field(
        None,
        ge=1,
        le=2**62,
        description='Smallest units of the asset; without it as much as is there and needed',
    )


class PayRequest(Schema):
    """The way to pay: wallets, a channel, or both."""

    channel: Literal['wechat', 'alipay'] | None = Field(
        'wechat', description='Who takes what the wallets do not cover; null: nobody'
    )
    scene: Scene = 'miniprogram'
    wallets: list[WalletPart] = Field([], max_length=MAX_WALLETS)
    return_url: str = Field(
        '',
        max_length=255,
        pattern=r'^(https?://\S+)?$',
        description="Page of the shop to come back to from a provider's page",
    )

    def way(self, call):
        """Return the way of paying that the customer asks for."""
        return Way(
            channel_kind=self.channel or '',
            scene=self.scene,
            wallets=tuple((part.asset, part.units) for part in self.wallets),
            client_ip=call.client_ip,
            return_url=self.return_url,
        )


class PayAnswer(Schema):
    channel: str = Field(description='Empty when wallets paid all of it')
    scene: str
    state: Literal['pending', 'paid']
    expires_at: Moment
    invoke: dict[str, str] = Field(
        description='What the client goes on with: the arguments of `wx.requestPayment` or of the '
        "app's SDK, `h5_url`, `code_url` with `qr_image`, or `url` with `form`"
    )
