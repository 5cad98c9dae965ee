"""A small Alipay in memory: it checks what we send and signs what it answers.

Written for the tests from spec/alipay.md, without the addon's wire client.
"""

import base64
import json
import secrets
from urllib.parse import parse_qsl, urlsplit

from .alipay_keys import (
    ALIPAY_APPID,
    ALIPAY_KEY,
    APP_KEY,
    APP_SERIAL,
    ROOT_SERIAL,
    sign,
    verify,
)
from .fake_alipay_words import AlipayWords, fen, yuan
from .fake_reply import FakeReply

PAYER = '2088222222222222'
NOW = '2026-01-02 10:34:56'


class FakeAlipay(AlipayWords):
    """Plays the provider; called in the place of `wx_base.tools.http.send`.

    `faults[operation]` is a list consumed one a call: an exception is raised before anything
    happens, `('after', exception)` after it happened, a sub_code is answered. `payer` is what the
    customer does whose code is scanned: `pays`, `types` (a password) or `lacks` (money).
    """

    def __init__(self):
        self.trades = {}
        self.codes = {}
        self.refunds = {}
        self.certificates = {}
        self.calls = []
        self.faults = {}
        self.before = {}
        self.key = ALIPAY_KEY
        self.serial = ''
        self.payer = 'pays'
        self.slow_refunds = False

    # === TRANSPORT === #

    def __call__(self, method, url, *, headers, body, timeout):
        assert (method, urlsplit(url).path) == ('POST', '/gateway.do')
        fields = dict(parse_qsl(urlsplit(url).query) + parse_qsl(body.decode()))
        self._check(fields)
        operation = fields['method'].removeprefix('alipay.').removeprefix('trade.')
        content = json.loads(fields['biz_content'])
        self.calls.append((operation, content.get('out_trade_no')))
        if operation in self.before:
            self.before.pop(operation)()
        fault = self.faults[operation].pop(0) if self.faults.get(operation) else None
        if isinstance(fault, Exception):
            raise fault
        if isinstance(fault, str):
            return self._answer(fields['method'], self._error(fault))
        node = getattr(self, f'_do_{operation.replace(".", "_")}')(content, fields)
        if fault:
            raise fault[1]
        return self._answer(fields['method'], node)

    def _check(self, fields):
        """Verify the merchant's signature, over everything but itself."""
        signature = fields.pop('sign')
        assert all(fields.values())
        verify(APP_KEY, '&'.join(f'{name}={fields[name]}' for name in sorted(fields)), signature)
        assert (fields['app_id'], fields['sign_type']) == (ALIPAY_APPID, 'RSA2')
        if self.serial:
            assert fields['app_cert_sn'] == APP_SERIAL
            assert fields['alipay_root_cert_sn'] == ROOT_SERIAL
        else:
            assert 'app_cert_sn' not in fields

    def _answer(self, method, node):
        text = json.dumps(node, ensure_ascii=False).replace('/', r'\/')
        serial = f'"alipay_cert_sn": "{self.serial}", ' if self.serial else ''
        name = f'{method.replace(".", "_")}_response'
        body = f'{{"{name}": {text}, {serial}"sign": "{sign(self.key, text)}"}}'
        return FakeReply(200, {}, body.encode())

    def _ok(self, **fields):
        return {'code': '10000', 'msg': 'Success'} | fields

    def _error(self, sub_code, code='40004'):
        return {
            'code': code,
            'msg': 'Business Failed',
            'sub_code': sub_code,
            'sub_msg': f'answer {sub_code}',
        }

    # === OPERATIONS === #

    def _do_precreate(self, content, fields):
        code = f'https://qr.alipay.com/bax{secrets.token_hex(8)}'
        self.codes[code] = (content, fields)
        return self._ok(out_trade_no=content['out_trade_no'], qr_code=code)

    def _do_pay(self, content, fields):
        if self.payer == 'lacks':
            return self._error('ACQ.BUYER_BALANCE_NOT_ENOUGH')
        number = content['out_trade_no']
        assert content['scene'] == 'bar_code'
        assert content['auth_code']
        self._open(content, fields)
        if self.payer == 'types':
            return {'code': '10003', 'msg': 'order success pay inprocess'} | self._numbers(number)
        self.pay(number)
        return self._ok(**self._shown(number))

    def _do_query(self, content, _fields):
        number = content['out_trade_no']
        if number not in self.trades:
            return self._error('ACQ.TRADE_NOT_EXIST')
        return self._ok(**self._shown(number))

    def _do_close(self, content, _fields):
        trade = self.trades.get(content['out_trade_no'])
        if not trade:
            return self._error('ACQ.TRADE_NOT_EXIST')
        if trade['status'] != 'WAIT_BUYER_PAY':
            return self._error('ACQ.TRADE_STATUS_ERROR')
        trade['status'] = 'TRADE_CLOSED'
        return self._ok(**self._numbers(content['out_trade_no']))

    def _do_cancel(self, content, _fields):
        number = content['out_trade_no']
        trade = self.trades.get(number)
        if not trade:
            return self._ok(out_trade_no=number, retry_flag='N')
        action = 'close' if trade['status'] == 'WAIT_BUYER_PAY' else 'refund'
        if action == 'refund':
            trade['refunded_at'] = NOW
        trade['status'] = 'TRADE_CLOSED'
        return self._ok(**self._numbers(number), retry_flag='N', action=action)

    def _do_refund(self, content, _fields):
        trade = self.trades[content['out_trade_no']]
        assert content['trade_no'] == trade['trade_no']
        number = content['out_request_no']
        if number in self.refunds:
            if self.refunds[number]['amount'] != content['refund_amount']:
                return self._error('ACQ.DISCORDANT_REPEAT_REQUEST')
            return self._refunded(content['out_trade_no'], 'N')
        if (
            self.refunded_fen(content['out_trade_no']) + fen(content['refund_amount'])
            > trade['fen']
        ):
            return self._error('ACQ.REASON_TRADE_REFUND_FEE_ERR')
        self.refunds[number] = {
            'out_trade_no': content['out_trade_no'],
            'amount': content['refund_amount'],
            'done': False,
        }
        if self.slow_refunds:
            return self._refunded(content['out_trade_no'], 'N')
        self.finish_refund(number)
        return self._refunded(content['out_trade_no'], 'Y')

    def _refunded(self, number, changed):
        return self._ok(
            **self._numbers(number),
            fund_change=changed,
            refund_fee=yuan(self.refunded_fen(number)),
            gmt_refund_pay=NOW,
        )

    def _do_fastpay_refund_query(self, content, _fields):
        refund = self.refunds.get(content['out_request_no'])
        if not refund or not refund['done']:
            return self._ok()
        number = refund['out_trade_no']
        return self._ok(
            **self._numbers(number),
            out_request_no=content['out_request_no'],
            refund_status='REFUND_SUCCESS',
            refund_amount=refund['amount'],
            total_amount=yuan(self.trades[number]['fen']),
            gmt_refund_pay=NOW,
        )

    def _do_open_app_alipaycert_download(self, content, _fields):
        pem = self.certificates[content['alipay_cert_sn']]
        return self._ok(alipay_cert_content=base64.b64encode(pem.encode()).decode())

    # === WHAT THE CUSTOMER AND THE BANK DO === #

    def open(self, invoke):
        """Open the cashier with what our caller was given, or scan the code, and return our
        number: only now there is a trade."""
        if 'code_url' in invoke:
            content, fields = self.codes[invoke['code_url']]
        else:
            text = invoke.get('order_string') or urlsplit(invoke['url']).query
            fields = dict(parse_qsl(text, strict_parsing=True))
            self._check(fields)
            content = json.loads(fields['biz_content'])
        return self._open(content, fields)

    def _open(self, content, fields):
        number = content['out_trade_no']
        self.trades[number] = {
            'content': content,
            'notify_url': fields['notify_url'],
            'status': 'WAIT_BUYER_PAY',
            'trade_no': f'2026010222{secrets.randbelow(10**18):018d}',
            'fen': fen(content['total_amount']),
        }
        return number

    def pay(self, number):
        self.trades[number] |= {'status': 'TRADE_SUCCESS', 'paid_at': NOW}

    def finish_refund(self, number):
        """Give the money back; a trade that is wholly given back is closed."""
        refund = self.refunds[number]
        refund['done'] = True
        trade = self.trades[refund['out_trade_no']]
        trade['refunded_at'] = NOW
        if self.refunded_fen(refund['out_trade_no']) == trade['fen']:
            trade['status'] = 'TRADE_CLOSED'

    def refunded_fen(self, number):
        return sum(
            fen(refund['amount'])
            for refund in self.refunds.values()
            if refund['out_trade_no'] == number
        )
