"""The lines of WeChat Pay's bills, which v2 and v3 write alike.

A column is found by its name, as their number depends on the kind of the bill. The totals at the
end tell whether anything is missing, so a bill counts only once it was read to its end.
Source: spec/wechat_pay_v3.md §12, §17 (21).
"""

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from ..bills import FEE, OTHER, PAYMENT, REFUND, BillLine, FundLine, read_fen, read_yuan
from ..errors import MalformedLine
from .writing import BEIJING

_NO_NUMBER = '0'
_MOMENT = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}', re.ASCII)
_HALF_FEN = Decimal('0.005')

# What a total of the trade bill is the sum of.
_TRADE_TOTALS = (
    ('应结订单总金额', '应结订单金额'),
    ('订单总金额', '订单金额'),
    ('退款总金额', '退款金额'),
    ('充值券退款总金额', '充值券退款金额'),
    ('申请退款总金额', '申请退款金额'),
    ('手续费总金额', '手续费'),
)

_INCOME = '收入'
_EXPENSE = '支出'

# The first word found decides: a fee is called "fee of a payment".
_FUND_KINDS = (('手续费', FEE), ('退款', REFUND), ('交易', PAYMENT))


@dataclass(frozen=True)
class Row:
    """One line of data with its values by column name."""

    line_no: int
    raw: str
    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return the value of a column that must be there."""
        try:
            return self.values[name].strip()
        except KeyError:
            raise MalformedLine(self.line_no, f'There is no column {name}.') from None

    def number(self, name: str) -> str:
        """Return a number of an order or refund, '' where there is none."""
        value = self.values.get(name, '').strip()
        return '' if value == _NO_NUMBER else value

    def yuan(self, name: str) -> Decimal:
        """Return an amount of a column that must be there."""
        return read_yuan(self.text(name), self.line_no)

    def fen(self, name: str) -> int:
        """Return an amount of a column that must be there."""
        return read_fen(self.text(name), self.line_no)

    def moment(self, name: str) -> datetime.datetime:
        """Return a time in UTC; the bill has those of Beijing."""
        value = self.text(name)
        try:
            # Date and time are of a fixed width; the standard library takes other forms as well.
            if not _MOMENT.fullmatch(value):
                raise ValueError(value)
            moment = datetime.datetime.fromisoformat(value).replace(tzinfo=BEIJING)
        except ValueError:
            raise MalformedLine(self.line_no, f'{name} is no time.') from None
        return moment.astimezone(datetime.UTC)


@dataclass
class Totals:
    """How many amounts of each name were read so far, and their sums."""

    counts: Counter[str] = field(default_factory=Counter)
    sums: dict[str, Decimal] = field(default_factory=dict)

    def add(self, name: str, amount: Decimal) -> None:
        """Add an amount to those of its name."""
        self.counts[name] += 1
        self.sums[name] = self.sums.get(name, Decimal()) + amount

    def check_sum(self, row: Row, total: str, name: str) -> None:
        """Compare a total with the sum; lines have parts of a fen that a total may not have.

        :raise MalformedLine: they differ
        """
        if abs(row.yuan(total) - self.sums.get(name, Decimal())) > _HALF_FEN:
            raise MalformedLine(row.line_no, f'{total} is not the sum of the lines.')

    def check_count(self, row: Row, total: str, *names: str) -> None:
        """Compare a total with the number of the amounts.

        :raise MalformedLine: they differ
        """
        if row.yuan(total) != sum(self.counts[name] for name in names):
            raise MalformedLine(row.line_no, f'{total} is not the number of the lines.')


def read_trade_bill(lines: Iterable[str]) -> Iterator[BillLine]:
    """Yield the payments and refunds of a trade bill.

    :param lines: without line ends, see `bills.split_lines`
    :raise MalformedLine: not as documented, or its totals are not those of its lines
    """
    totals = Totals()
    for row in _read_rows(lines, lambda row: _check_trade_totals(row, totals)):
        for _total, column in _TRADE_TOTALS:
            if column in row.values:
                totals.add(column, row.yuan(column))
        yield _read_trade_row(row)


def read_fund_bill(lines: Iterable[str]) -> Iterator[FundLine]:
    """Yield the movements of a fund-flow bill.

    :param lines: without line ends, see `bills.split_lines`
    :raise MalformedLine: not as documented, or its totals are not those of its lines
    """
    totals = Totals()
    for row in _read_rows(lines, lambda row: _check_fund_totals(row, totals)):
        line = _read_fund_row(row)
        totals.add(row.text('收支类型'), abs(row.yuan('收支金额(元)')))
        yield line


def _read_rows(lines: Iterable[str], check_totals: Callable[[Row], None]) -> Iterator[Row]:
    """Yield the rows between the two headers and have the last row, the totals, checked."""
    numbered = enumerate(lines, start=1)
    header = _read_header(next(numbered, (1, '')))
    for line_no, line in numbered:
        if not line.startswith('`'):
            break
        yield _read_row(line_no, line, header)
    else:
        raise MalformedLine(1, 'The totals are missing.')
    total_header = _read_header((line_no, line))
    line_no, line = next(numbered, (line_no + 1, ''))
    check_totals(_read_row(line_no, line, total_header))
    for line_no, line in numbered:
        if line.strip():
            raise MalformedLine(line_no, 'Something follows the totals.')


def _read_header(numbered: tuple[int, str]) -> tuple[str, ...]:
    line_no, line = numbered
    names = tuple(line.replace('（', '(').replace('）', ')').strip().split(','))
    if not all(names) or len(set(names)) < len(names):
        raise MalformedLine(line_no, 'A header was expected.')
    return names


def _read_row(line_no: int, line: str, header: tuple[str, ...]) -> Row:
    # Each value has a backtick before it, so a comma inside of one does no harm.
    values = line.removeprefix('`').split(',`')
    if not line.startswith('`') or len(values) != len(header):
        raise MalformedLine(line_no, 'Its values do not fit the header.')
    return Row(line_no, line, dict(zip(header, values, strict=True)))


# === TRADE BILL === #


def _read_trade_row(row: Row) -> BillLine:
    state = row.text('交易状态')
    given_back = abs(_read_refund_fen(row))
    kind = PAYMENT if state == 'SUCCESS' else REFUND if given_back else OTHER
    return BillLine(
        kind=kind,
        trade_time=row.moment('交易时间'),
        appid=row.text('公众账号ID'),
        mchid=row.text('商户号'),
        out_trade_no=row.text('商户订单号'),
        transaction_id=row.text('微信订单号'),
        out_refund_no=row.number('商户退款单号'),
        refund_id=row.number('微信退款单号'),
        # A reversal keeps its own word: no refund was asked for.
        state=row.text('退款状态') if state == 'REFUND' else state,
        amount_fen=given_back if kind == REFUND else abs(row.fen('订单金额')),
        fee_fen=_read_fee_fen(row),
        currency=row.text('货币种类'),
        raw=row.raw,
    )


def _read_refund_fen(row: Row) -> int:
    """Return what was asked to go back; a bill of payments alone has no such column."""
    for name in ('申请退款金额', '退款金额'):
        if name in row.values:
            return row.fen(name)
    return 0


def _read_fee_fen(row: Row) -> int:
    """Return the fee, which is written with five decimals, in whole fen."""
    fen = row.yuan('手续费') * 100
    return int(fen.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _check_trade_totals(row: Row, totals: Totals) -> None:
    # Every line has a fee, if only one of 0.
    totals.check_count(row, '总交易单数', '手续费')
    for total, column in _TRADE_TOTALS:
        if total in row.values:
            totals.check_sum(row, total, column)


# === FUND FLOW BILL === #


def _read_fund_row(row: Row) -> FundLine:
    business = f'{row.text("业务名称")}/{row.text("业务类型")}'
    direction = row.text('收支类型')
    if direction not in (_INCOME, _EXPENSE):
        raise MalformedLine(row.line_no, '收支类型 is neither income nor expense.')
    fen = abs(row.fen('收支金额(元)'))
    return FundLine(
        kind=next((kind for word, kind in _FUND_KINDS if word in business), OTHER),
        time=row.moment('记账时间'),
        business=business,
        number=row.text('资金流水单号'),
        business_no=row.number('微信支付业务单号'),
        voucher=row.number('业务凭证号'),
        in_fen=fen if direction == _INCOME else 0,
        out_fen=fen if direction == _EXPENSE else 0,
        balance_fen=row.fen('账户结余(元)'),
        raw=row.raw,
    )


def _check_fund_totals(row: Row, totals: Totals) -> None:
    totals.check_count(row, '资金流水总笔数', _INCOME, _EXPENSE)
    totals.check_count(row, '收入笔数', _INCOME)
    totals.check_count(row, '支出笔数', _EXPENSE)
    totals.check_sum(row, '收入金额', _INCOME)
    totals.check_sum(row, '支出金额', _EXPENSE)
