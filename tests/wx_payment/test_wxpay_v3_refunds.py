"""Refunds by our number and abnormal ones. Source: spec/wechat_pay_v3.md §4, §8."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from paywire.errors import InvalidArgument, Refused, UnknownOutcome
from paywire.orders import RefundOrder
from paywire.wxpay_v3 import cipher
from paywire.wxpay_v3.refunds import AbnormalRefund
from wxpay_helpers import (
    CERTIFICATE_SERIAL,
    PROVIDER_KEY,
    PUBLIC_KEY_ID,
    client,
    error,
    refund,
    reply,
)

REFUND_ID = '50000000382019052709732678859'
CARD = AbnormalRefund(
    refund_id=REFUND_ID,
    out_refund_no='1217752501201407033233368018R1',
    target='USER_BANK_CARD',
    bank_type='CMB_DEBIT',
    bank_account='6225880000000001',
    real_name='张三',
)


def _open(sealed):
    scheme = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    return PROVIDER_KEY.decrypt(base64.b64decode(sealed), scheme).decode()


def test_refund_of_a_payment_whose_number_there_is_unknown_goes_by_ours():
    wxpay, transport = client(reply(200, refund()))
    wxpay.refund(
        RefundOrder(
            out_trade_no='1217752501201407033233368018',
            transaction_id='',
            out_refund_no='R1',
            refund_fen=1,
            total_fen=2,
            reason='',
            notify_url='https://shop.example.com/n',
        )
    )
    sent = json.loads(transport.sent[0].body)
    assert sent['out_trade_no'] == '1217752501201407033233368018'
    assert 'transaction_id' not in sent


def test_card_of_the_customer_is_sealed_for_wechat_pay():
    wxpay, transport = client(reply(200, refund(status='PROCESSING')))
    assert wxpay.apply_abnormal_refund(CARD).status == 'PROCESSING'
    (sent,) = transport.sent
    assert sent.url.endswith(f'/v3/refund/domestic/refunds/{REFUND_ID}/apply-abnormal-refund')
    assert sent.headers['Wechatpay-Serial'] == PUBLIC_KEY_ID
    body = json.loads(sent.body)
    assert _open(body.pop('bank_account')) == '6225880000000001'
    assert _open(body.pop('real_name')) == '张三'
    assert body == {
        'out_refund_no': '1217752501201407033233368018R1',
        'type': 'USER_BANK_CARD',
        'bank_type': 'CMB_DEBIT',
    }
    assert b'6225880000000001' not in sent.body


def test_certificate_that_seals_is_named():
    wxpay, transport = client(
        reply(200, refund(), serial=CERTIFICATE_SERIAL),
        keys={CERTIFICATE_SERIAL: PROVIDER_KEY.public_key()},
        public_key_id='',
    )
    wxpay.apply_abnormal_refund(CARD, serial=CERTIFICATE_SERIAL)
    assert transport.sent[0].headers['Wechatpay-Serial'] == CERTIFICATE_SERIAL


def test_card_of_the_merchant_needs_no_fields():
    wxpay, transport = client(reply(200, refund()))
    wxpay.apply_abnormal_refund(AbnormalRefund(REFUND_ID, 'R1', 'MERCHANT_BANK_CARD'))
    assert json.loads(transport.sent[0].body) == {
        'out_refund_no': 'R1',
        'type': 'MERCHANT_BANK_CARD',
    }


@pytest.mark.parametrize(
    ('spoiled', 'values'),
    [
        ({'target': 'CASH'}, {}),
        ({'bank_type': ''}, {}),
        ({'bank_account': ''}, {}),
        ({'real_name': ''}, {}),
        ({'out_refund_no': ''}, {}),
        ({'real_name': '名' * 72}, {}),
        ({}, {'public_key_id': ''}),
        ({}, {'keys': {}}),
    ],
    ids=str,
)
def test_unusable_abnormal_refund_is_refused_before_anything_is_sent(spoiled, values):
    wxpay, transport = client(**values)
    with pytest.raises(InvalidArgument):
        wxpay.apply_abnormal_refund(AbnormalRefund(**(vars(CARD) | spoiled)))
    assert transport.sent == []


@pytest.mark.parametrize(
    ('answer', 'kind'),
    [
        (error(400, 'INVALID_REQUEST'), Refused),
        (error(500, 'SYSTEM_ERROR'), UnknownOutcome),
        (TimeoutError(), UnknownOutcome),
    ],
)
def test_errors_of_an_abnormal_refund_are_told_apart(answer, kind):
    wxpay, _transport = client(answer)
    with pytest.raises(kind):
        wxpay.apply_abnormal_refund(CARD)


def test_longest_text_is_sealed_and_a_longer_one_refused():
    assert _open(cipher.seal(PROVIDER_KEY.public_key(), 'a' * 214)) == 'a' * 214
    with pytest.raises(InvalidArgument):
        cipher.seal(PROVIDER_KEY.public_key(), 'a' * 215)
