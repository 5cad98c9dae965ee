"""Request bodies. Source: spec/wechat_pay_v3.md §1, §5, §8, §17 (5, 18, 20, 27)."""

import datetime
import json

import pytest

from paywire.errors import InvalidArgument
from paywire.wxpay_v3 import writing
from wxpay_vectors import V1_BODY


def test_v1_body_is_written_byte_for_byte():
    assert writing.dump(json.loads(V1_BODY)) == V1_BODY


def test_empty_values_are_left_out():
    # Trap 27: null and empty values are refused as undocumented parameters.
    payload = {
        'a': None,
        'b': '',
        'c': {},
        'd': [],
        'e': {'f': None, 'g': {'h': ''}},
        'i': 0,
        'j': False,
        'k': [{'l': None, 'm': 1}],
    }
    assert json.loads(writing.dump(payload)) == {'i': 0, 'j': False, 'k': [{'m': 1}]}


def test_chinese_is_written_raw_and_compact():
    assert writing.dump({'a': '泰国', 'b': 1}) == '{"a":"泰国","b":1}'.encode()


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('泰国 AIS 流量', '泰国 AIS 流量'),
        ('Top-up 🎉 100', 'Top-up 100'),
        ('𠮷野家', '野家'),
        ('two\nlines\tand  blanks ', 'two lines and blanks'),
        ('bell\x07 and zero\x00', 'bell and zero'),
        ('lone \ud83d surrogate', 'lone surrogate'),
        ('👍👍', ''),
    ],
)
def test_text_is_cleaned_of_what_wechat_cannot_take(text, expected):
    # Trap 20: emoji in the description is a parameter error.
    assert writing.clean_text(text, 127) == expected
    expected.encode('utf-8')


def test_text_is_cut_to_its_limit():
    assert writing.clean_text('流' * 200, 127) == '流' * 127
    assert writing.clean_text('a' * 79 + ' b', 80) == 'a' * 79


def test_time_is_written_in_seconds_with_the_offset_of_beijing():
    moment = datetime.datetime(2018, 6, 8, 2, 34, 56, 789, tzinfo=datetime.UTC)
    assert writing.rfc3339(moment) == '2018-06-08T10:34:56+08:00'


def test_time_without_an_offset_is_refused():
    with pytest.raises(InvalidArgument):
        writing.rfc3339(datetime.datetime(2018, 6, 8))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize('value', ['123456', 'A' * 32, 'WX_a-b*c|1'])
def test_order_number_of_allowed_characters_is_taken(value):
    assert writing.check_out_trade_no(value) == value


@pytest.mark.parametrize(
    'value', ['', '12345', 'A' * 33, 'with space', 'a/b?c=d', '号' * 8, 'a@b12']
)
def test_other_order_number_is_refused(value):
    with pytest.raises(InvalidArgument):
        writing.check_out_trade_no(value)


@pytest.mark.parametrize('value', ['1', 'R' * 64, 'a_b-c|d*e@f'])
def test_refund_number_of_allowed_characters_is_taken(value):
    assert writing.check_out_refund_no(value) == value


@pytest.mark.parametrize('value', ['', 'R' * 65, 'a b', '退', 'a#b', 'a\n'])
def test_other_refund_number_is_refused(value):
    with pytest.raises(InvalidArgument):
        writing.check_out_refund_no(value)


@pytest.mark.parametrize(
    'value',
    ['/relative', 'ftp://x/y', 'https://x/y?z=1', 'https://x/y#z', 'https://x/' + 'y' * 250],
)
def test_unusable_notify_url_is_refused(value):
    # Trap 18: an address with a query string is never called.
    with pytest.raises(InvalidArgument):
        writing.check_notify_url(value, 255)


@pytest.mark.parametrize('value', [0, -1, 1.0, '1', True, None])
def test_amount_that_is_no_positive_whole_number_is_refused(value):
    with pytest.raises(InvalidArgument):
        writing.check_amount(value)
