"""The verbs of one WeChat Pay v3 channel. Source: spec/wechat_pay_v3.md."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from ..messages import Refund, Transaction
from ..orders import PrepayOrder, RefundOrder
from . import bills, certificates, invoke, payments, refunds
from .exchange import Connection, Merchant
from .keys import Certificate
from .refunds import AbnormalRefund

__all__ = ['BASE_URL', 'DISASTER_URL', 'Client', 'Merchant']

BASE_URL = 'https://api.mch.weixin.qq.com'
DISASTER_URL = 'https://api2.mch.weixin.qq.com'


@dataclass(frozen=True)
class Client(Connection):
    """One merchant's connection and what can be asked over it."""

    # === PAYMENT === #

    def prepare(self, order: PrepayOrder) -> bytes:
        """Return the request's parameters, to be kept and repeated; see `payments.prepare`."""
        return payments.prepare(self, order)

    def prepay(self, scene: str, body: bytes) -> str:
        """Return prepay_id, ``h5_url`` or ``code_url``; see `payments.prepay`."""
        return payments.prepay(self, scene, body)

    def invoke(self, scene: str, body: bytes, handle: str, *, appid: str) -> dict[str, str]:
        """Return what the caller needs to open the payment; see `invoke.invoke`."""
        return invoke.invoke(self, scene, body, handle, appid=appid)

    def charge(self, body: bytes) -> Transaction:
        """Take the money by the customer's code; see `payments.charge`."""
        return payments.charge(self, body)

    def query(self, out_trade_no: str) -> Transaction:
        """Return the payment by our number; see `payments.query`."""
        return payments.query(self, out_trade_no)

    def query_transaction(self, transaction_id: str) -> Transaction:
        """Return a paid order by their number; see `payments.query_transaction`."""
        return payments.query_transaction(self, transaction_id)

    def close(self, out_trade_no: str) -> None:
        """Close an unpaid order; see `payments.close`."""
        payments.close(self, out_trade_no)

    def reverse(self, out_trade_no: str) -> bool:
        """Undo a charge by code; see `payments.reverse`."""
        return payments.reverse(self, out_trade_no)

    # === REFUND === #

    def refund(self, order: RefundOrder) -> Refund:
        """Ask for a refund; see `refunds.refund`."""
        return refunds.refund(self, order)

    def query_refund(self, out_trade_no: str, out_refund_no: str) -> Refund:
        """Return a refund by our number, which alone is enough here; see `refunds.query_refund`."""
        return refunds.query_refund(self, out_refund_no)

    def apply_abnormal_refund(self, order: AbnormalRefund, *, serial: str = '') -> Refund:
        """Send the money of a failed refund to a card; see `refunds.apply_abnormal_refund`."""
        return refunds.apply_abnormal_refund(self, order, serial=serial)

    # === BILLS AND CERTIFICATES === #

    def fetch_bill(self, kind: str, day: datetime.date, write: Callable[[bytes], None]) -> None:
        """Let a day's bill run into `write`; see `bills.fetch_bill`."""
        bills.fetch_bill(self, kind, day, write)

    def certificates(self, apiv3_key: bytes) -> tuple[Certificate, ...]:
        """Return the platform certificates; see `certificates.fetch`."""
        return certificates.fetch(self, apiv3_key)
