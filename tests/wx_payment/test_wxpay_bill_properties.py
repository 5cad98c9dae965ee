"""Claims about bills that must hold for any of them. Source: spec/wechat_pay_v3.md §12."""

import datetime
import itertools
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paywire import bills
from paywire.errors import MalformedLine
from paywire.wxpay_v3.bills import read_fund_bill, read_trade_bill
from paywire.wxpay_v3.writing import BEIJING
from wxpay_bill_texts import (
    PAYMENT_ROW,
    REFUND_ROW,
    TRADE_HEADER,
    TRADE_TOTALS_HEADER,
    as_file,
    fund_lines,
    replaced,
    trade_lines,
)

FEN = st.integers(0, 10**11)
NUMBERS = st.text('abcXYZ019_-|*', min_size=6, max_size=32)
TEXTS = st.text(
    st.characters(exclude_characters='`\r\n', exclude_categories=['Cs', 'Cc']), max_size=12
)
TIMES = st.integers(1_420_000_000, 2_200_000_000).map(
    lambda seconds: datetime.datetime.fromtimestamp(seconds, BEIJING)
)


def _yuan(fen):
    return f'{Decimal(fen) / 100:.2f}'


@st.composite
def _rows(draw):
    """Return a payment or refund with what must be read of it."""
    refund = draw(st.booleans())
    fen, fee, moment = draw(FEN), draw(st.integers(-(10**6), 10**6)), draw(TIMES)
    if refund and not fen:
        fen = 1
    number, own = draw(NUMBERS), draw(NUMBERS)
    values = {
        '交易时间': moment.strftime('%Y-%m-%d %H:%M:%S'),
        '商户订单号': number,
        '商品名称': draw(TEXTS),
        '手续费': f'{Decimal(fee) / 100:.5f}',
        '商户退款单号': own if refund else '0',
        '订单金额': _yuan(0 if refund else fen),
        '应结订单金额': _yuan(0 if refund else fen),
        '退款金额': _yuan(fen if refund else 0),
        '申请退款金额': _yuan(fen if refund else 0),
    }
    row = replaced(REFUND_ROW if refund else PAYMENT_ROW, TRADE_HEADER, **values)
    expected = (
        'refund' if refund else 'payment',
        moment,
        number,
        own if refund else '',
        fen,
        fee,
        row,
    )
    return row, expected


def _facts(line):
    return (
        line.kind,
        line.trade_time,
        line.out_trade_no,
        line.out_refund_no,
        line.amount_fen,
        line.fee_fen,
        line.raw,
    )


def _totals(expected):
    paid = _yuan(sum(facts[4] for facts in expected if facts[0] == 'payment'))
    refunded = _yuan(sum(facts[4] for facts in expected if facts[0] == 'refund'))
    fee = _yuan(sum(facts[5] for facts in expected))
    cells = (f'{len(expected)}.0', paid, refunded, '0.0', fee, paid, refunded)
    return '`' + ',`'.join(cells)


@settings(max_examples=150, deadline=None)
@given(st.lists(_rows(), max_size=8))
def test_whatever_was_written_is_read(rows):
    expected = [facts for _row, facts in rows]
    lines = [TRADE_HEADER, *(row for row, _facts in rows), TRADE_TOTALS_HEADER, _totals(expected)]
    assert [_facts(line) for line in read_trade_bill(lines)] == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(_rows(), min_size=1, max_size=6), st.data())
def test_any_missing_line_is_noticed(rows, data):
    expected = [facts for _row, facts in rows]
    lines = [TRADE_HEADER, *(row for row, _facts in rows), TRADE_TOTALS_HEADER, _totals(expected)]
    del lines[data.draw(st.integers(0, len(lines) - 1))]
    with pytest.raises(MalformedLine):
        list(read_trade_bill(lines))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=20))
def test_any_cut_into_chunks_gives_the_same_lines(cuts):
    raw = as_file(trade_lines())
    places = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    chunks = [raw[start:end] for start, end in itertools.pairwise(places)]
    assert list(bills.split_lines(chunks)) == trade_lines()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_rubbish_is_malformed_and_nothing_else(lines):
    for read in (read_trade_bill, read_fund_bill):
        with pytest.raises(MalformedLine):
            list(read(lines))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 5), st.text(max_size=20), st.data())
def test_any_spoiled_line_is_read_or_malformed_and_nothing_else(number, text, data):
    for lines, read in ((trade_lines(), read_trade_bill), (fund_lines(), read_fund_bill)):
        spoiled = list(lines)
        line = spoiled[number % len(lines)]
        place = data.draw(st.integers(0, len(line)))
        spoiled[number % len(lines)] = line[:place] + text + line[place:]
        try:
            read_lines = list(read(spoiled))
        except MalformedLine as error:
            assert 1 <= error.line_no <= len(spoiled) + 1
        else:
            assert len(read_lines) == len(lines) - 3


def test_bill_of_200_000_lines_is_read_in_bounded_memory():
    count = 200_000
    one = (PAYMENT_ROW + '\r\n').encode()

    def chunks():
        yield (TRADE_HEADER + '\r\n').encode()
        for _number in range(count // 1000):
            yield one * 1000
        yuan, fee = _yuan(3 * count), _yuan(count)
        yield f'{TRADE_TOTALS_HEADER}\r\n`{count},`{yuan},`0,`0,`{fee},`{yuan},`0\r\n'.encode()

    read = total = 0
    try:
        for line in read_trade_bill(bills.split_lines(chunks())):
            # Tracing is slow: only the last tenth is watched, which kept would be 20 MB.
            if read == count * 9 // 10:
                tracemalloc.start()
            read += 1
            total += line.amount_fen
        _current, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (read, total) == (count, 3 * count)
    # The file has 60 MB; a chunk of it, with its lines, 1 MB.
    assert 0 < peak < 4 * 1024 * 1024
