"""A day's bill is reconciled inside Odoo: called by the stage on a database of its own.

As many payments as the bill has lines are made beforehand, with their entries in the ledger. The
bill's text is made while it is fetched, so what counts is the memory of the reconciliation.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

from .memory import watched

DAY = date(2026, 1, 2)
# Of each thousand lines: one that is missing here, one of another amount; and one payment that
# is missing there.
EVERY = 1000
LINES_A_PIECE = 500
Answer = dict[str, Any]

TRADE_HEAD = (
    '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,'
    '付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,'
    '退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
)
TRADE_FOOT = (
    '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'
)

FILL = (
    """INSERT INTO wx_payment_order (company_id, wx_user_id, res_model, res_id, currency_id, name,
              state, description, expires_at, amount_fen, paid_fen)
       SELECT %(company)s, %(user)s, 'bench.bill', %(first)s + n, %(currency)s,
              %(prefix)s || lpad(n::text, 9, '0'), 'paid', 'Bench', %(begins)s, 100 + n %% 900,
              100 + n %% 900
         FROM generate_series(1, %(size)s) n""",
    """INSERT INTO wx_payment_leg (order_id, company_id, kind, state, amount_fen, paid_fen)
       SELECT id, company_id, 'channel', 'confirmed', amount_fen, paid_fen
         FROM wx_payment_order WHERE name LIKE %(prefix)s || '%%'""",
    """INSERT INTO wx_payment_attempt (order_id, leg_id, company_id, channel_id, kind, scene, state,
              out_trade_no, transaction_id, appid, mchid, amount_fen, paid_fen, success_time)
       SELECT o.id, l.id, o.company_id, %(channel)s, 'wxpay_v3', 'miniprogram', 'paid',
              o.name || '-1', '42' || o.name, 'wxbench', %(mchid)s, o.amount_fen, o.paid_fen,
              %(begins)s::timestamp + make_interval(secs => 3600 + o.id * 7 %% 79000)
         FROM wx_payment_order o JOIN wx_payment_leg l ON l.order_id = o.id
        WHERE o.name LIKE %(prefix)s || '%%'""",
    """INSERT INTO wx_ledger_posting (company_id, key, digest, user_id, posted_at, event_at,
              document_model, document_id)
       SELECT company_id, 'payment:' || out_trade_no, sha256(out_trade_no::bytea), 1, now(), now(),
              'wx.payment.attempt', id
         FROM wx_payment_attempt WHERE out_trade_no LIKE %(prefix)s || '%%'""",
    """INSERT INTO wx_ledger_transfer (posting_id, asset_id, debit_account_id, credit_account_id,
              amount, reason_id, posted_at)
       SELECT p.id, %(asset)s, %(clearing)s, %(sales)s, a.paid_fen, r.id, p.posted_at
         FROM wx_payment_attempt a
         JOIN wx_ledger_posting p
           ON p.document_model = 'wx.payment.attempt' AND p.document_id = a.id
         JOIN wx_ledger_reason r ON r.code = '200001'
        WHERE a.out_trade_no LIKE %(prefix)s || '%%'""",
    """INSERT INTO wx_ledger_entry (id, transfer_id, account_id, amount, posted_at)
       SELECT 2 * t.id + side, t.id,
              CASE side WHEN 0 THEN t.debit_account_id ELSE t.credit_account_id END,
              CASE side WHEN 0 THEN -t.amount ELSE t.amount END, t.posted_at
         FROM wx_ledger_posting p JOIN wx_ledger_transfer t ON t.posting_id = p.id,
              generate_series(0, 1) side
        WHERE p.key LIKE 'payment:' || %(prefix)s || '%%'""",
    'ANALYZE wx_payment_order, wx_payment_leg, wx_payment_attempt',
    'ANALYZE wx_ledger_posting, wx_ledger_transfer, wx_ledger_entry',
)


class Load:
    """A merchant account with so many payments on one day, and their bill.

    :param env: environment of the superuser
    :param size: lines of the bill
    :param day: of the bill; no other bill has it
    """

    def __init__(self, env: Any, size: int, day: date):
        self.env = env
        self.size = size
        self.day = day
        self.prefix = f'B{day:%y%m%d}N'
        # The channel of the demonstration has all that a channel needs.
        self.channel = env['wx.payment.channel'].search([('kind', '=', 'wxpay_v3')], limit=1)
        # The text may be asked for in a process that has forked off: no query then.
        self.mchid = self.channel.mchid

    def fill(self) -> None:
        """Make the payments and their entries."""
        env, channel = self.env, self.channel
        app = channel.app_id.id
        customer = env['wx.user'].create({'app_id': app, 'openid': f'{self.prefix}Customer'})
        accounts, money = env['wx.ledger.account'], env.ref('base.CNY')
        asset = env['wx.ledger.asset']._money_of(channel.company_id, money)
        self.params = {
            'company': channel.company_id.id,
            'user': customer.id,
            'currency': money.id,
            'channel': channel.id,
            'mchid': self.mchid,
            'asset': asset.id,
            'clearing': accounts._of_purpose(asset, 'clearing', channel).id,
            'sales': accounts._of_purpose(asset, 'sales').id,
            'prefix': self.prefix,
            'first': (self.day - DAY).days * 10**7,
            'size': self.size,
            'begins': f'{self.day - timedelta(days=1)} 16:00:00',
        }
        env.flush_all()
        for statement in FILL:
            env.cr.execute(statement, self.params)
        env.cr.commit()

    def text(self) -> Iterator[bytes]:
        """Yield the bill piece by piece."""
        yield f'\ufeff{TRADE_HEAD}\r\n'.encode()
        paid = fees = 0
        lines = []
        for number in range(1, self.size + 1):
            fen = 100 + number % 900 + (number % EVERY == 2)
            fee = fen * 6 // 1000
            paid, fees = paid + fen, fees + fee
            lines.append(self._line(number, fen, fee))
            if len(lines) == LINES_A_PIECE:
                yield ''.join(lines).encode()
                lines = []
        totals = (f'{self.size}.0', _yuan(paid), '0.0', '0.0', _yuan(fees), _yuan(paid), '0.0')
        foot = ','.join(f'`{total}' for total in totals)
        yield f'{"".join(lines)}{TRADE_FOOT}\r\n{foot}\r\n'.encode()

    def _line(self, number: int, fen: int, fee: int) -> str:
        # The first of each thousand is not known here, which leaves one here that is not there.
        own = (
            f'{self.prefix}{number:09d}-1'
            if number % EVERY != 1
            else f'{self.prefix}unknown-{number}'
        )
        amount = _yuan(fen)
        values = (
            *(f'{self.day} 12:00:00', 'wxbench', self.mchid, '0', '', f'42{own}', own),
            *('oBench', 'JSAPI', 'SUCCESS', 'OTHERS', 'CNY', amount, '0.00', '0', '0', '0.00'),
            *('0.00', '', '', 'Top-up', '', f'{_yuan(fee)}000', '0.60%', amount, '0.00', ''),
        )
        return ','.join(f'`{value}' for value in values) + '\r\n'

    # === MEASURING === #

    def perform(self) -> Answer:
        """Reconcile the bill twice; return seconds by step, memory and what was found."""
        env = self.env
        bills = env['wx.payment.bill']._plan(self.channel, self.day, self.day)
        bill = bills.filtered(lambda bill: bill.kind == 'trade')
        env.cr.commit()
        with watched(env.cr.connection.get_backend_pid()) as peaks, self._provider():
            found: Answer = {
                'fetch': self._time(bill._run_fetch),
                'load': self._time(bill._run_load),
                'match': self._time(bill._run_match),
            }
            before = self._latest()
            found['again'] = self._time(bill._match)
        rare = -(-self.size // EVERY)
        return {
            **found,
            **peaks,
            'changed': self._latest() - before,
            'found': self._found(bill),
            'expected': {
                'missing_here': rare,
                'missing_there': rare,
                'amount': (self.size + EVERY - 2) // EVERY,
            },
        }

    @contextmanager
    def _provider(self) -> Iterator[None]:
        def fetch(_provider: Any, _channel: Any, _kind: str, _day: date, write: Any) -> None:
            for piece in self.text():
                write(piece)

        model = type(self.env['wx.payment.provider.wxpay_v3'])
        with patch.object(model, '_fetch_bill', fetch):
            yield

    def _time(self, step: Callable[[], Any]) -> float:
        started = time.perf_counter()
        step()
        self.env.flush_all()
        self.env.cr.commit()
        return time.perf_counter() - started

    def _latest(self) -> int:
        """Return the sum of the versions of all differences: it grows with every change."""
        self.env.cr.execute(
            'SELECT COALESCE(sum(xmin::text::bigint), 0) FROM wx_payment_difference'
        )
        return int(self.env.cr.fetchone()[0])

    def _found(self, bill: Any) -> dict[str, int]:
        self.env.cr.execute(
            'SELECT type, count(*) FROM wx_payment_difference WHERE bill_id = %s GROUP BY type',
            (bill.id,),
        )
        return dict(self.env.cr.fetchall())


def measure(env: Any, sizes: list[int]) -> Answer:
    """Return the figures by size; called inside Odoo on a database with demo data."""
    figures = {}
    for number, size in enumerate(sizes):
        load = Load(env, size, DAY + timedelta(days=10 * number))
        load.fill()
        figures[str(size)] = load.perform()
    return figures


def _yuan(fen: int) -> str:
    return f'{fen // 100}.{fen % 100:02d}'
