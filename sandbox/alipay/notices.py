"""Signed notices of trades. Source: spec/alipay.md §2.3, §6, §9 (7)."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

from .. import crypto
from ..delivery import ALTERED, GOOD, Letter, Notice
from ..state import Sandbox, digits
from .answers import wire_time, yuan
from .state import CLOSED, Refund, Trade

# Seconds between the attempts after the first one: eight deliveries in about 25 hours.
GAPS = (240, 600, 600, 3600, 7200, 21600, 54000)


def _accepts(status: int, text: str) -> bool:
    """Tell whether the shop took it: these seven characters and no other."""
    return status == 200 and text == 'success'


def announce(sandbox: Sandbox, trade: Trade, event: str, refund: Refund | None = None) -> None:
    """Tell the shop what became of a trade; without a notify_url nobody is told.

    :param event: the trade_status, or ``refund``
    """
    if not trade.notify_url:
        return
    parameters = _parameters(trade, refund)
    subjects = [trade.out_trade_no, trade.trade_no, trade.app.app_id]
    if refund is not None:
        subjects += [refund.out_request_no, 'refund']
    else:
        subjects.append('transaction')
    changed = sandbox.faults.take({'notify_fields'}, 'alipay', event, *subjects)
    if changed:
        # Signed all the same: what the shop has to find out by itself.
        parameters |= {key: str(value) for key, value in changed.params.get('fields', {}).items()}

    def write(flavour: str) -> Letter:
        return _write(sandbox, trade, parameters, flavour)

    sandbox.courier.announce(
        Notice(
            source='alipay',
            event=event,
            url=trade.notify_url,
            subjects=tuple(subjects),
            gaps=GAPS,
            accepts=_accepts,
            write=write,
            id=parameters['notify_id'],
        )
    )


def _parameters(trade: Trade, refund: Refund | None) -> dict[str, str]:
    now = time.time()
    parameters = {
        'notify_time': wire_time(now),
        'notify_type': 'trade_status_sync',
        'notify_id': f'{wire_time(now)[:10].replace("-", "")}{digits(26)}',
        'charset': 'utf-8',
        'version': '1.0',
        'app_id': trade.app.app_id,
        'auth_app_id': trade.app.app_id,
        'trade_no': trade.trade_no,
        'out_trade_no': trade.out_trade_no,
        'buyer_id': trade.buyer,
        'buyer_logon_id': '159****5620',
        'seller_id': trade.app.seller_id,
        'trade_status': trade.status,
        'total_amount': yuan(trade.total),
        'subject': str(trade.content['subject']),
        # Empty parameters are signed too, and new ones may come at any time.
        'body': str(trade.content.get('body', '')),
        'x_sandbox_new_field': 'a+b c=d&话费',
        'gmt_create': wire_time(trade.created_wall),
    }
    if trade.content.get('passback_params'):
        parameters['passback_params'] = str(trade.content['passback_params'])
    return parameters | _money(trade, refund)


def _money(trade: Trade, refund: Refund | None) -> dict[str, str]:
    found: dict[str, str] = {}
    if trade.paid:
        found |= {
            'gmt_payment': wire_time(trade.paid_wall),
            'receipt_amount': yuan(trade.total),
            'invoice_amount': yuan(trade.total),
            'buyer_pay_amount': yuan(trade.total),
            'point_amount': '0.00',
            'fund_bill_list': json.dumps(
                [{'amount': yuan(trade.total), 'fundChannel': 'ALIPAYACCOUNT'}]
            ),
        }
    if refund is not None:
        found |= {
            'refund_fee': yuan(trade.refunded),
            'gmt_refund': f'{wire_time(refund.wall)}.000',
            'out_biz_no': refund.out_request_no,
        }
    if trade.status == CLOSED:
        found['gmt_close'] = wire_time(trade.closed_wall)
        found.setdefault('refund_fee', '0.00')
    return found


def _write(sandbox: Sandbox, trade: Trade, parameters: dict[str, str], flavour: str) -> Letter:
    """Return headers and form; the signature is made anew with the key of the moment."""
    sent: dict[str, Any] = dict(parameters)
    text = '&'.join(f'{name}={sent[name]}' for name in sorted(sent))
    if flavour not in (GOOD, ALTERED):
        text += ' '
    sign = crypto.rsa_sign(sandbox.alipay.signer(trade.app).private_key, text.encode())
    if flavour == ALTERED:
        sent['total_amount'] = yuan(trade.total + 1)
    sent |= {'sign_type': 'RSA2', 'sign': sign}
    headers = {'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8'}
    return headers, urlencode(sent).encode()
