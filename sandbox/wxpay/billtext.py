"""Bills as files: BOM, CRLF, commas, a backtick before each value, totals at the end.

Source: spec/wechat_pay_v3.md §12.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .answers import BEIJING
from .billlines import BillLine

ALL = (
    '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,'
    '付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,'
    '退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
).split(',')
_REFUND_ONLY = frozenset(
    {
        '微信退款单号',
        '商户退款单号',
        '退款金额',
        '充值券退款金额',
        '退款类型',
        '退款状态',
        '申请退款金额',
    }
)
_REFUND_TIMES = ['退款申请时间', '退款成功时间']
_BEFORE_REFUND = ALL.index('微信退款单号')
COLUMNS = {
    'ALL': ALL,
    'SUCCESS': [name for name in ALL if name not in _REFUND_ONLY],
    'REFUND': [*ALL[:_BEFORE_REFUND], *_REFUND_TIMES, *ALL[_BEFORE_REFUND:]],
}
SUMMARY = (
    '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'
)
FUND = (
    '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),'
    '资金变更提交申请人,备注,业务凭证号'
)
FUND_SUMMARY = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额'


def trade_bill(lines: Sequence[BillLine], bill_type: str) -> bytes:
    """Return the trade bill; its columns depend on the type."""
    wanted = {
        'ALL': lines,
        'SUCCESS': [line for line in lines if line.state == 'SUCCESS'],
        'REFUND': [line for line in lines if line.state == 'REFUND'],
    }[bill_type]
    columns = COLUMNS[bill_type]
    rows = [_row([_values(line)[name] for name in columns]) for line in wanted]
    paid = sum(line.amount for line in wanted if line.state == 'SUCCESS')
    back = sum(line.amount for line in wanted if line.state != 'SUCCESS')
    fees = sum(line.fee for line in wanted)
    # The count prints as a decimal, and what is nothing as 0.0: so the real files do.
    totals = [f'{len(wanted)}.0', yuan(paid), yuan(back), '0.0', yuan(fees), yuan(paid), yuan(back)]
    return _file([','.join(columns), *rows, SUMMARY, _row(totals)])


def fund_bill(lines: Sequence[BillLine], opening: int) -> bytes:
    """Return the fund flow bill: one movement for the money, one for its fee.

    :param opening: balance in fen before the first line
    """
    rows, balance, sums = [], opening, {'收入': [0, 0], '支出': [0, 0]}
    for line in lines:
        for kind, incoming, amount in movements(line):
            balance += amount if incoming else -amount
            direction = '收入' if incoming else '支出'
            sums[direction][0] += 1
            sums[direction][1] += amount
            rows.append(_row(_movement(line, kind, direction, amount, balance)))
    (ins, came), (outs, went) = sums['收入'], sums['支出']
    totals = [f'{ins + outs}.0', f'{ins}.0', yuan(came), f'{outs}.0', yuan(went)]
    return _file([FUND, *rows, FUND_SUMMARY, _row(totals)])


def movements(line: BillLine) -> list[tuple[str, bool, int]]:
    """Return kind, whether money comes in, and fen of each movement of a line."""
    main = ('交易' if line.incoming else '退款', line.incoming, line.amount)
    if not line.fee:
        return [main]
    return [
        main,
        ('扣除交易手续费' if line.fee > 0 else '退还交易手续费', line.fee < 0, abs(line.fee)),
    ]


def _movement(line: BillLine, kind: str, direction: str, amount: int, balance: int) -> list[str]:
    number = line.transaction_id if line.incoming else line.refund_id
    return [
        _time(line.moment),
        number,
        f'{number[-20:]}{"1" if "手续费" in kind else "0"}',
        kind,
        kind,
        direction,
        yuan(amount),
        yuan(balance),
        line.order.mchid if line.incoming else 'API',
        f'结算总金额 {yuan(amount)} 元',
        line.out_trade_no if line.incoming else line.out_refund_no,
    ]


def _values(line: BillLine) -> dict[str, str]:
    order, payment = line.order, line.state == 'SUCCESS'
    amount, nothing = yuan(line.amount), '0.00'
    done = line.refund.success_time if line.refund else ''
    return {
        '交易时间': _time(line.moment),
        '公众账号ID': order.appid,
        '商户号': order.mchid,
        '特约商户号': '0',
        '设备号': order.device_id,
        '微信订单号': line.transaction_id,
        '商户订单号': line.out_trade_no,
        '用户标识': order.openid,
        '交易类型': order.trade_type,
        '交易状态': line.state,
        '付款银行': 'OTHERS',
        '货币种类': 'CNY',
        '应结订单金额': amount if payment else nothing,
        '代金券金额': nothing,
        '退款申请时间': _time(line.moment),
        '退款成功时间': done[:19].replace('T', ' '),
        '微信退款单号': line.refund_id,
        '商户退款单号': line.out_refund_no,
        '退款金额': nothing if payment else amount,
        '充值券退款金额': nothing,
        '退款类型': '' if payment else 'ORIGINAL',
        '退款状态': '' if payment else line.refund_state,
        '商品名称': order.description,
        '商户数据包': order.attach,
        '手续费': f'{yuan(line.fee)}000',
        '费率': line.rate,
        '订单金额': amount if payment else nothing,
        '申请退款金额': nothing if payment else amount,
        '费率备注': '',
    }


def yuan(fen: int) -> str:
    """Return fen as yuan with two decimals."""
    return f'{"-" if fen < 0 else ""}{abs(fen) // 100}.{abs(fen) % 100:02d}'


def _time(moment: float) -> str:
    return f'{datetime.fromtimestamp(moment, BEIJING):%Y-%m-%d %H:%M:%S}'


def _row(values: Sequence[str]) -> str:
    return ','.join(f'`{_plain(value)}' for value in values)


def _plain(value: str) -> str:
    """Keep separators out of a value."""
    return value.replace(',', ' ').replace('\r', ' ').replace('\n', ' ')


def _file(rows: Sequence[str]) -> bytes:
    return '\ufeff'.encode() + ''.join(f'{row}\r\n' for row in rows).encode()
