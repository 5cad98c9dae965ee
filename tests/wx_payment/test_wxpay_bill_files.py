"""From the bytes of a bill to lines and amounts. Source: spec/wechat_pay_v3.md §12."""

import pytest

from paywire import bills
from paywire.errors import MalformedLine
from wxpay_bill_texts import BOM, as_file


def test_file_is_split_without_its_marks():
    lines = list(bills.split_lines([as_file(['a', '', 'b'])]))
    assert lines == ['a', '', 'b']
    assert list(bills.split_lines([b'x\ny'])) == ['x', 'y']
    assert list(bills.split_lines([])) == []


def test_mark_is_taken_from_the_first_line_only():
    assert list(bills.split_lines([f'a\n{BOM}b'.encode()])) == ['a', BOM + 'b']


def test_other_encoding_can_be_read():
    assert list(bills.split_lines(['支付宝\r\n'.encode('gb18030')], encoding='gb18030')) == [
        '支付宝'
    ]


@pytest.mark.parametrize('tail', [b'\xff\n', b'x' * 70_000, b'x' * 70_000 + b'\n'])
def test_line_that_is_no_text_or_has_no_end_is_malformed(tail):
    with pytest.raises(MalformedLine) as caught:
        list(bills.split_lines([b'good\n', tail]))
    assert caught.value.line_no == 2


def test_longest_line_is_read():
    line = 'x' * bills.MAX_LINE_BYTES
    assert list(bills.split_lines([f'{line}\n{line}'.encode()])) == [line, line]


def test_endless_line_is_stopped_at_once():
    taken = 0

    def endless():
        nonlocal taken
        while taken < 1000:
            taken += 1
            yield b'x' * 1000

    with pytest.raises(MalformedLine):
        list(bills.split_lines(endless()))
    assert taken == bills.MAX_LINE_BYTES // 1000 + 1


@pytest.mark.parametrize(
    ('text', 'fen'), [('0.03', 3), ('0', 0), ('-1.5', -150), ('21474836.48', 2147483648)]
)
def test_yuan_become_fen(text, fen):
    assert bills.read_fen(text, 1) == fen


@pytest.mark.parametrize(
    'text', ['', '0.001', '1.', '.5', '1e3', '1,000.00', ' 1', '+1', 'NaN', '٣']
)
def test_other_text_is_no_amount(text):
    with pytest.raises(MalformedLine) as caught:
        bills.read_fen(text, 7)
    assert caught.value.line_no == 7
