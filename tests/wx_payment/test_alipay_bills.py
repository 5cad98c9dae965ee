"""Reading of bills and of the files they come in. Source: spec/alipay.md §5.8."""

import datetime
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alipay_helpers import zipped
from paywire.alipay import archive
from paywire.alipay.bills import ENCODING, read_fund_bill, read_trade_bill
from paywire.bills import split_lines
from paywire.errors import Malformed, MalformedLine

TRADE_HEADER = (
    '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,'
    '对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,'
    '商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,'
    '退款批次号/请求号,服务费（元）,分润（元）,备注'
)
FUND_HEADER = (
    '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,'
    '账户余额（元）,交易渠道,业务类型,备注'
)
HEAD = (
    '#支付宝业务明细查询',
    '#账号：[20881021461352250156]',
    '#起始日期：[2026年01月01日 00:00:00]   终止日期：[2026年01月02日 00:00:00]',
    '#----------------业务明细列表----------------',
)
END = (
    '#-----------------------------------------业务明细列表结束------------------------------------'
)


def _row(number, kind='交易', amount='88.88', fee='-0.53', refund_no='', received=None):
    cells = {
        '支付宝交易号': f'2026{number}\t',
        '商户订单号': f'T{number}\t',
        '业务类型': kind,
        '商品名称': '话费 "100 元"' if number == '9' else '话费',
        '创建时间': '2025-12-31 23:59:58',
        '完成时间': '2026-01-01 00:00:03',
        '订单金额（元）': amount,
        '商家实收（元）': received or amount,
        '退款批次号/请求号': f'{refund_no}\t',
        '服务费（元）': fee,
    }
    return ','.join(cells.get(name, '') for name in TRADE_HEADER.split(','))


def _sums(payments='1笔，商家实收共88.88元', refunds='1笔，商家实收退款共-40.40元'):
    return (
        END,
        f'#交易合计：{payments}，商家优惠共0.00元',
        f'#退款合计：{refunds}，商家优惠退款共0.00元',
        '#导出时间：[2026年01月02日 09:00:00]',
    )


ROWS = (_row('1'), _row('2', '退款', '-40.40', '0.24', 'T1R1'))
BILL = (*HEAD, TRADE_HEADER, *ROWS, *_sums())


def test_payments_and_refunds_are_read_by_the_names_of_the_columns():
    payment, refund = read_trade_bill(BILL)
    assert (payment.kind, payment.amount_fen, payment.fee_fen) == ('payment', 8888, 53)
    assert (payment.out_trade_no, payment.transaction_id) == ('T1', '20261')
    assert (payment.mchid, payment.appid, payment.out_refund_no) == ('2088102146135225', '', '')
    assert payment.trade_time == datetime.datetime(2025, 12, 31, 16, 0, 3, tzinfo=datetime.UTC)
    assert payment.raw == ROWS[0]
    assert (refund.kind, refund.amount_fen, refund.fee_fen) == ('refund', 4040, -24)
    assert (refund.out_refund_no, refund.state, refund.currency) == ('T1R1', 'SUCCESS', 'CNY')


def test_order_of_the_columns_and_new_ones_do_not_matter():
    names = TRADE_HEADER.split(',')
    order = [*range(len(names) - 1, -1, -1)]
    header = ','.join([*(names[i] for i in order), '新列'])
    rows = [','.join([*(row.split(',')[i] for i in order), 'x']) for row in ROWS]
    plain = list(read_trade_bill(BILL))
    turned = list(read_trade_bill((*HEAD, header, *rows, *_sums())))
    assert [(line.out_trade_no, line.amount_fen) for line in turned] == [
        (line.out_trade_no, line.amount_fen) for line in plain
    ]


def test_other_kinds_of_lines_are_passed_on_as_such():
    rows = (*ROWS, _row('3', '分账', '-1.00', '0.00'))
    assert [line.kind for line in read_trade_bill((*HEAD, TRADE_HEADER, *rows, *_sums()))] == [
        'payment',
        'refund',
        'other',
    ]


def test_quotes_inside_a_name_are_no_quoting():
    rows = (_row('9'), ROWS[1])
    assert next(read_trade_bill((*HEAD, TRADE_HEADER, *rows, *_sums()))).out_trade_no == 'T9'


