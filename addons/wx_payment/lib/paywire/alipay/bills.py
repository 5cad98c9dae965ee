"""Reading of Alipay's bills: the trade details and the account log.

Columns are found by the name in the header; lines that begin with ``#`` tell of the account, the
end of the list and its sums. Source: spec/alipay.md §5.8.
"""

import csv
import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from ..bills import FEE, OTHER, PAYMENT, REFUND, BillLine, FundLine, read_fen
from ..errors import MalformedLine
from ..messages import CURRENCY
from . import parsing

# GBK and its additions; for `paywire.bills.split_lines`.
ENCODING = 'gb18030'

TRADE_COLUMNS = frozenset(
    {'支付宝交易号', '商户订单号', '业务类型', '完成时间', '订单金额', '商家实收', '服务费'}
)
FUND_COLUMNS = frozenset({'账务流水号', '发生时间', '收入金额', '支出金额', '账户余额'})
TRADE_KINDS = {'交易': PAYMENT, '退款': REFUND}
FUND_KINDS = {
    '在线支付': PAYMENT,
    '交易付款': PAYMENT,
    '交易退款': REFUND,
    '退款': REFUND,
    '收费': FEE,
    '服务费': FEE,
    '手续费': FEE,
    '退费': FEE,
}

_UNIT = re.compile(r'[（(][+-]?元[）)]$')
_ACCOUNT = re.compile(r'#+账号：\[([0-9]{16})')
_SUM = re.compile(r'#+(交易|退款|收入|支出)合计：([0-9]+)笔，(\S*?)共(-?[0-9.]+)元')
_END = '列表结束'

_Line = TypeVar('_Line', BillLine, FundLine)
_Row = Mapping[str, str]


@dataclass
class _Sums:
    """Number and amount of the lines of each kind, to be compared with those of the bill."""

    count: dict[str, int] = field(default_factory=dict)
    fen: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, amount_fen: int) -> None:
        self.count[name] = self.count.get(name, 0) + 1
        self.fen[name] = self.fen.get(name, 0) + abs(amount_fen)

    def check(self, line: str, line_no: int) -> None:
        """Compare with a line of sums; one in other words tells the number of lines only."""
        found = _SUM.match(line)
        if not found:
            return
        name, count, words, amount = found.groups()
        if int(count) != self.count.get(name, 0):
            raise MalformedLine(line_no, 'The number of lines is not that of the bill.')
        is_known = words.startswith('商家实收') or name in ('收入', '支出')
        if is_known and abs(read_fen(amount, line_no)) != self.fen.get(name, 0):
            raise MalformedLine(line_no, 'The sum of the lines is not that of the bill.')


def read_trade_bill(lines: Iterable[str]) -> Iterator[BillLine]:
    """Yield the payments and refunds of a trade bill.

    A bill lists only what succeeded, and no app: ``appid`` is ''.

    :param lines: without their ends
    :raise MalformedLine: not as documented, or the sums do not agree; nothing read counts then
    """
    return _read(lines, TRADE_COLUMNS, _trade_line)


def read_fund_bill(lines: Iterable[str]) -> Iterator[FundLine]:
    """Yield the movements of the merchant's account.

    :param lines: without their ends
    :raise MalformedLine: not as documented, or the sums do not agree; nothing read counts then
    """
    return _read(lines, FUND_COLUMNS, _fund_line)


def _read(
    lines: Iterable[str],
    columns: frozenset[str],
    parse: Callable[[_Row, str, int, str, _Sums], _Line],
) -> Iterator[_Line]:
    header: list[str] = []
    account, line_no, is_complete = '', 0, False
    sums = _Sums()
    for line_no, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if line.startswith('#'):
            if header and _END in line:
                header, is_complete = [], True
            account = found[1] if (found := _ACCOUNT.match(line)) else account
            sums.check(line, line_no)
        elif header:
            yield parse(_row(header, line, line_no), line, line_no, account, sums)
        else:
            header, sums, is_complete = _header(line, line_no, columns), _Sums(), False
    if not is_complete:
        raise MalformedLine(line_no + 1, 'The end of the bill is missing.')


def _cells(line: str, line_no: int) -> list[str]:
    try:
        (cells,) = csv.reader([line], strict=True)
    except (csv.Error, ValueError) as error:
        raise MalformedLine(line_no, 'It is no line of values.') from error
    # A tab behind a number keeps spreadsheets from rounding it.
    return [cell.strip().removeprefix('`') for cell in cells]


def _header(line: str, line_no: int, columns: frozenset[str]) -> list[str]:
    names = [_UNIT.sub('', name) for name in _cells(line, line_no)]
    if missing := columns - set(names):
        raise MalformedLine(line_no, f'There is no column {", ".join(sorted(missing))}.')
    if len(set(names)) != len(names):
        raise MalformedLine(line_no, 'A column occurs twice.')
    return names


def _row(header: list[str], line: str, line_no: int) -> _Row:
    cells = _cells(line, line_no)
    if len(cells) != len(header):
        raise MalformedLine(line_no, f'It has {len(cells)} values, not {len(header)}.')
    return dict(zip(header, cells, strict=True))


def _time(text: str, line_no: int) -> datetime.datetime:
    try:
        return parsing.moment(text)
    except ValueError as error:
        raise MalformedLine(line_no, f'{text[:40]!r} is no time.') from error


def _trade_line(row: _Row, line: str, line_no: int, account: str, sums: _Sums) -> BillLine:
    kind = TRADE_KINDS.get(row['业务类型'], OTHER)
    sums.add(row['业务类型'], read_fen(row['商家实收'], line_no))
    return BillLine(
        kind=kind,
        trade_time=_time(row['完成时间'], line_no),
        appid='',
        mchid=account,
        out_trade_no=row['商户订单号'],
        transaction_id=row['支付宝交易号'],
        out_refund_no=row.get('退款批次号/请求号', '') if kind == REFUND else '',
        refund_id='',
        state='SUCCESS',
        amount_fen=abs(read_fen(row['订单金额'], line_no)),
        # What Alipay keeps is written as a loss.
        fee_fen=-read_fen(row['服务费'], line_no),
        currency=CURRENCY,
        raw=line,
    )


def _fund_line(row: _Row, line: str, line_no: int, account: str, sums: _Sums) -> FundLine:
    # An account log has no use for the account's number: it is the merchant's own.
    del account
    in_fen = abs(read_fen(row['收入金额'] or '0', line_no))
    out_fen = abs(read_fen(row['支出金额'] or '0', line_no))
    for name, amount in (('收入', in_fen), ('支出', out_fen)):
        if amount:
            sums.add(name, amount)
    business = row.get('业务类型', '') or row.get('业务描述', '')
    return FundLine(
        kind=FUND_KINDS.get(business, OTHER),
        time=_time(row['发生时间'], line_no),
        business=business,
        number=row['账务流水号'],
        business_no=row.get('业务流水号', ''),
        voucher=row.get('商户订单号', ''),
        in_fen=in_fen,
        out_fen=out_fen,
        balance_fen=read_fen(row['账户余额'], line_no),
        raw=line,
    )
