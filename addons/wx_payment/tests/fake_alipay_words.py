"""What the small Alipay says of payments and refunds, in answers and in notices."""

import secrets
from urllib.parse import quote, urlencode

from .alipay_keys import (
    ALIPAY_APPID,
    SELLER,
    sign,
)

PAYER = '2088222222222222'
NOW = '2026-01-02 10:34:56'


class AlipayWords:
    """Part of `FakeAlipay`, which keeps the trades."""

    def _numbers(self, number):
        return {'out_trade_no': number, 'trade_no': self.trades[number]['trade_no']}

    def _shown(self, number):
        trade = self.trades[number]
        shown = self._numbers(number) | {
            'trade_status': trade['status'],
            'total_amount': yuan(trade['fen']),
            'buyer_user_id': PAYER,
        }
        return shown | ({'send_pay_date': trade['paid_at']} if 'paid_at' in trade else {})

    def notice(self, number, *, key=None, **spoil):
        """Return headers and body of a truly signed notice; keywords spoil parts of it.

        :param key: who signs
        """
        trade = self.trades[number]
        fields = {
            'notify_id': secrets.token_hex(17),
            'notify_type': 'trade_status_sync',
            'notify_time': NOW,
            'charset': 'utf-8',
            'version': '1.0',
            'app_id': ALIPAY_APPID,
            'seller_id': SELLER,
            'buyer_id': PAYER,
            'subject': trade['content']['subject'],
            'body': '',
            'out_trade_no': number,
            'trade_no': trade['trade_no'],
            'trade_status': trade['status'],
            'total_amount': yuan(trade['fen']),
            'buyer_pay_amount': yuan(trade['fen']),
            'gmt_payment': trade.get('paid_at', ''),
        } | spoil
        fields = {name: value for name, value in fields.items() if value is not None}
        text = '&'.join(f'{name}={fields[name]}' for name in sorted(fields))
        fields |= {'sign_type': 'RSA2', 'sign': sign(key or self.key, text)}
        headers = {'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8'}
        return headers, urlencode(fields, quote_via=quote).encode()

    def refund_notice(self, number, **spoil):
        """Return the notice about a refund: it tells the sum of all refunds of the trade only."""
        refund = self.refunds[number]
        return self.notice(
            refund['out_trade_no'],
            **{
                'out_biz_no': number,
                'refund_fee': yuan(self.refunded_fen(refund['out_trade_no'])),
                'gmt_refund': f'{NOW}.123',
            }
            | spoil,
        )


def fen(text):
    whole, cents = text.split('.')
    return int(whole) * 100 + int(cents)


def yuan(amount_fen):
    return f'{amount_fen // 100}.{amount_fen % 100:02d}'
