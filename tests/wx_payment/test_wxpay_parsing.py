"""Strict reading at the border. Source: spec/wechat_pay_v3.md §1, §6, §8, §17 (9, 10, 12)."""

import datetime
import json

import pytest

from paywire.errors import Malformed, UnknownOutcome
from paywire.wxpay_v3 import parsing
from paywire.wxpay_v3.messages import parse_refund, parse_refund_notice, parse_transaction
from wxpay_helpers import refund, transaction

SUCCESS_UTC = datetime.datetime(2018, 6, 8, 2, 34, 56, tzinfo=datetime.UTC)


def test_transaction_is_read_in_full():
    parsed = parse_transaction(transaction())
    assert parsed.mchid == '1900007291'
    assert parsed.appid == 'wxd678efh567hg6787'
    assert parsed.out_trade_no == '1217752501201407033233368018'
    assert parsed.transaction_id == '4200001234202601010000000001'
    assert (parsed.trade_type, parsed.trade_state) == ('JSAPI', 'SUCCESS')
    assert (parsed.total_fen, parsed.payer_total_fen, parsed.currency) == (100, 90, 'CNY')
    assert parsed.openid == 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'
    assert parsed.success_time == SUCCESS_UTC
    assert parsed.is_paid


def test_total_is_not_what_the_payer_gave():
    # Trap 12: a coupon makes payer_total smaller than the order.
    assert parse_transaction(transaction()).total_fen == 100


def test_unpaid_order_has_no_transaction_id_and_no_amount():
    unpaid = transaction(
        trade_state='NOTPAY', transaction_id=..., amount=..., payer=..., success_time=...
    )
    parsed = parse_transaction(unpaid)
    assert not parsed.is_paid
    assert (parsed.transaction_id, parsed.total_fen, parsed.openid) == ('', None, '')
    assert parsed.success_time is None


@pytest.mark.parametrize(
    ('state', 'paid'),
    [('SUCCESS', True), ('REFUND', True), ('NOTPAY', False), ('CLOSED', False), ('NEW', False)],
)
def test_refunded_order_counts_as_paid(state, paid):
    # Trap 9: a partial refund turns the state to REFUND.
    assert parse_transaction(transaction(trade_state=state)).is_paid is paid


@pytest.mark.parametrize('missing', [{'transaction_id': ...}, {'amount': ...}, {'amount': {}}])
def test_paid_order_without_number_or_amount_is_refused(missing):
    with pytest.raises(Malformed):
        parse_transaction(transaction(**missing))


@pytest.mark.parametrize('name', ['appid', 'mchid', 'out_trade_no', 'trade_state'])
@pytest.mark.parametrize('value', [..., None, '', 5, ['x'], {'x': 1}])
def test_needed_text_is_really_text(name, value):
    with pytest.raises(Malformed, match=name):
        parse_transaction(transaction(**{name: value}))


@pytest.mark.parametrize('value', ['100', 100.0, True, -1, [100], {'fen': 100}])
def test_amount_is_a_whole_number(value):
    with pytest.raises(Malformed, match='total'):
        parse_transaction(transaction(amount={'total': value}))


@pytest.mark.parametrize('name', ['amount', 'payer'])
@pytest.mark.parametrize('value', ['x', [], 3, True])
def test_nested_object_is_really_an_object(name, value):
    with pytest.raises(Malformed, match=name):
        parse_transaction(transaction(**{name: value}))


def test_amount_may_exceed_32_bits():
    parsed = parse_transaction(transaction(amount={'total': 3_000_000_000}))
    assert parsed.total_fen == 3_000_000_000


def test_unknown_keys_are_ignored():
    assert parse_transaction(transaction(new_key={'a': [1]})).is_paid


def test_currency_is_kept_as_sent():
    assert parse_transaction(transaction(amount={'total': 1, 'currency': 'USD'})).currency == 'USD'


@pytest.mark.parametrize(
    'value',
    [
        '2018-06-08T10:34:56+08:00',
        '2018-06-08T02:34:56Z',
        '2018-06-08T02:34:56.000Z',
        '2018-06-08T10:34:56.000+08:00',
    ],
)
def test_times_are_read_with_their_offset(value):
    assert parse_transaction(transaction(success_time=value)).success_time == SUCCESS_UTC


@pytest.mark.parametrize('value', ['2018-06-08T10:34:56', 'yesterday', '20180608103456', 5])
def test_time_without_an_offset_is_refused(value):
    with pytest.raises(Malformed, match='success_time'):
        parse_transaction(transaction(success_time=value))


def test_refund_is_read_in_full():
    parsed = parse_refund(refund(success_time='2020-12-01T16:18:12+08:00', status='SUCCESS'))
    assert parsed.refund_id == '50000000382019052709732678859'
    assert parsed.out_refund_no == '1217752501201407033233368018R1'
    assert parsed.status == 'SUCCESS'
    assert (parsed.total_fen, parsed.refund_fen) == (100, 40)
    assert (parsed.payer_total_fen, parsed.payer_refund_fen) == (90, 36)
    assert parsed.success_time == datetime.datetime(2020, 12, 1, 8, 18, 12, tzinfo=datetime.UTC)
    assert parsed.currency == 'CNY'


def test_refund_notice_names_its_state_differently_and_has_no_currency():
    # Trap 10.
    notice = refund(
        status=..., refund_status='SUCCESS', amount={'total': 100, 'refund': 40}, mchid='1900007291'
    )
    parsed = parse_refund_notice(notice)
    assert (parsed.status, parsed.currency, parsed.mchid) == ('SUCCESS', '', '1900007291')


def test_states_of_refund_and_notice_are_not_mixed_up():
    with pytest.raises(Malformed, match='refund_status'):
        parse_refund_notice(refund())
    with pytest.raises(Malformed, match='status'):
        parse_refund(refund(status=..., refund_status='SUCCESS'))


@pytest.mark.parametrize('name', ['refund_id', 'out_refund_no', 'transaction_id', 'out_trade_no'])
def test_refund_without_its_numbers_is_refused(name):
    with pytest.raises(Malformed, match=name):
        parse_refund(refund(**{name: ...}))


@pytest.mark.parametrize('amount', [..., {}, {'total': 100}, {'refund': 100}, 'x'])
def test_refund_without_amounts_is_refused(amount):
    with pytest.raises(Malformed):
        parse_refund(refund(amount=amount))


@pytest.mark.parametrize(
    'raw',
    [b'', b'<xml></xml>', b'[]', b'"x"', b'null', b'\xff\xfe', b'{"a":', b'[' * 100_000],
    ids=['empty', 'xml', 'list', 'text', 'null', 'latin', 'cut', 'deep'],
)
def test_body_that_is_no_json_object_is_refused(raw):
    with pytest.raises(Malformed):
        parsing.load_object(raw)


def test_malformed_answer_leaves_the_outcome_unknown():
    assert issubclass(Malformed, UnknownOutcome)


def test_objects_are_a_list_of_objects():
    assert parsing.objects({'data': [{'a': 1}]}, 'data') == ({'a': 1},)
    for value in (None, {}, 'x', [1], [{}, None]):
        with pytest.raises(Malformed):
            parsing.objects({'data': value}, 'data')


def test_numbers_of_json_keep_their_type():
    source = parsing.load_object(json.dumps({'total': 1.0}).encode())
    with pytest.raises(Malformed):
        parsing.fen(source, 'total')
