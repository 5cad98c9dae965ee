"""The merchant scans: charge and reverse of v2. Source: spec/wechat_pay_v2.md §3, §8 (6, 13)."""

import pytest

from paywire.errors import (
    NotFound,
    Refused,
    Unauthorized,
    UnknownOutcome,
    UntrustedReply,
)
from paywire.wxpay_v2.payments import CODES_NOT_CHARGED
from paywire.wxpay_v3.replies import normalize_code
from wxpay_helpers import FakeReply
from wxpay_v2_helpers import (
    APPID,
    BASE,
    MCHID,
    NONCE,
    NUMBER,
    client,
    error,
    failure,
    order,
    paid,
    reply,
    sent_fields,
)

OWN = {'appid': APPID, 'mch_id': MCHID, 'nonce_str': NONCE, 'sign_type': 'HMAC-SHA256'}


def _charge(*replies):
    wxpay, transport, secure = client(*replies)
    body = wxpay.prepare(order(scene='code', auth_code='130061098828009406'))
    return wxpay.charge(body), transport, secure


# === CHARGE === #


def test_charge_sends_the_code_and_reads_the_payment():
    payment, transport, _secure = _charge(reply(**paid(trade_type='MICROPAY')))
    assert (payment.trade_state, payment.trade_type) == ('SUCCESS', 'MICROPAY')
    assert (payment.total_fen, payment.payer_total_fen) == (100, 90)
    (sent,) = transport.sent
    assert sent.url == f'{BASE}/pay/micropay'
    # Neither notice nor time limit: nothing is open after the answer.
    assert sent_fields(sent) == OWN | {
        'body': 'Thailand AIS <100> & more',
        'out_trade_no': NUMBER,
        'total_fee': '100',
        'fee_type': 'CNY',
        'spbill_create_ip': '203.0.113.7',
        'auth_code': '130061098828009406',
    }


def test_customer_who_types_a_password_is_paying():
    payment, transport, _secure = _charge(error('USERPAYING'))
    assert (payment.trade_state, payment.is_paid) == ('USERPAYING', False)
    assert (payment.appid, payment.mchid, payment.out_trade_no) == (APPID, MCHID, NUMBER)
    assert (payment.total_fen, payment.transaction_id) == (100, '')
    assert len(transport.sent) == 1


DEFINITE = (
    'PARAM_ERROR NOAUTH AUTHCODEEXPIRE NOTENOUGH NOTSUPORTCARD ORDERCLOSED ORDERREVERSED '
    'AUTH_CODE_ERROR AUTH_CODE_INVALID BUYER_MISMATCH APPID_NOT_EXIST MCHID_NOT_EXIST '
    'APPID_MCHID_NOT_MATCH LACK_PARAMS SIGNERROR XML_FORMAT_ERROR REQUIRE_POST_METHOD NOT_UTF8 '
    'INVALID_REQUEST TRADE_ERROR RULELIMIT'
).split()


@pytest.mark.parametrize('code', DEFINITE)
def test_definite_failure_of_a_charge_is_final(code):
    with pytest.raises(Refused) as caught:
        _charge(error(code))
    assert caught.value.code == normalize_code(code)


def test_definite_failures_are_the_documented_ones():
    assert {normalize_code(code) for code in DEFINITE} == CODES_NOT_CHARGED


@pytest.mark.parametrize(
    'answer',
    [
        error('SYSTEMERROR'),
        error('BANKERROR'),
        error('BRAND_NEW'),
        error('FREQUENCY_LIMITED'),
        # After a lost answer these tell of the first call, which went well.
        error('ORDERPAID'),
        error('OUT_TRADE_NO_USED'),
        reply('FAIL'),
        failure('SYSTEMERROR'),
        failure('busy'),
        FakeReply(502, {}, b''),
        TimeoutError(),
        reply(**paid(), spoil={'sign': None}),
        reply(**paid(transaction_id=None)),
    ],
)
def test_any_other_end_of_a_charge_is_an_unknown_outcome(answer):
    # Trap 6: charging again instead of asking takes the money twice.
    with pytest.raises(UnknownOutcome) as caught:
        _charge(answer)
    assert not isinstance(caught.value, Refused)


def test_wrong_key_is_a_fault_of_the_configuration():
    with pytest.raises(Unauthorized):
        _charge(failure('签名错误'))


# === REVERSE === #


def test_reverse_shows_the_certificate():
    wxpay, transport, secure = client(secured=[reply(recall='N')])
    assert wxpay.reverse(NUMBER) is True
    assert transport.sent == []
    assert secure.sent[0].url == f'{BASE}/secapi/pay/reverse'
    assert sent_fields(secure.sent[0]) == OWN | {'out_trade_no': NUMBER}


@pytest.mark.parametrize('answer', [reply(recall='Y'), error('SYSTEMERROR', recall='Y')])
def test_reverse_that_is_not_done_asks_for_another_call(answer):
    wxpay, _transport, _secure = client(secured=[answer])
    assert wxpay.reverse(NUMBER) is False


@pytest.mark.parametrize(
    ('answer', 'kind'),
    [
        (error('SYSTEMERROR', recall='N'), UnknownOutcome),
        (error('ORDERNOTEXIST', recall='N'), NotFound),
        (error('INVALID_REQUEST', recall='N'), Refused),
        (ConnectionResetError(), UnknownOutcome),
        (reply(recall='N', spoil={'recall': 'Y'}), UntrustedReply),
    ],
)
def test_errors_of_a_reversal_are_told_apart(answer, kind):
    wxpay, _transport, _secure = client(secured=[answer])
    with pytest.raises(kind) as caught:
        wxpay.reverse(NUMBER)
    assert type(caught.value) is kind
