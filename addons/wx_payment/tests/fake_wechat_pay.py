"""A small WeChat Pay in memory: it checks what we send and signs what it answers.

Written for the tests from spec/wechat_pay_v3.md, without the addon's wire client.
"""

import base64
import json
import re
import secrets
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from .fake_reply import FakeReply
from .fake_wechat_pay_words import WeChatPayWords
from .wechat_pay_keys import MCHID, MERCHANT_KEY, MERCHANT_SERIAL, seal, signed_headers


class FakeWeChatPay(WeChatPayWords):
    """Plays the provider; called in the place of `wx_base.tools.http.send`.

    `faults[operation]` is a list consumed one a call: an exception is raised before anything
    happens, `('after', exception)` after it happened, `(status, code)` is answered.
    """

    def __init__(self):
        self.orders = {}
        self.refunds = {}
        self.calls = []
        self.faults = {}
        self.before = {}
        self.certificates = {}
        self.signing = {}
        self.product = 'jsapi'
        self.payer = 'pays'

    # === TRANSPORT === #

    def __call__(self, method, url, *, headers, body, timeout):
        parts = urlsplit(url)
        target = parts.path + (f'?{parts.query}' if parts.query else '')
        self._check_authorization(method, target, headers, body)
        operation, number = self._route(method, parts)
        self.calls.append((operation, number))
        if operation in self.before:
            self.before.pop(operation)()
        fault = self.faults[operation].pop(0) if self.faults.get(operation) else None
        if isinstance(fault, Exception):
            raise fault
        if fault and fault[0] != 'after':
            return self._error(*fault)
        payload = json.loads(body) if body else {}
        reply = getattr(self, f'_do_{operation}')(number, payload)
        if fault:
            raise fault[1]
        return reply

    def _check_authorization(self, method, target, headers, body):
        pairs = dict(re.findall(r'(\w+)="([^"]*)"', headers['Authorization']))
        head = f'{method}\n{target}\n{pairs["timestamp"]}\n{pairs["nonce_str"]}\n'
        MERCHANT_KEY.public_key().verify(
            base64.b64decode(pairs['signature']),
            head.encode() + body + b'\n',
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
        assert pairs['mchid'] == MCHID
        assert pairs['serial_no'] == MERCHANT_SERIAL

    def _route(self, method, parts):
        path = unquote(parts.path)
        if match := re.fullmatch(r'/v3/pay/transactions/(jsapi|app|h5|native)', path):
            self.product = match[1]
            return 'prepay', None
        if path == '/v3/pay/transactions/codepay':
            return 'charge', None
        if path == '/v3/certificates':
            return 'certificates', None
        if path == '/v3/refund/domestic/refunds':
            return 'refund', None
        if match := re.fullmatch(r'/v3/refund/domestic/refunds/(.+)', path):
            return 'refund_query', match[1]
        if match := re.fullmatch(r'/v3/pay/transactions/out-trade-no/(.+)/close', path):
            return 'close', match[1]
        if match := re.fullmatch(r'/v3/pay/transactions/out-trade-no/(.+)/reverse', path):
            return 'reverse', match[1]
        match = re.fullmatch(r'/v3/pay/transactions/out-trade-no/(.+)', path)
        assert match, f'unknown path {path}'
        assert method == 'GET'
        assert parse_qs(parts.query) == {'mchid': [MCHID]}
        return 'query', match[1]

    def _ok(self, payload, status=200):
        body = b'' if payload is None else json.dumps(payload).encode()
        return FakeReply(status, signed_headers(body, **self.signing), body)

    def _error(self, status, code):
        body = json.dumps({'code': code, 'message': f'answer {code}'}).encode()
        return FakeReply(status, {'Request-ID': '08EE-1'}, body)

    # === OPERATIONS === #

    def _do_prepay(self, _number, payload):
        number = payload['out_trade_no']
        order = self.orders.get(number)
        if order and order['request'] != payload:
            return self._error(403, 'OUT_TRADE_NO_USED')
        if order and order['trade_state'] == 'CLOSED':
            return self._error(400, 'ORDER_CLOSED')
        if order and order['trade_state'] != 'NOTPAY':
            return self._error(400, 'ORDERPAID')
        self.orders.setdefault(number, {'request': payload, 'trade_state': 'NOTPAY'})
        given = {
            'h5': {'h5_url': f'https://wx.tenpay.com/checkmweb?prepay_id={number}'},
            'native': {'code_url': f'weixin://wxpay/bizpayurl?pr={number[-8:]}'},
        }
        prepay = {'prepay_id': f'wx{secrets.token_hex(17)}'}
        return self._ok(given.get(self.product, prepay))

    def _do_charge(self, _number, payload):
        """Charge a scanned code; `payer` says what the customer does."""
        number = payload['out_trade_no']
        assert payload['payer']['auth_code']
        if self.payer == 'lacks':
            self.orders[number] = {'request': payload, 'trade_state': 'PAYERROR'}
            return self._error(403, 'NOT_ENOUGH')
        self.orders[number] = {'request': payload, 'trade_state': 'USERPAYING'}
        if self.payer == 'types':
            return self._error(400, 'USERPAYING')
        return self._ok(self.pay(number))

    def _do_reverse(self, number, _payload):
        self.orders[number]['trade_state'] = 'REVOKED'
        return self._ok({'appid': 'x', 'mchid': MCHID, 'out_trade_no': number, 'recall': 'N'})

    def _do_query(self, number, _payload):
        if number not in self.orders:
            return self._error(404, 'ORDER_NOT_EXIST')
        return self._ok(self.transaction(number))

    def _do_close(self, number, payload):
        assert payload == {'mchid': MCHID}
        order = self.orders.get(number)
        if not order:
            return self._error(404, 'ORDER_NOT_EXIST')
        if order['trade_state'] not in ('NOTPAY', 'CLOSED'):
            return self._error(400, 'ORDERPAID')
        order['trade_state'] = 'CLOSED'
        return self._ok(None, 204)

    def _do_refund(self, _number, payload):
        number = payload['out_refund_no']
        order = next(
            (
                order
                for order in self.orders.values()
                if order.get('transaction_id') == payload['transaction_id']
            ),
            None,
        )
        if order is None:
            return self._error(404, 'RESOURCE_NOT_EXISTS')
        refund = self.refunds.get(number)
        if refund and refund['request'] != payload:
            return self._error(400, 'INVALID_REQUEST')
        if not refund:
            given = sum(
                other['request']['amount']['refund']
                for other in self.refunds.values()
                if other['request']['transaction_id'] == payload['transaction_id']
                and other['status'] != 'CLOSED'
            )
            if given + payload['amount']['refund'] > order['total']:
                return self._error(400, 'INVALID_REQUEST')
            self.refunds[number] = {
                'request': payload,
                'status': 'PROCESSING',
                'refund_id': f'5030{secrets.randbelow(10**20):020d}',
                'out_trade_no': order['request']['out_trade_no'],
            }
            order['trade_state'] = 'REFUND'
        return self._ok(self.refund(number))

    def _do_refund_query(self, number, _payload):
        if number not in self.refunds:
            return self._error(404, 'RESOURCE_NOT_EXISTS')
        return self._ok(self.refund(number))

    def _do_certificates(self, _number, _payload):
        if not self.certificates:
            return self._error(404, 'RESOURCE_NOT_EXISTS')
        return self._ok(
            {
                'data': [
                    {
                        'serial_no': serial,
                        'effective_time': '2025-01-01T08:00:00+08:00',
                        'expire_time': '2030-01-01T08:00:00+08:00',
                        'encrypt_certificate': seal(pem.encode(), 'certificate'),
                    }
                    for serial, pem in self.certificates.items()
                ]
            }
        )

    # === WHAT THE CUSTOMER AND THE BANK DO === #

    def open_like(self, number, other):
        """Open another number with the parameters of the first."""
        request = self.orders[number]['request'] | {'out_trade_no': other}
        self._do_prepay(None, request)

    def pay(self, number, *, total=None, transaction_id=None):
        """Have the customer pay, whatever state the order is in."""
        order = self.orders[number]
        order['trade_state'] = 'SUCCESS'
        order['total'] = total or order['request']['amount']['total']
        order['transaction_id'] = transaction_id or f'4200{secrets.randbelow(10**24):024d}'
        return self.transaction(number)

    def finish_refund(self, number, status='SUCCESS'):
        self.refunds[number]['status'] = status
        return self.refund(number)
