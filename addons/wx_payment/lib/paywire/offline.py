"""The counter: money that staff take in and hand back themselves. Nothing is sent anywhere.

It has the verbs of the other clients. What it cannot know, whether somebody paid, a person says:
`paid` and `handed_back` put that into the words that all clients use.
"""

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass

from .errors import InvalidArgument, NotFound
from .messages import CURRENCY, Refund, Transaction
from .orders import COUNTER, PrepayOrder, RefundOrder


@dataclass(frozen=True)
class Client:
    """One counter.

    :ivar str appid: the app whose orders are paid here
    :ivar str mchid: '' for a counter without a number
    """

    appid: str
    mchid: str = ''

    # === PAYMENT === #

    def prepare(self, order: PrepayOrder) -> bytes:
        """Return what is to be paid, to be kept."""
        fields = {'out_trade_no': order.out_trade_no, 'amount_fen': order.amount_fen}
        return json.dumps(fields, separators=(',', ':')).encode()

    def prepay(self, scene: str, body: bytes) -> str:
        """Return '': there is nothing to open.

        :raise InvalidArgument: another scene than `COUNTER`
        """
        if scene != COUNTER:
            raise InvalidArgument(f'Nobody is paid at the counter in the scene {scene}.')
        return ''

    def invoke(self, scene: str, body: bytes, handle: str, *, appid: str) -> dict[str, str]:
        """Return nothing: the customer goes to the counter."""
        return {}

    def charge(self, body: bytes) -> Transaction:
        """Refuse: codes are not scanned here."""
        raise InvalidArgument('No code is charged at the counter.')

    def query(self, out_trade_no: str) -> Transaction:
        """Return the payment as not paid: only a person knows better."""
        return self._transaction(out_trade_no, 'NOTPAY')

    def close(self, out_trade_no: str) -> None:
        """Do nothing: there is nothing to close."""

    def reverse(self, out_trade_no: str) -> bool:
        """Tell that nothing has to be taken back."""
        return True

    def paid(self, out_trade_no: str, amount_fen: int, at: datetime.datetime) -> Transaction:
        """Return the payment that a person took in.

        :param at: aware time
        """
        return self._transaction(out_trade_no, 'SUCCESS', amount_fen, at)

    def _transaction(
        self,
        out_trade_no: str,
        trade_state: str,
        amount_fen: int | None = None,
        at: datetime.datetime | None = None,
    ) -> Transaction:
        return Transaction(
            appid=self.appid,
            mchid=self.mchid,
            out_trade_no=out_trade_no,
            trade_state=trade_state,
            # Nobody gives it another number.
            transaction_id=out_trade_no if amount_fen else '',
            trade_type='',
            trade_state_desc='',
            bank_type='',
            attach='',
            openid='',
            success_time=at,
            total_fen=amount_fen,
            payer_total_fen=amount_fen,
            currency=CURRENCY,
        )

    # === REFUND === #

    def refund(self, order: RefundOrder) -> Refund:
        """Return the refund as under way: a person has to hand the money back."""
        return self._refund(order, 'PROCESSING', None)

    def query_refund(self, out_trade_no: str, out_refund_no: str) -> Refund:
        """Refuse: nobody keeps a book of refunds here, asking for it again is the same.

        :raise NotFound: always
        """
        raise NotFound('Only a person knows whether the money was handed back.')

    def handed_back(self, order: RefundOrder, at: datetime.datetime) -> Refund:
        """Return the refund that a person handed back.

        :param at: aware time
        """
        return self._refund(order, 'SUCCESS', at)

    def _refund(self, order: RefundOrder, status: str, at: datetime.datetime | None) -> Refund:
        return Refund(
            refund_id=order.out_refund_no,
            out_refund_no=order.out_refund_no,
            transaction_id=order.transaction_id,
            out_trade_no=order.out_trade_no,
            status=status,
            channel='',
            user_received_account='',
            success_time=at,
            total_fen=order.total_fen,
            refund_fen=order.refund_fen,
            payer_total_fen=None,
            payer_refund_fen=None,
            currency=CURRENCY,
            mchid=self.mchid,
        )

    # === BILLS === #

    def fetch_bill(self, kind: str, day: datetime.date, write: Callable[[bytes], None]) -> None:
        """Refuse: nobody writes bills here.

        :raise NotFound: always
        """
        raise NotFound('A counter has no bills.')
