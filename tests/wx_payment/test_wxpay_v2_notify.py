"""Notices of v2. Source: spec/wechat_pay_v2.md §4, §5, §7; wechat_pay_v3.md §17 (11)."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wxpay_v2_vectors as vectors
from paywire.errors import Malformed, SignatureError, WireError
from paywire.messages import Refund, Transaction
from paywire.wxpay_v2 import notify, xml
from wxpay_v2_helpers import APPID, MCHID, NUMBER, message, paid, seal

PAID = paid() | {
    'return_code': 'SUCCESS',
    'result_code': 'SUCCESS',
    'appid': APPID,
    'mch_id': MCHID,
    'nonce_str': '5d2b6c2a8db53831f7eda20af46e531c',
}


def _accept(body, *, mchid=MCHID, api_key=vectors.API_KEY, sign_type='HMAC-SHA256'):
    return notify.accept(body, mchid=mchid, api_key=api_key, sign_type=sign_type)


def _refund_notice(req_info=vectors.REFUND_REQ_INFO, **values):
    fields = {
        'return_code': 'SUCCESS',
        'appid': APPID,
        'mch_id': MCHID,
        'nonce_str': 'TeqClE3i0mvn3DrK',
        'req_info': req_info,
    } | values
    return xml.write(fields)


def _seal_refund(**values):
    fields = vectors.REFUND_FIELDS | values
    return seal(xml.write(fields).replace(b'xml>', b'root>'))


# === PAYMENT === #


@pytest.mark.parametrize('sign_type', ['MD5', 'HMAC-SHA256'])
def test_signed_notice_of_a_payment_is_read(sign_type):
    payment = _accept(message(PAID, sign_type=sign_type), sign_type=sign_type)
    assert isinstance(payment, Transaction)
    assert (payment.trade_state, payment.total_fen) == ('SUCCESS', 100)
    assert (payment.mchid, payment.appid, payment.out_trade_no) == (MCHID, APPID, NUMBER)
    assert payment.success_time == datetime.datetime(2018, 6, 8, 2, 34, 56, tzinfo=datetime.UTC)


def test_unknown_fields_are_signed_and_ignored():
    payment = _accept(message(PAID | {'coupon_id_0': '1', 'brand_new': 'x'}))
    assert payment.total_fen == 100


@pytest.mark.parametrize(
    'body',
    [
        message(PAID, sign=None),
        message(PAID, sign='A' * 64),
        message(PAID, total_fee='1'),
        message(PAID, out_trade_no='OTHER'),
        message(PAID, sign_type='MD5'),
        message(PAID | {'sign_type': 'MD5'}, sign_type='MD5'),
        message(PAID, api_key='0' * 32),
        message(PAID | {'mch_id': '10000101'}),
        message(PAID | {'return_code': 'FAIL'}),
        message({'return_code': 'SUCCESS'}),
        b'',
        b'{"event_type": "TRANSACTION.SUCCESS"}',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>',
        message(PAID).replace(b'</xml>', b'<total_fee>1</total_fee></xml>'),
    ],
    ids=range(14),
)
def test_notice_that_is_not_proven_is_not_trusted(body):
    with pytest.raises(SignatureError):
        _accept(body)


@pytest.mark.parametrize('name', ['transaction_id', 'total_fee', 'out_trade_no', 'appid'])
def test_proven_notice_without_a_field_is_malformed(name):
    fields = {key: value for key, value in PAID.items() if key != name}
    with pytest.raises(Malformed):
        _accept(message(fields))


def test_notice_of_a_failed_try_leaves_the_order_unpaid():
    payment = _accept(message(PAID | {'result_code': 'FAIL', 'err_code': 'SYSTEMERROR'}))
    assert (payment.trade_state, payment.is_paid) == ('NOTPAY', False)


# === REFUND === #


def test_published_refund_notice_is_read():
    refund = _accept(_refund_notice(), api_key=vectors.REFUND_API_KEY)
    assert isinstance(refund, Refund)
    assert refund == Refund(
        refund_id='50300103182020010413419046597',
        out_refund_no='1234',
        transaction_id='4200000483202001042069747825',
        out_trade_no='2020010418301551404339261814',
        status='SUCCESS',
        channel='',
        user_received_account='招商银行信用卡8915',
        success_time=datetime.datetime(2020, 1, 4, 10, 34, 24, tzinfo=datetime.UTC),
        total_fen=1,
        refund_fen=1,
        payer_total_fen=None,
        payer_refund_fen=None,
        currency='CNY',
        mchid=MCHID,
    )


def test_merchant_of_v3_reads_such_a_notice_without_a_kind_of_signature():
    # It comes when a refund was asked for without an address, or in the console.
    refund = notify.accept_refund(_refund_notice(), mchid=MCHID, api_key=vectors.REFUND_API_KEY)
    assert refund.out_refund_no == '1234'


@pytest.mark.parametrize(('word', 'status'), [('CHANGE', 'ABNORMAL'), ('REFUNDCLOSE', 'CLOSED')])
def test_states_of_a_refund_have_the_words_of_the_package(word, status):
    body = _refund_notice(_seal_refund(refund_status=word, success_time=''))
    refund = _accept(body)
    assert (refund.status, refund.success_time) == (status, None)


@pytest.mark.parametrize(
    'body',
    [
        _refund_notice(mch_id='10000101'),
        _refund_notice(mch_id=''),
        _refund_notice('AAAA'),
        _refund_notice('签名'),
        _refund_notice(seal(b'<root/>', '0' * 32)),
        _refund_notice(return_code='FAIL'),
    ],
    ids=range(6),
)
def test_refund_notice_that_cannot_be_opened_is_not_trusted(body):
    with pytest.raises(SignatureError):
        _accept(body)


def test_notice_of_a_payment_is_no_refund():
    with pytest.raises(SignatureError):
        notify.accept_refund(message(PAID), mchid=MCHID, api_key=vectors.API_KEY)


@pytest.mark.parametrize(
    'sealed',
    [
        seal(b'no xml'),
        seal(b'<xml><a>1</a></xml>'),
        seal(b'<!DOCTYPE root><root><a>1</a></root>'),
        _seal_refund(refund_status='BRAND_NEW'),
        _seal_refund(refund_fee=''),
        _seal_refund(success_time='tomorrow'),
    ],
    ids=range(6),
)
def test_opened_notice_of_another_shape_is_malformed(sealed):
    with pytest.raises(Malformed):
        _accept(_refund_notice(sealed))


# === ANSWER === #


def test_answers_are_those_that_wechat_pay_takes():
    assert notify.answer(accepted=True) == (
        b'<xml><return_code><![CDATA[SUCCESS]]></return_code>'
        b'<return_msg><![CDATA[OK]]></return_msg></xml>'
    )
    assert xml.read(notify.answer(accepted=False))['return_code'] == 'FAIL'


# === ANYTHING === #


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_altered_byte_of_a_notice_is_noticed_or_means_the_same(data):
    body = message(PAID)
    place = data.draw(st.integers(0, len(body) - 1))
    altered = bytearray(body)
    altered[place] ^= data.draw(st.integers(1, 255))
    try:
        payment = _accept(bytes(altered))
    except SignatureError:
        return
    assert payment == _accept(body)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_rubbish_is_a_bad_signature_and_nothing_else(body):
    with pytest.raises(SignatureError):
        _accept(body)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_sealed_rubbish_is_an_error_of_the_package(plain):
    with pytest.raises(WireError):
        _accept(_refund_notice(seal(plain)))
