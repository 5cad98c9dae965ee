"""What the small WeChat Pay says of payments and refunds, in answers and in notices."""

import json
import secrets

from .wechat_pay_keys import MCHID, seal, signed_headers

PAYER = 'oPayerByCode0000000000000001'


class WeChatPayWords:
    """Part of `FakeWeChatPay`, which keeps `orders` and `refunds`."""

    def transaction(self, number, **spoil):
        """Return the payment as query and notice show it; keywords spoil parts of it."""
        order = self.orders[number]
        request = order['request']
        payload = {
            'mchid': MCHID,
            'appid': request['appid'],
            'out_trade_no': number,
            'trade_state': order['trade_state'],
            'trade_state_desc': 'x',
        }
        if 'transaction_id' in order:
            payload |= {
                'transaction_id': order['transaction_id'],
                'trade_type': 'JSAPI',
                'bank_type': 'OTHERS',
                'attach': '',
                'success_time': '2026-01-02T10:34:56+08:00',
                'payer': {'openid': request.get('payer', {}).get('openid', PAYER)},
                'amount': {
                    'total': order['total'],
                    'payer_total': order['total'],
                    'currency': 'CNY',
                    'payer_currency': 'CNY',
                },
            }
        return payload | spoil

    def refund(self, number, **spoil):
        """Return the refund as POST and query show it."""
        refund = self.refunds[number]
        amount = refund['request']['amount']
        return {
            'refund_id': refund['refund_id'],
            'out_refund_no': number,
            'transaction_id': refund['request']['transaction_id'],
            'out_trade_no': refund['out_trade_no'],
            'channel': 'ORIGINAL',
            'user_received_account': 'Change',
            'create_time': '2026-01-02T11:00:00+08:00',
            'status': refund['status'],
            'success_time': '2026-01-02T11:00:05+08:00',
            'amount': dict(amount),
        } | spoil

    def notice(
        self, resource, *, event='TRANSACTION.SUCCESS', kind='transaction', envelope=None, **signing
    ):
        """Return headers and body of a truly signed and encrypted notice.

        :param dict resource: what is encrypted
        :param dict envelope: parts of the outside to replace
        :param signing: `key`, `now`, `serial` of the signature, to spoil one
        """
        body = json.dumps(
            {
                'id': f'EV-{secrets.token_hex(12)}',
                'create_time': '2026-01-02T10:34:57+08:00',
                'resource_type': 'encrypt-resource',
                'event_type': event,
                'summary': 'x',
                'resource': seal(json.dumps(resource).encode(), kind) | {'original_type': kind},
            }
            | (envelope or {})
        ).encode()
        return {'Content-Type': 'application/json'} | signed_headers(body, **signing), body

    def refund_notice(self, number, **spoil):
        """Return headers and body of a refund's notice in the refund's present state."""
        resource = self.refund(number, **spoil)
        resource['refund_status'] = resource.pop('status')
        resource['mchid'] = MCHID
        resource['amount'].pop('currency', None)
        return self.notice(resource, event=f'REFUND.{resource["refund_status"]}', kind='refund')