def test_day_without_trades_has_no_lines():
    sums = _sums('0笔，商家实收共0.00元', '0笔，商家实收退款共0.00元')
    assert list(read_trade_bill((*HEAD, TRADE_HEADER, *sums))) == []


def test_sums_in_other_words_still_tell_the_number_of_lines():
    list(read_trade_bill((*HEAD, TRADE_HEADER, *ROWS, END, '#交易合计：1笔，交易金额共9.99元')))
    with pytest.raises(MalformedLine):
        list(read_trade_bill((*HEAD, TRADE_HEADER, *ROWS, END, '#交易合计：2笔，交易金额共9.99元')))


def test_several_files_follow_each_other():
    assert len(list(read_trade_bill((*BILL, '', *BILL)))) == 4


@pytest.mark.parametrize(
    ('lines', 'line_no'),
    [
        ((), 1),
        (HEAD, 5),
        ((*HEAD, TRADE_HEADER, *ROWS), 8),
        ((*HEAD, *ROWS, *_sums()), 5),
        ((*HEAD, TRADE_HEADER.replace('服务费', '手续费'), *ROWS, *_sums()), 5),
        ((*HEAD, TRADE_HEADER + ',备注', *ROWS, *_sums()), 5),
        ((*HEAD, TRADE_HEADER, ROWS[0] + ',x', *_sums()), 6),
        ((*HEAD, TRADE_HEADER, _row('1', amount='1,0'), *_sums()), 6),
        ((*HEAD, TRADE_HEADER, _row('1', amount='88.888'), *_sums()), 6),
        ((*HEAD, TRADE_HEADER, _row('1', fee=''), *_sums()), 6),
        ((*HEAD, TRADE_HEADER, ROWS[0].replace('00:00:03', '25:00:00'), *_sums()), 6),
        ((*HEAD, TRADE_HEADER, '"' + ROWS[0], *_sums()), 6),
        ((*HEAD, TRADE_HEADER, ROWS[0], *_sums()), 9),
        ((*HEAD, TRADE_HEADER, *ROWS, *_sums(payments='2笔，商家实收共88.88元')), 9),
        ((*HEAD, TRADE_HEADER, *ROWS, *_sums(payments='1笔，商家实收共88.87元')), 9),
        ((*HEAD, TRADE_HEADER, *ROWS, *_sums(refunds='1笔，商家实收退款共-40.41元')), 10),
    ],
)
def test_bill_that_is_not_as_documented_is_refused_with_its_line(lines, line_no):
    with pytest.raises(MalformedLine) as caught:
        list(read_trade_bill(lines))
    assert caught.value.line_no == line_no


@given(cuts=st.lists(st.integers(1, 400), max_size=9), end=st.sampled_from(['\n', '\r\n']))
def test_bytes_may_be_cut_anywhere(cuts, end):
    raw = (end.join(BILL) + end).encode(ENCODING)
    chunks, start = [], 0
    for cut in (*cuts, len(raw)):
        chunks.append(raw[start : start + cut])
        start += cut
    lines = list(split_lines(chunks, encoding=ENCODING))
    assert lines == list(BILL)
    assert len(list(read_trade_bill(lines))) == 2


@given(line=st.text(st.characters(exclude_characters='\n\r', exclude_categories=['Cs'])))
def test_any_line_is_read_or_malformed(line):
    with pytest.raises(MalformedLine):
        list(read_trade_bill((*HEAD, TRADE_HEADER, f'x{line}')))


# === ACCOUNT LOG === #

FUND_ROWS = (
    '1\t,2026001\t,T1\t,话费,2026-01-01 00:00:03,a (1***)\t,88.88,0.00,188.88,支付宝,在线支付,',
    '2\t,2026001\t,T1\t,话费,2026-01-01 00:00:04,\t,0.00,-0.53,188.35,支付宝,收费,',
    '3\t,2026001\t,T1\t,话费,2026-01-01 08:00:00,\t,,-40.40,147.95,支付宝,交易退款,',
    '4\t,9\t,\t,,2026-01-01 09:00:00,\t,0.00,100.00,47.95,支付宝,提现,',
)
FUND_END = (
    '#----------------账务明细列表结束----------------,,,',
    '#支出合计：3笔，共-140.93元,,,',
    '#收入合计：1笔，共88.88元,,,',
    '#导出时间：[2026年01月02日 09:00:00],,,',
)


