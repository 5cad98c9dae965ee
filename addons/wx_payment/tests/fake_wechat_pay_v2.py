"""A small WeChat Pay v2 in memory: it checks what we send and signs what it answers.

Written for the tests from spec/wechat_pay_v2.md, without the addon's wire client.
"""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import urlsplit
from xml.etree import ElementTree

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .fake_reply import FakeReply
from .wechat_pay_keys import MCHID

APIV2_KEY = 'v2key0123456789abcdefghijklmnopq'
PAYER = 'oPayerByCode0000000000000001'


def sign(fields, sign_type, key=APIV2_KEY):
    pairs = sorted((name, value) for name, value in fields.items() if value and name != 'sign')
    text = '&'.join(f'{name}={value}' for name, value in pairs) + f'&key={key}'
    if sign_type == 'MD5':
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


def to_xml(fields, root='xml'):
    items = (f'<{name}><![CDATA[{value}]]></{name}>' for name, value in fields.items())
    return f'<{root}>{"".join(items)}</{root}>'.encode()


def seal(plain, key=APIV2_KEY):
    """Return the encrypted part of a refund's notice."""
    aes = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest().encode()
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(aes), modes.ECB()).encryptor()
    data = padder.update(plain) + padder.finalize()
    return base64.b64encode(encryptor.update(data) + encryptor.finalize()).decode()


