"""What the payment models hand to each other. Amounts are in fen."""

import json
from dataclasses import dataclass

from odoo import models


@dataclass(frozen=True)
class Way:
    """How a customer wants to pay.

    :ivar str channel_kind: e.g. `wxpay_v3`; '' when wallets pay all of it
    :ivar str scene: of `const.SCENES`
    :ivar tuple wallets: `((code of an asset, units or None for as much as possible), …)`
    :ivar str client_ip: address of the customer's device
    :ivar str return_url: where the provider's page sends the customer afterwards
    :ivar str auth_code: the payment code that staff scanned
    """

    channel_kind: str = ''
    scene: str = 'miniprogram'
    wallets: tuple = ()
    client_ip: str = ''
    return_url: str = ''
    auth_code: str = ''

    @property
    def choice(self):
        """What the parts of the order depend on, as text."""
        return json.dumps([self.channel_kind, self.scene, self.wallets])


@dataclass(frozen=True)
class Part:
    """What a wallet is to give: `units` of `account`, worth `amount_fen`."""

    account: models.BaseModel
    units: int
    amount_fen: int


@dataclass(frozen=True)
class Notice:
    """What is known of a notice when it comes in, before it is processed.

    :ivar str business_key: our number at the provider, '' when it cannot be read yet
    :ivar str dedup_key: the same fact has the same key, however often and under whatever id it
        comes
    """

    event_id: str
    event_type: str
    original_type: str
    summary: str
    business_key: str
    dedup_key: str


@dataclass(frozen=True)
class RefundHint:
    """A notice tells that something became of a refund; the provider is to be asked what."""

    out_trade_no: str
    out_refund_no: str


@dataclass(frozen=True)
class Receipt:
    """What a provider is answered to a notice."""

    http_status: int
    body: str
    content_type: str = 'application/json; charset=utf-8'


@dataclass(frozen=True)
class Address:
    """Whom a notice is for, known without a query."""

    channel_id: int
    company_id: int
    provider: str
