"""Refunds of v3, their query, and the way out of an abnormal one.

Source: spec/wechat_pay_v3.md §8.
"""

from __future__ import annotations

from typing import Any

from .. import crypto
from ..state import Sandbox
from . import refunding
from .answers import WxpayError
from .auth import Call
from .fields import Group, Many, Text, Whole, check, check_notify_url, param_error
from .reasons import Declined, Reason
from .refunding import Wanted
from .shown import as_refund

OUT_REFUND_NO = r'[0-9A-Za-z_\-|*@]+'

_SOURCE = Group(
    {
        'account': Text(32, required=True, choices=frozenset({'AVAILABLE', 'UNAVAILABLE'})),
        'amount': Whole(1, required=True),
    }
)
_GOODS = Group(
    {
        'merchant_goods_id': Text(32, required=True),
        'wechatpay_goods_id': Text(32),
        'goods_name': Text(256),
        'unit_price': Whole(0, required=True),
        'refund_amount': Whole(0, required=True),
        'refund_quantity': Whole(1, required=True),
    }
)
BODY = Group(
    {
        'transaction_id': Text(32),
        'out_trade_no': Text(32),
        'out_refund_no': Text(64, required=True, pattern=OUT_REFUND_NO, unit='bytes'),
        'reason': Text(80),
        'notify_url': Text(256),
        'funds_account': Text(32, choices=frozenset({'AVAILABLE', 'UNSETTLED'})),
        'amount': Group(
            {
                'refund': Whole(1, required=True),
                'total': Whole(1, required=True),
                'currency': Text(16, required=True, choices=frozenset({'CNY'})),
                'from': Many(_SOURCE),
            },
            required=True,
        ),
        'goods_detail': Many(_GOODS),
    }
)
ABNORMAL_BODY = Group(
    {
        'out_refund_no': Text(64, required=True, pattern=OUT_REFUND_NO, unit='bytes'),
        'type': Text(
            32, required=True, choices=frozenset({'USER_BANK_CARD', 'MERCHANT_BANK_CARD'})
        ),
        'bank_type': Text(16),
        'bank_account': Text(1024),
        'real_name': Text(1024),
    }
)


async def refund(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Accept a refund, or show the one that has this number."""
    body = call.body
    check(body, BODY)
    if ('transaction_id' in body) == ('out_trade_no' in body):
        raise param_error('/transaction_id', None, '微信支付订单号和商户订单号二选一')
    if 'notify_url' in body:
        check_notify_url(body['notify_url'], sandbox.options.local_hosts)
    amount = body['amount']
    sources = amount.get('from')
    if sources and sum(source['amount'] for source in sources) != amount['refund']:
        raise WxpayError(400, 'INVALID_REQUEST', '出资账户金额之和与退款金额不一致')
    wanted = Wanted(
        out_refund_no=body['out_refund_no'],
        amount=amount['refund'],
        total=amount['total'],
        terms=body,
        transaction_id=body.get('transaction_id', ''),
        out_trade_no=body.get('out_trade_no', ''),
        notify_url=body.get('notify_url', ''),
        signer_serial=call.signer.serial,
    )
    return as_refund(refunding.request(sandbox, call.merchant.mchid, wanted, 'wxpay.refund'))


async def refund_query(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return a refund by the merchant's number."""
    refund = sandbox.wxpay.refunds.get((call.merchant.mchid, call.path['out_refund_no']))
    if refund is None:
        raise Declined(Reason.REFUND_UNKNOWN)
    return as_refund(refund)


async def abnormal_refund(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Send the money of an abnormal refund to a card: the payer's, or the merchant's."""
    body = call.body
    check(body, ABNORMAL_BODY)
    refund = sandbox.wxpay.refunds.get((call.merchant.mchid, body['out_refund_no']))
    if refund is None or refund.refund_id != call.path['refund_id']:
        raise Declined(Reason.REFUND_UNKNOWN)
    account = '商户银行账户'
    if body['type'] == 'USER_BANK_CARD':
        account = f'银行卡{_card(call)[-4:]}'
    if refund.status != 'ABNORMAL':
        raise Declined(Reason.REFUND_NOT_ABNORMAL)
    refunding.resume(sandbox, refund, account)
    return as_refund(refund)


def _card(call: Call) -> str:
    """Return the card number, and check that the payer's name can be read too.

    :raise WxpayError: PARAM_ERROR for a field that is missing or encrypted for another key
    """
    if not call.named_key:
        raise WxpayError(400, 'PARAM_ERROR', '敏感字段加密时必须在Http头中上送Wechatpay-Serial')
    if 'bank_type' not in call.body:
        raise param_error('/bank_type', None, '缺少必填参数')
    plain = {}
    for name in ('real_name', 'bank_account'):
        if name not in call.body:
            raise param_error(f'/{name}', None, '缺少必填参数')
        text = crypto.oaep_decrypt(call.signer.private_key, call.body[name])
        if text is None:
            raise param_error(f'/{name}', call.body[name], '敏感字段解密失败')
        plain[name] = text
    return plain['bank_account']
