"""What WeChat Pay remembers: orders, refunds, prepay sessions, payment codes, keys in use.

One book for both versions of the API: an order made by v2 is seen by v3 and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

PREPAY_SECONDS = 7200.0
H5_SECONDS = 300.0
AUTO_CLOSE_SECONDS = 7 * 86400.0


@dataclass
class Shipping:
    """The shipping info the mini-program's API recorded for an order."""

    content: dict[str, Any]
    upload_time: str
    count: int


@dataclass
class Refund:
    """One refund of an order. `terms` are the parameters as first accepted."""

    refund_id: str
    out_refund_no: str
    order: Order
    terms: dict[str, Any]
    amount: int
    create_time: str
    created: float
    created_wall: float
    user_account: str
    api: str = 'v3'
    signer_serial: str = ''
    notify_url: str = ''
    status: str = 'PROCESSING'
    success_time: str = ''
    # API, or VENDOR_PLATFORM when somebody refunds by hand at the merchant's console.
    source: str = 'API'


@dataclass
class Order:
    """One order, named by the merchant's number. `terms` are the parameters of the first call.

    Times without a suffix are virtual; `_wall` is the machine's, `_time` is RFC3339 for the wire.
    `openid` is the only person who may pay; empty while anybody may.
    """

    mchid: str
    appid: str
    out_trade_no: str
    trade_type: str
    total: int
    description: str
    notify_url: str
    terms: dict[str, Any]
    created: float
    created_wall: float
    deadline: float
    api: str = 'v3'
    # The key v3 answers with, and the sign type v2 was asked with.
    signer_serial: str = ''
    sign_type: str = 'MD5'
    openid: str = ''
    attach: str = ''
    device_id: str = ''
    client_ip: str = ''
    trade_state: str = 'NOTPAY'
    auto_closed: bool = False
    paying: bool = False
    # Code payment: until when the payer may type the password.
    password_until: float = 0.0
    transaction_id: str = ''
    success_time: str = ''
    paid_at: float = 0.0
    paid_wall: float = 0.0
    reversed_wall: float = 0.0
    refunds: list[Refund] = field(default_factory=list)
    shipping: Shipping | None = None

    @property
    def by_code(self) -> bool:
        """Tell whether the merchant scanned the payer's code."""
        return self.trade_type == 'MICROPAY'

    @property
    def paid(self) -> bool:
        """Tell whether money came in, whatever happened to it later."""
        return self.trade_state in ('SUCCESS', 'REFUND')

    def refresh(self, now: float) -> None:
        """Let time work: 7 days unpaid close the order, an unanswered password page ends."""
        if self.trade_state == 'NOTPAY' and now - self.created > AUTO_CLOSE_SECONDS:
            self.trade_state, self.auto_closed = 'CLOSED', True
        if self.trade_state == 'USERPAYING' and now > self.password_until:
            self.trade_state = 'NOTPAY'


@dataclass
class Prepay:
    """A payment session: one order, a limited life. `code_url` and `package` open it for people."""

    prepay_id: str
    order: Order
    expires: float
    code_url: str = ''
    package: str = ''
    cancelled: int = 0


@dataclass
class PaymentCode:
    """The 18 digits on a payer's phone: a minute, once.

    `outcome`: paid | password | not_enough | bank_error | expired.
    """

    auth_code: str
    openid: str
    expires: float
    outcome: str = 'paid'
    used: bool = False


@dataclass
class KeyPolicy:
    """Which keys WeChat Pay signs with for one merchant.

    `certificates`, `public_keys`: first | both (rotation; the second signs) | second.
    `notices`: as_request (the kind of key of the prepay or refund call) | public_key | certificate
    | alternate.
    `public_key_only`: a new merchant; certificates are not to be had.
    """

    certificates: str = 'first'
    public_keys: str = 'first'
    notices: str = 'as_request'
    public_key_only: bool = False
    turn: int = 0


@dataclass
class MerchantState:
    """What a merchant has set or has at WeChat Pay."""

    keys: KeyPolicy = field(default_factory=KeyPolicy)
    # What could be refunded from in fen; None stands for "enough".
    funds: int | None = None
    refund_seconds: float = 5.0
    # v2 refunds and reversals want mutual TLS, which plain http cannot show: True refuses them all.
    require_certificate: bool = False
    # Where refunds without a notify_url of their own are told, in the XML of v2.
    refund_notify_url: str = ''
    # v2 refuses to close an order younger than this.
    close_after: float = 300.0
    # H5: pay only when the client's address is a public one. Off, as this world is a local one.
    strict_client_ip: bool = False
    fee_rate: Decimal = Decimal('0.006')


@dataclass
class WxpayState:
    """Hold everything WeChat Pay knows."""

    orders: dict[tuple[str, str], Order] = field(default_factory=dict)
    prepays: dict[str, Prepay] = field(default_factory=dict)
    refunds: dict[tuple[str, str], Refund] = field(default_factory=dict)
    transactions: dict[str, Order] = field(default_factory=dict)
    codes: dict[str, PaymentCode] = field(default_factory=dict)
    merchants: dict[str, MerchantState] = field(default_factory=dict)
    # Differences that faults brought into bills, by kind of bill and number: they stay, as a bill
    # once made never changes.
    differences: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    downloads: dict[str, tuple[str, bytes, float]] = field(default_factory=dict)

    def merchant(self, mchid: str) -> MerchantState:
        """Return the settings of a merchant."""
        return self.merchants.setdefault(mchid, MerchantState())

    def by_transaction(self, mchid: str, transaction_id: str) -> Order | None:
        """Return the merchant's paid order behind WeChat's own number."""
        order = self.transactions.get(transaction_id)
        return order if order and order.mchid == mchid else None