def test_movements_of_the_account_are_read():
    lines = list(read_fund_bill((*HEAD, FUND_HEADER, *FUND_ROWS, *FUND_END)))
    assert [line.kind for line in lines] == ['payment', 'fee', 'refund', 'other']
    assert [(line.in_fen, line.out_fen) for line in lines] == [
        (8888, 0),
        (0, 53),
        (0, 4040),
        (0, 10000),
    ]
    assert [line.balance_fen for line in lines] == [18888, 18835, 14795, 4795]
    first = lines[0]
    assert (first.number, first.business_no, first.voucher) == ('1', '2026001', 'T1')
    assert (first.business, first.raw) == ('在线支付', FUND_ROWS[0])
    assert first.time == datetime.datetime(2025, 12, 31, 16, 0, 3, tzinfo=datetime.UTC)


def test_shorter_log_is_read_too():
    header = '账务流水号,商户订单号,收入金额（+元）,支出金额（-元）,账户余额（元）,发生时间'
    row = '1\t,T1\t,1.00,0.00,1.00,2026-01-01 00:00:03'
    (line,) = read_fund_bill((header, row, FUND_END[0], '#收入合计：1笔，共1.00元'))
    assert (line.kind, line.business, line.in_fen) == ('other', '', 100)


@pytest.mark.parametrize('sums', ['#收入合计：2笔，共88.88元', '#支出合计：3笔，共-140.92元'])
def test_wrong_sums_of_a_log_are_refused(sums):
    with pytest.raises(MalformedLine):
        list(read_fund_bill((FUND_HEADER, *FUND_ROWS, FUND_END[0], sums)))


# === ZIP FILE === #

DETAILS = '20881021461352250156_20260101_业务明细.csv'
SUMMARY = '20881021461352250156_20260101_业务明细(汇总).csv'
RAW = '\n'.join(BILL).encode('gbk')


def _unpack(raw, **options):
    pieces = []
    archive.unpack(io.BytesIO(raw), pieces.append, **options)
    return b''.join(pieces)


def test_details_are_unpacked_and_the_summary_is_left_out():
    assert _unpack(zipped({SUMMARY: b'#x', DETAILS: RAW})) == RAW + b'\n'


def test_details_in_parts_follow_each_other():
    assert _unpack(zipped({'b_2.csv': b'2\n', 'a_1.csv': b'1'})) == b'1\n2\n'


def test_bomb_is_stopped_while_it_is_unpacked():
    raw = zipped({DETAILS: b'0' * 5_000_000})
    assert len(raw) < 50_000
    written = []
    with pytest.raises(Malformed):
        archive.unpack(io.BytesIO(raw), written.append, limit=1_000_000)
    assert sum(map(len, written)) <= 1_000_000


def _spoiled(offset):
    raw = bytearray(zipped({DETAILS: RAW}, zipfile.ZIP_STORED))
    raw[offset] ^= 0xFF
    return bytes(raw)


@pytest.mark.parametrize(
    'raw',
    [
        b'',
        b'<html>',
        b'PK\x03\x04',
        zipped({DETAILS: RAW})[:-30],
        zipped({}),
        zipped({SUMMARY: RAW}),
        zipped({'readme.txt': RAW}),
        zipped({f'{number}.csv': b'x' for number in range(65)}),
        zipped({DETAILS: RAW}, zipfile.ZIP_BZIP2),
        _spoiled(200),
    ],
    ids=['empty', 'page', 'head', 'cut', 'none', 'summary', 'text', 'many', 'bzip2', 'check sum'],
)
def test_other_files_are_malformed(raw):
    with pytest.raises(Malformed):
        _unpack(raw)


@given(raw=st.binary(max_size=300))
def test_any_bytes_are_malformed(raw):
    with pytest.raises(Malformed):
        _unpack(raw)
