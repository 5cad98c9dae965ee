"""Payments and refunds as v2 describes them. Source: spec/wechat_pay_v2.md §3–§5."""

import re
from types import MappingProxyType

from ..errors import Malformed
from ..messages import CURRENCY, Refund, Transaction
from ..wxpay_v3.messages import normalize_state
from . import parsing
from .parsing import Fields

TRADE_STATES = frozenset(
    {'SUCCESS', 'REFUND', 'NOTPAY', 'USERPAYING', 'CLOSED', 'REVOKED', 'PAYERROR'}
)
REFUND_STATES = MappingProxyType(
    {
        'SUCCESS': 'SUCCESS',
        'PROCESSING': 'PROCESSING',
        'CHANGE': 'ABNORMAL',
        'REFUNDCLOSE': 'CLOSED',
    }
)

_LISTED_NUMBER = re.compile(r'out_refund_no_([0-9]{1,3})', re.ASCII)


def parse_transaction(fields: Fields, *, trade_state: str = '') -> Transaction:
    """Return the payment of a verified message.

    :param fields: of an answer or a notice
    :param trade_state: where the message does not say it, as that of a charge
    :raise Malformed: a field is missing or has a wrong shape
    """
    state = normalize_state(trade_state or parsing.text(fields, 'trade_state'))
    if state not in TRADE_STATES:
        raise Malformed('trade_state is not known.')
    transaction = Transaction(
        appid=parsing.text(fields, 'appid'),
        mchid=parsing.text(fields, 'mch_id'),
        out_trade_no=parsing.text(fields, 'out_trade_no'),
        trade_state=state,
        transaction_id=fields.get('transaction_id', ''),
        trade_type=fields.get('trade_type', ''),
        trade_state_desc=fields.get('trade_state_desc', ''),
        bank_type=fields.get('bank_type', ''),
        attach=fields.get('attach', ''),
        openid=fields.get('openid', ''),
        success_time=parsing.optional_moment(fields, 'time_end'),
        total_fen=parsing.optional_fen(fields, 'total_fee'),
        payer_total_fen=parsing.optional_fen(fields, 'cash_fee'),
        currency=fields.get('fee_type') or CURRENCY,
    )
    if transaction.is_paid and (not transaction.transaction_id or transaction.total_fen is None):
        raise Malformed('A paid order has no transaction_id or no amount.')
    return transaction


def parse_accepted_refund(fields: Fields) -> Refund:
    """Return the refund of the answer that accepts it; what becomes of it is not in there.

    :raise Malformed: a field is missing or has a wrong shape
    """
    return _build_refund(fields, fields, status='PROCESSING')


def parse_listed_refund(fields: Fields, out_refund_no: str) -> Refund:
    """Return one refund of a query's answer, which numbers the fields of each.

    :raise Malformed: it is not among them, or a field is missing or has a wrong shape
    """
    for name, value in fields.items():
        match = _LISTED_NUMBER.fullmatch(name)
        if match and value == out_refund_no:
            ending = f'_{match[1]}'
            break
    else:
        raise Malformed('The answer is about other refunds.')
    own = {
        name.removesuffix(ending): value for name, value in fields.items() if name.endswith(ending)
    }
    return _build_refund(own, fields, status=_read_status(own))


def parse_refund_notice(fields: Fields, *, mchid: str) -> Refund:
    """Return the refund of an opened notice.

    :param fields: of the encrypted part
    :param mchid: from the readable part
    :raise Malformed: a field is missing or has a wrong shape
    """
    return _build_refund(fields, {**fields, 'mch_id': mchid}, status=_read_status(fields))


def _read_status(fields: Fields) -> str:
    try:
        return REFUND_STATES[parsing.text(fields, 'refund_status')]
    except KeyError:
        raise Malformed('refund_status is not known.') from None


def _build_refund(own: Fields, order: Fields, *, status: str) -> Refund:
    """Return the refund of its own fields and those of its order."""
    return Refund(
        refund_id=parsing.text(own, 'refund_id'),
        out_refund_no=parsing.text(own, 'out_refund_no'),
        transaction_id=parsing.text(order, 'transaction_id'),
        out_trade_no=parsing.text(order, 'out_trade_no'),
        status=status,
        channel=own.get('refund_channel', ''),
        # Spelled like this on the wire.
        user_received_account=own.get('refund_recv_accout', ''),
        success_time=parsing.optional_moment(
            own, 'refund_success_time' if 'refund_success_time' in own else 'success_time'
        ),
        total_fen=parsing.fen(order, 'total_fee'),
        refund_fen=parsing.fen(own, 'refund_fee'),
        payer_total_fen=parsing.optional_fen(order, 'cash_fee'),
        payer_refund_fen=parsing.optional_fen(own, 'cash_refund_fee'),
        currency=order.get('fee_type') or CURRENCY,
        mchid=parsing.text(order, 'mch_id'),
    )