class FakeWeChatPayV2:
    """Plays the provider; called in the place of `wx_base.tools.http.send`.

    `faults[operation]` is a list consumed one a call: an exception is raised before anything
    happens, `('after', exception)` after it happened, a code is answered. `payer` is what the
    customer does whose code is scanned: `pays`, `types` (a password) or `lacks` (money).
    """

    def __init__(self, sign_type='HMAC-SHA256'):
        self.sign_type = sign_type
        self.orders = {}
        self.refunds = {}
        self.calls = []
        self.faults = {}
        self.before = {}
        self.payer = 'pays'
        self.recall = []

    # === TRANSPORT === #

    def __call__(self, method, url, *, headers, body, timeout, certificate=None):
        path = urlsplit(url).path
        if path.startswith('/secapi/') and not certificate:
            raise ConnectionError('the server hung up')
        fields = {item.tag: item.text or '' for item in ElementTree.fromstring(body)}
        assert fields['mch_id'] == MCHID
        assert fields['sign_type'] == self.sign_type
        assert fields['sign'] == sign(fields, self.sign_type)
        operation = path.rsplit('/', 1)[1]
        self.calls.append((operation, fields.get('out_trade_no') or fields.get('out_refund_no')))
        if operation in self.before:
            self.before.pop(operation)()
        fault = self.faults[operation].pop(0) if self.faults.get(operation) else None
        if isinstance(fault, Exception):
            raise fault
        if isinstance(fault, str):
            return self._refuse(fields, fault)
        answer = getattr(self, f'_do_{operation}')(fields)
        if fault:
            raise fault[1]
        return answer

    def _signed(self, fields):
        fields = {'return_code': 'SUCCESS', 'nonce_str': secrets.token_hex(16)} | fields
        return to_xml(fields | {'sign': sign(fields, self.sign_type)})

    def _accept(self, request, **fields):
        head = {'appid': request['appid'], 'mch_id': MCHID, 'result_code': 'SUCCESS'}
        return FakeReply(200, {}, self._signed(head | fields))

    def _refuse(self, request, code, **fields):
        head = {
            'appid': request['appid'],
            'mch_id': MCHID,
            'result_code': 'FAIL',
            'err_code': code,
            'err_code_des': f'answer {code}',
        }
        return FakeReply(200, {}, self._signed(head | fields))

    # === OPERATIONS === #

    def _do_unifiedorder(self, fields):
        number = fields['out_trade_no']
        self.orders.setdefault(number, {'request': fields, 'state': 'NOTPAY'})
        given = {
            'NATIVE': {'code_url': f'weixin://wxpay/bizpayurl?pr={number[-8:]}'},
            'MWEB': {'mweb_url': f'https://wx.tenpay.com/checkmweb?prepay_id={number}'},
        }
        kind = fields['trade_type']
        return self._accept(
            fields, trade_type=kind, prepay_id=f'wx{secrets.token_hex(17)}', **given.get(kind, {})
        )

    def _do_micropay(self, fields):
        if self.payer == 'lacks':
            return self._refuse(fields, 'NOTENOUGH')
        number = fields['out_trade_no']
        self.orders[number] = {'request': fields, 'state': 'USERPAYING'}
        if self.payer == 'types':
            return self._refuse(fields, 'USERPAYING')
        self.pay(number)
        return self._accept(fields, **self._facts(number))

    def _do_orderquery(self, fields):
        number = fields['out_trade_no']
        if number not in self.orders:
            return self._refuse(fields, 'ORDERNOTEXIST')
        state = self.orders[number]['state']
        shown = {'out_trade_no': number, 'trade_state': state} | self._facts(number)
        return self._accept(fields, **shown)

    def _do_closeorder(self, fields):
        order = self.orders.get(fields['out_trade_no'])
        if not order:
            return self._refuse(fields, 'ORDERNOTEXIST')
        if order['state'] == 'SUCCESS':
            return self._refuse(fields, 'ORDERPAID')
        order['state'] = 'CLOSED'
        return self._accept(fields)

    def _do_reverse(self, fields):
        if self.recall and self.recall.pop(0):
            return self._refuse(fields, 'SYSTEMERROR', recall='Y')
        order = self.orders.get(fields['out_trade_no'])
        if order:
            order['state'] = 'REVOKED'
        return self._accept(fields, recall='N')

    def _do_refund(self, fields):
        number = fields['out_refund_no']
        order = next(
            order
            for order in self.orders.values()
            if order.get('transaction_id') == fields['transaction_id']
        )
        if number not in self.refunds:
            given = sum(
                int(refund['request']['refund_fee'])
                for refund in self.refunds.values()
                if refund['request']['transaction_id'] == fields['transaction_id']
            )
            if given + int(fields['refund_fee']) > int(order['request']['total_fee']):
                return self._refuse(fields, 'ERROR')
            self.refunds[number] = {
                'request': fields,
                'status': 'PROCESSING',
                'refund_id': f'5030{secrets.randbelow(10**20):020d}',
                'out_trade_no': order['request']['out_trade_no'],
            }
        return self._accept(fields, **self._refund_facts(number))

    def _do_refundquery(self, fields):
        number = fields['out_refund_no']
        if number not in self.refunds:
            return self._refuse(fields, 'REFUNDNOTEXIST')
        facts = self._refund_facts(number)
        own = {
            'out_refund_no_0': number,
            'refund_id_0': facts['refund_id'],
            'refund_fee_0': facts['refund_fee'],
            'refund_status_0': self.refunds[number]['status'],
            'refund_recv_accout_0': 'Change',
        }
        shared = {name: facts[name] for name in ('transaction_id', 'out_trade_no', 'total_fee')}
        return self._accept(fields, refund_count='1', **own, **shared)

    # === WHAT THE CUSTOMER AND THE BANK DO === #

    def pay(self, number):
        self.orders[number] |= {
            'state': 'SUCCESS',
            'transaction_id': f'4200{secrets.randbelow(10**24):024d}',
        }

    def finish_refund(self, number, status='SUCCESS'):
        self.refunds[number]['status'] = status

    def refund_outside(self, number, refund_number, amount_fen):
        """Refund in the merchant console."""
        request = {
            'appid': self.orders[number]['request']['appid'],
            'out_refund_no': refund_number,
            'transaction_id': self.orders[number]['transaction_id'],
            'total_fee': self.orders[number]['request']['total_fee'],
            'refund_fee': str(amount_fen),
        }
        self._do_refund(request)
        self.finish_refund(refund_number)

    # === WHAT IT SAYS === #

    def _facts(self, number):
        order = self.orders[number]
        if 'transaction_id' not in order:
            return {}
        request = order['request']
        return {
            'out_trade_no': number,
            'transaction_id': order['transaction_id'],
            'openid': request.get('openid', PAYER),
            'trade_type': request.get('trade_type', 'MICROPAY'),
            'bank_type': 'OTHERS',
            'total_fee': request['total_fee'],
            'cash_fee': request['total_fee'],
            'fee_type': 'CNY',
            'time_end': '20260102103456',
        }

    def _refund_facts(self, number):
        refund = self.refunds[number]
        request = refund['request']
        return {
            'refund_id': refund['refund_id'],
            'out_refund_no': number,
            'transaction_id': request['transaction_id'],
            'out_trade_no': refund['out_trade_no'],
            'total_fee': request['total_fee'],
            'refund_fee': request['refund_fee'],
        }

    def notice(self, number, *, key=APIV2_KEY, sign_type=None, named=None, **spoil):
        """Return headers and body of a truly signed notice; keywords spoil parts of it.

        :param sign_type: how it is signed
        :param named: the `sign_type` that it carries, by default none
        """
        fields = {
            'return_code': 'SUCCESS',
            'result_code': 'SUCCESS',
            'appid': self.orders[number]['request']['appid'],
            'mch_id': MCHID,
            'nonce_str': secrets.token_hex(16),
            **self._facts(number),
            **({'sign_type': named} if named else {}),
            **spoil,
        }
        fields['sign'] = sign(fields, sign_type or self.sign_type, key)
        return {'Content-Type': 'text/xml'}, to_xml(fields)

    def refund_notice(self, number, *, key=APIV2_KEY, mchid=MCHID, **spoil):
        """Return a refund's notice in its present state: encrypted, and not signed."""
        facts = self._refund_facts(number) | {
            'refund_status': self.refunds[number]['status'],
            'success_time': '2026-01-02 18:34:24',
            'refund_recv_accout': 'Change',
        }
        outside = {
            'return_code': 'SUCCESS',
            'appid': self.refunds[number]['request']['appid'],
            'mch_id': mchid,
            'nonce_str': secrets.token_hex(16),
            'req_info': seal(to_xml(facts | spoil, 'root'), key),
        }
        return {'Content-Type': 'text/xml'}, to_xml(outside)
