"""Refunds, also of those that did not reach the customer. Source: spec/wechat_pay_v3.md §4, §8."""

from dataclasses import dataclass

from ..errors import InvalidArgument
from ..messages import CURRENCY, Refund
from ..orders import RefundOrder
from . import cipher, parsing, writing
from .exchange import Connection, escape
from .messages import parse_refund

# Where the money of a failed refund goes: to a card of the customer, or of the merchant, who then
# settles it with the customer in another way.
USER_BANK_CARD = 'USER_BANK_CARD'
MERCHANT_BANK_CARD = 'MERCHANT_BANK_CARD'

_PATH = '/v3/refund/domestic/refunds'


@dataclass(frozen=True)
class AbnormalRefund:
    """How a refund in the state ABNORMAL is brought to its end.

    :ivar str target: USER_BANK_CARD (with all the fields of the card) or MERCHANT_BANK_CARD
    :ivar str bank_type: WeChat Pay's name of the bank, as CMB_DEBIT
    """

    refund_id: str
    out_refund_no: str
    target: str
    bank_type: str = ''
    bank_account: str = ''
    real_name: str = ''


def refund(connection: Connection, order: RefundOrder) -> Refund:
    """Ask for a refund; success only means that it was accepted.

    After any error: `query_refund`, and only when that says NotFound ask again with the same
    number.

    :raise WireError: see the package's errors
    """
    body = {
        # Exactly one of the two; by ours it is sporadically not found minutes after payment.
        'transaction_id': order.transaction_id,
        'out_trade_no': '' if order.transaction_id else order.out_trade_no,
        'out_refund_no': writing.check_out_refund_no(order.out_refund_no),
        'reason': writing.clean_text(order.reason, 80),
        'notify_url': writing.check_notify_url(order.notify_url, 256),
        'amount': {
            'refund': writing.check_amount(order.refund_fen),
            'total': writing.check_amount(order.total_fen),
            'currency': CURRENCY,
        },
    }
    answer = connection.call('POST', _PATH, writing.dump(body))
    return parse_refund(parsing.load_object(answer))


def query_refund(connection: Connection, out_refund_no: str) -> Refund:
    """Return a refund by our number.

    :raise NotFound: never accepted
    """
    answer = connection.call('GET', f'{_PATH}/{escape(out_refund_no)}')
    return parse_refund(parsing.load_object(answer))


def apply_abnormal_refund(
    connection: Connection, order: AbnormalRefund, *, serial: str = ''
) -> Refund:
    """Send the money of a failed refund to a bank card.

    :param serial: normalised serial of the key that seals the card: in certificate mode that of
        the newest certificate, otherwise the public key is taken
    :raise InvalidArgument: a field or the key is missing
    :raise WireError: see the package's errors
    """
    card = (order.bank_type, order.bank_account, order.real_name)
    if order.target not in (USER_BANK_CARD, MERCHANT_BANK_CARD):
        raise InvalidArgument('The money goes to a card of the customer or of the merchant.')
    if order.target == USER_BANK_CARD and not all(card):
        raise InvalidArgument('A card of the customer needs its bank, number and owner.')
    serial = serial or connection.public_key_id
    key = connection.keys.get(serial)
    if key is None:
        raise InvalidArgument('There is no key of WeChat Pay to seal the card with.')
    body = {
        'out_refund_no': writing.check_out_refund_no(order.out_refund_no),
        'type': order.target,
        'bank_type': order.bank_type,
        'bank_account': order.bank_account and cipher.seal(key, order.bank_account),
        'real_name': order.real_name and cipher.seal(key, order.real_name),
    }
    target = f'{_PATH}/{escape(order.refund_id)}/apply-abnormal-refund'
    answer = connection.call('POST', target, writing.dump(body), serial=serial)
    return parse_refund(parsing.load_object(answer))
