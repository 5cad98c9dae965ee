"""Lines of bills. Source: spec/wechat_pay_v3.md §12, §17 (21)."""

import datetime

import pytest

from paywire import bills
from paywire.errors import Malformed, MalformedLine
from paywire.wxpay_v2 import bills as v2_bills
from paywire.wxpay_v3.bills import read_fund_bill, read_trade_bill
from wxpay_bill_texts import (
    FUND_ROWS,
    PAYMENT_ROW,
    REFUND_ROW,
    TOTALS_ROW,
    TRADE_HEADER,
    TRADE_TOTALS_HEADER,
    fund_lines,
    replaced,
    trade_lines,
)


def _spoil(row, **values):
    return replaced(row, TRADE_HEADER, **values)


# === TRADE BILL === #


def test_published_payment_row_is_read():
    line = next(read_trade_bill(trade_lines()))
    assert line == bills.BillLine(
        kind='payment',
        trade_time=datetime.datetime(2019, 2, 18, 17, 52, 32, tzinfo=datetime.UTC),
        appid='wxab8acd895ab1638a',
        mchid='1921000401',
        out_trade_no='autotest_20190219015232_89201',
        transaction_id='4200000263201902167700134902',
        out_refund_no='',
        refund_id='',
        state='SUCCESS',
        amount_fen=3,
        fee_fen=1,
        currency='CNY',
        raw=PAYMENT_ROW,
    )


def test_published_refund_row_is_read():
    _payment, line = read_trade_bill(trade_lines())
    assert line == bills.BillLine(
        kind='refund',
        trade_time=datetime.datetime(2019, 2, 18, 21, 1, 46, tzinfo=datetime.UTC),
        appid='wxab8acd895ab1638a',
        mchid='1921000401',
        out_trade_no='autotest_20190216081946_82335',
        transaction_id='4200000263201902167700134212',
        out_refund_no='REF4200000263201902167700963919',
        refund_id='50000709672019011908420787722',
        state='SUCCESS',
        amount_fen=1,
        fee_fen=0,
        currency='CNY',
        raw=REFUND_ROW,
    )


def test_v2_writes_the_same_lines():
    assert v2_bills.read_trade_bill is read_trade_bill
    assert v2_bills.read_fund_bill is read_fund_bill


def test_bill_of_a_day_without_lines_is_empty():
    lines = trade_lines(totals='`0.0,`0.0,`0.0,`0.0,`0.0,`0.0,`0.0')
    assert list(read_trade_bill([lines[0], *lines[-2:]])) == []


def test_columns_are_found_by_name():
    names = TRADE_HEADER.split(',')
    cells = PAYMENT_ROW[1:].split(',`')
    turned = ','.join(reversed(names))
    row = '`' + ',`'.join(reversed(cells))
    (line,) = read_trade_bill(
        trade_lines(row, header=turned, totals='`1,`0.03,`0.00,`0.00,`0.01,`0.03,`0.00')
    )
    assert (line.transaction_id, line.amount_fen) == ('4200000263201902167700134902', 3)


def test_bill_of_payments_alone_has_no_refund_columns():
    names = TRADE_HEADER.split(',')
    kept = [index for index, name in enumerate(names) if '退款' not in name]
    cells = PAYMENT_ROW[1:].split(',`')
    lines = [
        ','.join(names[index] for index in kept),
        '`' + ',`'.join(cells[index] for index in kept),
        '总交易单数,应结订单总金额,手续费总金额,订单总金额',
        '`1,`0.03,`0.01,`0.03',
    ]
    (line,) = read_trade_bill(lines)
    assert (line.kind, line.amount_fen, line.out_refund_no) == ('payment', 3, '')


def test_bill_of_refunds_may_have_more_columns():
    lines = trade_lines(
        REFUND_ROW + ',`2019-02-19 05:01:46,`2019-02-19 05:01:50',
        header=TRADE_HEADER + ',退款申请时间,退款成功时间',
        totals='`1,`0.00,`0.01,`0.00,`0.00,`0.00,`0.01',
    )
    (line,) = read_trade_bill(lines)
    assert (line.kind, line.amount_fen) == ('refund', 1)


