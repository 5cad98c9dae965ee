"""What an answer is worth. Source: spec/wechat_pay_v2.md §1–§3, §8 (4)."""

import pytest

from paywire.errors import (
    Malformed,
    NotFound,
    Refused,
    Throttled,
    Unauthorized,
    UnknownOutcome,
    UntrustedReply,
)
from wxpay_helpers import FakeReply
from wxpay_v2_helpers import client, error, failure, order, reply
from wxpay_v2_vectors import API_KEY


@pytest.mark.parametrize(
    ('answer', 'kind', 'code'),
    [
        (failure('签名错误'), Unauthorized, 'SIGN_ERROR'),
        (failure('SIGN ERROR'), Unauthorized, 'SIGN_ERROR'),
        (failure('缺少参数'), Refused, ''),
        (failure('SYSTEMERROR'), UnknownOutcome, ''),
        (failure('系统繁忙'), UnknownOutcome, ''),
        (failure(''), UnknownOutcome, ''),
        (error('NOAUTH'), Refused, 'NO_AUTH'),
        (error('ORDERPAID'), Refused, 'ORDER_PAID'),
        (error('ORDERCLOSED'), Refused, 'ORDER_CLOSED'),
        (error('OUT_TRADE_NO_USED'), Refused, 'OUT_TRADE_NO_USED'),
        (error('SIGNERROR'), Unauthorized, 'SIGN_ERROR'),
        (error('SYSTEMERROR'), UnknownOutcome, 'SYSTEM_ERROR'),
        (error('BIZERR_NEED_RETRY'), UnknownOutcome, 'BIZ_ERR_NEED_RETRY'),
        (error('FREQUENCY_LIMITED'), Throttled, 'FREQUENCY_LIMITED'),
        (error('INVALID_REQ_TOO_MUCH'), Throttled, 'INVALID_REQ_TOO_MUCH'),
        (error('ORDERNOTEXIST'), NotFound, 'ORDER_NOT_EXIST'),
        (error('BRAND_NEW'), Refused, 'BRAND_NEW'),
        (reply('FAIL'), UnknownOutcome, ''),
        (reply(''), UnknownOutcome, ''),
        (FakeReply(200, {}, b''), Malformed, ''),
        (FakeReply(200, {}, b'<html></html>'), Malformed, ''),
        (FakeReply(502, {}, b'<html></html>'), UnknownOutcome, ''),
        (FakeReply(302, {}, b''), UnknownOutcome, ''),
        (TimeoutError(), UnknownOutcome, ''),
        (reply(), Malformed, ''),
    ],
)
def test_answer_decides_the_error(answer, kind, code):
    wxpay, _transport, _secure = client(answer)
    with pytest.raises(kind) as caught:
        wxpay.prepay('app', wxpay.prepare(order(scene='app')))
    assert type(caught.value) is kind
    assert caught.value.code == code


@pytest.mark.parametrize(
    ('answer', 'code'),
    [
        (reply(spoil={'sign': None}, prepay_id='p'), 'BAD_SIGNATURE'),
        (reply(spoil={'sign': 'A' * 64}, prepay_id='p'), 'BAD_SIGNATURE'),
        (reply(spoil={'prepay_id': 'evil'}, prepay_id='p'), 'BAD_SIGNATURE'),
        (reply(sign_type='MD5', prepay_id='p'), 'BAD_SIGNATURE'),
        (reply(mch_id='10000101', prepay_id='p'), 'OTHER_MERCHANT'),
        # A broken server answers like this: it proves nothing, also no refusal.
        (reply('FAIL', spoil={'sign': None, 'appid': None}, err_code='X'), 'BAD_SIGNATURE'),
    ],
)
def test_answer_that_is_not_proven_is_an_unknown_outcome(answer, code):
    wxpay, _transport, _secure = client(answer)
    with pytest.raises(UntrustedReply) as caught:
        wxpay.prepay('app', wxpay.prepare(order(scene='app')))
    assert caught.value.code == code
    assert isinstance(caught.value, UnknownOutcome)


def test_key_is_not_in_the_printed_client():
    wxpay, _transport, _secure = client()
    assert API_KEY not in repr(wxpay)
