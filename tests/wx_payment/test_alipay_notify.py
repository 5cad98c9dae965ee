"""Notices. Source: spec/alipay.md §2.3, §6, §10 (2, 3, 4, 7, 16, 17)."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alipay_helpers import ALIPAY_KEY, MERCHANT_KEY, NUMBER, TRADE_NO, notice
from alipay_vectors import APP_ID, SELLER_ID
from paywire.alipay import notify
from paywire.errors import Malformed, SignatureError, UnknownSerial

KEYS = {'': ALIPAY_KEY.public_key()}


def _accept(headers, body, keys=KEYS):
    return notify.accept(headers, body, keys=keys)


def test_payment_comes_with_all_that_the_caller_has_to_check():
    found = _accept(*notice())
    assert (found.id, found.notify_type) == ('2026010200222030405000001', 'trade_status_sync')
    assert (found.appid, found.seller_id) == (APP_ID, SELLER_ID)
    assert (found.refunded_fen, found.out_refund_no) == (None, '')
    assert found.parameters['subject'] == '话费 a+b'
    paid = found.transaction
    assert (paid.trade_state, paid.total_fen, paid.currency) == ('SUCCESS', 8888, 'CNY')
    assert (paid.out_trade_no, paid.transaction_id) == (NUMBER, TRADE_NO)
    assert (paid.appid, paid.mchid) == (APP_ID, SELLER_ID)
    assert paid.success_time == datetime.datetime(2026, 1, 1, 19, 4, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ('fields', 'state', 'refunded_fen', 'out_refund_no'),
    [
        ({'trade_status': 'TRADE_FINISHED'}, 'SUCCESS', None, ''),
        ({'trade_status': 'WAIT_BUYER_PAY', 'gmt_payment': ...}, 'NOTPAY', None, ''),
        (
            # What a trade says that timed out unpaid.
            {'trade_status': 'TRADE_CLOSED', 'gmt_payment': ..., 'refund_fee': '0.00'},
            'CLOSED',
            None,
            '',
        ),
        (
            {'refund_fee': '40.40', 'gmt_refund': '2026-01-02 03:05:00', 'out_biz_no': 'R1'},
            'REFUND',
            4040,
            'R1',
        ),
        (
            {'trade_status': 'TRADE_CLOSED', 'refund_fee': '88.88', 'out_biz_no': 'R2'},
            'REFUND',
            8888,
            'R2',
        ),
        ({'trade_status': 'TRADE_CLOSED'}, 'REFUND', None, ''),
    ],
    ids=['finished', 'waiting', 'timed out', 'partial refund', 'full refund', 'closed after pay'],
)
def test_state_tells_a_refund_from_a_payment(fields, state, refunded_fen, out_refund_no):
    # Trap 17: a partial refund says TRADE_SUCCESS again, and must not be taken for a payment.
    found = _accept(*notice(**fields))
    assert found.transaction.trade_state == state
    assert (found.refunded_fen, found.out_refund_no) == (refunded_fen, out_refund_no)


def test_other_kinds_of_notices_carry_no_payment():
    found = _accept(*notice(notify_type='dut_user_sign', app_id=..., trade_no=...))
    assert (found.transaction, found.appid) == (None, '')


@pytest.mark.parametrize('charset', ['utf-8', 'gbk', 'GBK'])
def test_notice_is_read_in_its_own_character_set(charset):
    assert _accept(*notice(charset=charset)).parameters['subject'] == '话费 a+b'


def test_header_names_the_character_set_when_no_parameter_does():
    headers, body = notice(charset=..., encoding='gbk')
    headers['Content-Type'] = 'application/x-www-form-urlencoded; charset=GBK'
    assert _accept(headers, body).parameters['subject'] == '话费 a+b'


@given(subject=st.text(st.characters(exclude_categories=['Cs'])), extra=st.text(max_size=9))
def test_any_text_and_any_new_parameter_are_verified(subject, extra):
    found = _accept(*notice(subject=subject, zz_unknown=extra))
    assert (found.parameters['subject'], found.parameters['zz_unknown']) == (subject, extra)


def test_empty_parameters_are_signed_as_well():
    headers, body = notice()
    with pytest.raises(SignatureError):
        _accept(headers, body.replace(b'&body=', b''))


def test_named_certificate_is_no_part_of_the_text_and_decides_on_the_key():
    headers, body = notice(alipay_cert_sn='a' * 32)
    known = {'a' * 32: ALIPAY_KEY.public_key()}
    assert _accept(headers, body, known).transaction.trade_state == 'SUCCESS'
    with pytest.raises(UnknownSerial):
        _accept(headers, body, {'b' * 32: ALIPAY_KEY.public_key()})


@pytest.mark.parametrize(
    'spoil',
    [
        lambda body: body.replace(b'88.88', b'88.89'),
        lambda body: body + b'&lang=zh_CN',
        lambda body: body + b'&app_id=' + APP_ID.encode(),
        lambda body: body.replace(b'sign_type=RSA2', b'sign_type=RSA'),
        lambda body: body.replace(b'&sign=', b'&sing='),
        lambda body: body.replace(b'%2B', b'+').replace(b'%2F', b'x'),
        lambda body: body.replace(b'charset=utf-8', b'charset=utf-7'),
        lambda body: body + b'&\xff',
        lambda body: body + b'&x=%ff',
        lambda _body: b'',
        lambda _body: b'{"app_id":"1"}',
        lambda _body: b'&'.join(b'a%d=1' % number for number in range(300)),
    ],
)
def test_spoiled_notice_is_not_proven(spoil):
    headers, body = notice()
    with pytest.raises(SignatureError):
        _accept(headers, spoil(body))


@pytest.mark.parametrize('known', [{}, {'': MERCHANT_KEY.public_key()}])
def test_notice_signed_by_another_is_not_proven(known):
    with pytest.raises(SignatureError):
        _accept(*notice(), known)


@given(body=st.binary(max_size=200))
def test_any_bytes_prove_nothing(body):
    with pytest.raises(SignatureError):
        _accept({}, body)


@pytest.mark.parametrize(
    'fields',
    [
        {'notify_id': ...},
        {'notify_type': ...},
        {'app_id': ...},
        {'out_trade_no': ...},
        {'trade_no': ...},
        {'trade_status': 'TRADE_NEW'},
        {'total_amount': '1e3'},
        {'total_amount': ...},
        {'refund_fee': '-1'},
        {'gmt_payment': 'soon'},
    ],
    ids=str,
)
def test_genuine_notice_of_another_shape_is_malformed(fields):
    with pytest.raises(Malformed):
        _accept(*notice(**fields))


def test_answer_is_seven_characters():
    assert (notify.ACCEPTED, len(notify.ACCEPTED)) == (b'success', 7)
    assert notify.REFUSED != notify.ACCEPTED