@pytest.mark.parametrize('state', ['PROCESSING', 'FAIL', 'CHANGE'])
def test_refund_keeps_the_word_for_its_state(state):
    _payment, line = read_trade_bill(trade_lines(PAYMENT_ROW, _spoil(REFUND_ROW, 退款状态=state)))
    assert line.state == state


def test_reversal_that_gave_money_back_is_a_refund_with_its_own_state():
    _payment, line = read_trade_bill(
        trade_lines(PAYMENT_ROW, _spoil(REFUND_ROW, 交易状态='REVOKED'))
    )
    assert (line.kind, line.state, line.amount_fen) == ('refund', 'REVOKED', 1)


def test_reversal_without_money_is_neither_payment_nor_refund():
    row = _spoil(REFUND_ROW, 交易状态='REVOKED', 申请退款金额='0.00', 退款金额='0.00')
    (line,) = read_trade_bill(trade_lines(row, totals='`1,`0,`0,`0,`0,`0,`0'))
    assert (line.kind, line.amount_fen) == ('other', 0)


def test_fee_given_back_is_negative_and_amounts_are_not():
    row = _spoil(REFUND_ROW, 手续费='-0.06000', 申请退款金额='-10.00', 退款金额='-10.00')
    (line,) = read_trade_bill(trade_lines(row, totals='`1,`0,`-10.00,`0,`-0.06,`0,`-10.00'))
    assert (line.fee_fen, line.amount_fen) == (-6, 1000)


@pytest.mark.parametrize(('fee', 'fen'), [('0.00600', 1), ('0.00499', 0), ('0.01500', 2)])
def test_parts_of_a_fen_of_a_fee_are_rounded(fee, fen):
    row = _spoil(PAYMENT_ROW, 手续费=fee)
    (line,) = read_trade_bill(trade_lines(row, totals=f'`1,`0.03,`0,`0,`{fee},`0.03,`0'))
    assert line.fee_fen == fen


@pytest.mark.parametrize('total', ['0.00', '0.01'])
def test_total_of_fees_may_be_rounded_by_half_a_fen_and_no_more(total):
    def read(fee):
        row = _spoil(PAYMENT_ROW, 手续费=fee)
        totals = f'`1,`0.03,`0,`0,`{total},`0.03,`0'
        return list(read_trade_bill(trade_lines(row, totals=totals)))

    assert len(read('0.00500')) == 1
    with pytest.raises(MalformedLine):
        read('-0.00501' if total == '0.00' else '0.00499')


def test_comma_in_a_value_does_no_harm():
    row = _spoil(PAYMENT_ROW, 商品名称='10,00 Baht, "AIS"')
    assert len(list(read_trade_bill(trade_lines(row, REFUND_ROW)))) == 2


def test_blank_lines_may_follow_the_totals():
    assert len(list(read_trade_bill([*trade_lines(), '', '  ']))) == 2


# === FUND FLOW BILL === #


def test_fund_flow_is_read_with_its_kinds():
    lines = list(read_fund_bill(fund_lines()))
    assert [
        (line.kind, line.number, line.in_fen, line.out_fen, line.balance_fen) for line in lines
    ] == [
        ('payment', '1000001', 3, 0, 10003),
        ('fee', '1000002', 0, 1, 10002),
        ('refund', '1000003', 0, 1, 10001),
        ('other', '1000004', 0, 10000, 1),
    ]
    assert lines[2].business_no == '5000070967201'
    assert lines[2].voucher == 'REF42000'
    assert lines[3].business_no == ''
    assert lines[0].time == datetime.datetime(2019, 2, 18, 17, 52, 33, tzinfo=datetime.UTC)
    assert lines[0].business == '交易/交易'
    assert lines[0].raw == FUND_ROWS[0]


def test_full_width_brackets_of_the_header_are_the_same():
    lines = fund_lines()
    lines[0] = lines[0].replace('(', '（').replace(')', '）')
    assert len(list(read_fund_bill(lines))) == 4


@pytest.mark.parametrize(
    'totals',
    [
        '`5,`1,`0.03,`3,`100.02',
        '`4,`2,`0.03,`3,`100.02',
        '`4,`1,`0.04,`3,`100.02',
        '`4,`1,`0.03,`2,`100.02',
        '`4,`1,`0.03,`3,`100.03',
    ],
)
def test_other_totals_of_a_fund_flow_are_noticed(totals):
    with pytest.raises(MalformedLine) as caught:
        list(read_fund_bill(fund_lines(totals=totals)))
    assert caught.value.line_no == 7


def test_movement_that_is_neither_income_nor_expense_is_malformed():
    # Its totals would fit, as it belongs to neither side.
    row = FUND_ROWS[0].replace('收入', '冻结')
    with pytest.raises(MalformedLine) as caught:
        list(read_fund_bill(fund_lines(row, totals='`0,`0,`0,`0,`0')))
    assert caught.value.line_no == 2


# === WHAT IS WRONG === #


@pytest.mark.parametrize(
    ('spoiled', 'line_no'),
    [
        ({'订单金额': '0.031'}, 2),
        ({'订单金额': 'NaN'}, 2),
        ({'订单金额': '1e3'}, 2),
        ({'订单金额': ''}, 2),
        ({'订单金额': '１'}, 2),
        ({'手续费': '1,0'}, 2),
        ({'交易时间': '2019-02-30 01:52:32'}, 2),
        ({'交易时间': '2019-02-19'}, 2),
        ({'交易时间': '2019-02-19T01:52:32'}, 2),
        ({'订单金额': '0.04'}, 5),
        ({'手续费': '0.02000'}, 5),
        ({'应结订单金额': '0.02'}, 5),
        ({'代金券金额,x': '0.00'}, 2),
    ],
    ids=str,
)
def test_spoiled_value_is_malformed_in_its_line(spoiled, line_no):
    if '代金券金额,x' in spoiled:
        row = PAYMENT_ROW + ',`one too many'
    else:
        row = _spoil(PAYMENT_ROW, **spoiled)
    with pytest.raises(MalformedLine) as caught:
        list(read_trade_bill(trade_lines(row, REFUND_ROW)))
    assert caught.value.line_no == line_no
    assert str(caught.value).startswith(f'Line {line_no}: ')
    assert isinstance(caught.value, Malformed)


@pytest.mark.parametrize(
    'lines',
    [
        [],
        [''],
        [TRADE_HEADER],
        trade_lines()[:2],
        trade_lines()[:4],
        [*trade_lines()[:4], ''],
        trade_lines()[1:],
        [*trade_lines(), PAYMENT_ROW],
        [TRADE_HEADER + ',交易时间', *trade_lines()[1:]],
        trade_lines(totals='`3.0,`0.03,`0.01,`0.0,`0.01,`0.03,`0.01'),
        trade_lines(totals='`2.0,`0.03'),
        trade_lines(totals=TOTALS_ROW[1:]),
        trade_lines(PAYMENT_ROW + ',`x', REFUND_ROW + ',`x', header=TRADE_HEADER + ',商户号'),
        trade_lines(PAYMENT_ROW + ',`x', REFUND_ROW + ',`x', header=TRADE_HEADER + ','),
        ['交易时间,商户号', '`2019-02-19 01:52:32,`1921000401', TRADE_TOTALS_HEADER, TOTALS_ROW],
        ['No bill today'],
    ],
    ids=range(16),
)
def test_bill_of_another_shape_is_malformed(lines):
    with pytest.raises(MalformedLine):
        list(read_trade_bill(lines))


def test_cut_bill_is_noticed_at_its_end_only():
    lines = read_trade_bill(trade_lines()[:2])
    assert next(lines).amount_fen == 3
    with pytest.raises(MalformedLine):
        next(lines)
