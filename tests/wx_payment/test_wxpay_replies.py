"""From status and body to errors. Source: spec/wechat_pay_v3.md §5, §7, §8, §13."""

import json

import pytest

from paywire.errors import (
    NotFound,
    Refused,
    SignatureError,
    Throttled,
    Unauthorized,
    Unfinished,
    UnknownOutcome,
    UntrustedReply,
    WireError,
)
from paywire.wxpay_v3 import replies


def _error(status, code, message='说明'):
    return replies.read_error(status, json.dumps({'code': code, 'message': message}).encode(), 'R1')


@pytest.mark.parametrize(
    ('status', 'code', 'kind'),
    [
        (202, 'USERPAYING', Unfinished),
        (400, 'PARAM_ERROR', Refused),
        (400, 'INVALID_REQUEST', Refused),
        (400, 'APPID_MCHID_NOT_MATCH', Refused),
        (400, 'ORDER_CLOSED', Refused),
        (400, 'ORDER_PAID', Refused),
        (401, 'SIGN_ERROR', Unauthorized),
        (403, 'NO_AUTH', Refused),
        (403, 'NOT_ENOUGH', Refused),
        (403, 'OUT_TRADE_NO_USED', Refused),
        (403, 'RULE_LIMIT', Refused),
        (403, 'USER_ACCOUNT_ABNORMAL', Refused),
        (404, 'ORDER_NOT_EXIST', NotFound),
        (404, 'RESOURCE_NOT_EXISTS', NotFound),
        (400, 'ORDERNOTEXIST', NotFound),
        (429, 'FREQUENCY_LIMITED', Throttled),
        (429, 'RATELIMIT_EXCEEDED', Throttled),
        (429, 'ANYTHING_NEW', Throttled),
        (400, 'FREQUENCY_LIMITED', Throttled),
        (403, 'FREQUENCY_LIMITED', Throttled),
        (500, 'SYSTEM_ERROR', UnknownOutcome),
        (500, 'BANK_ERROR', UnknownOutcome),
        (500, 'OPENID_MISMATCH', UnknownOutcome),
        (500, 'BIZ_ERR_NEED_RETRY', UnknownOutcome),
        (502, '', UnknownOutcome),
        (503, 'SERVICE_UNAVAILABLE', UnknownOutcome),
        (400, 'SYSTEMERROR', UnknownOutcome),
        (403, 'BANKERROR', UnknownOutcome),
        (302, '', UnknownOutcome),
        (201, '', UnknownOutcome),
    ],
)
def test_status_and_code_decide_the_error(status, code, kind):
    error = _error(status, code)
    assert type(error) is kind
    assert error.http_status == status
    assert error.request_id == 'R1'
    assert error.message == '说明'


@pytest.mark.parametrize(
    ('written', 'normal'),
    [
        ('SYSTEMERROR', 'SYSTEM_ERROR'),
        ('ORDERNOTEXIST', 'ORDER_NOT_EXIST'),
        ('NOAUTH', 'NO_AUTH'),
        ('NOTENOUGH', 'NOT_ENOUGH'),
        ('RULELIMIT', 'RULE_LIMIT'),
        ('BANKERROR', 'BANK_ERROR'),
        ('ACCOUNTERROR', 'ACCOUNT_ERROR'),
        ('ORDERPAID', 'ORDER_PAID'),
        ('NOT_ENOUGH', 'NOT_ENOUGH'),
        (' not_enough ', 'NOT_ENOUGH'),
        ('BRAND_NEW', 'BRAND_NEW'),
        ('', ''),
    ],
)
def test_codes_have_one_spelling(written, normal):
    assert replies.normalize_code(written) == normal


def test_every_known_spelling_normalises_to_another_that_stays():
    for normal in replies.CODE_SPELLINGS.values():
        assert replies.normalize_code(normal) == normal
        assert '_' in normal


@pytest.mark.parametrize('body', [b'', b'<html>502</html>', b'[]', b'{"code":5}', b'\xff'])
def test_body_that_cannot_be_read_still_gives_the_error_of_the_status(body):
    assert type(replies.read_error(502, body, '')) is UnknownOutcome
    assert type(replies.read_error(404, body, '')) is NotFound
    error = replies.read_error(400, body, '')
    assert type(error) is Refused
    assert error.code == ''


def test_a_timeout_is_no_refusal_and_a_refusal_no_unknown_outcome():
    assert not issubclass(UnknownOutcome, Refused)
    assert not issubclass(Refused, UnknownOutcome)
    assert not issubclass(Throttled, UnknownOutcome)


def test_untrusted_reply_is_both_a_bad_signature_and_an_unknown_outcome():
    assert issubclass(UntrustedReply, SignatureError)
    assert issubclass(UntrustedReply, UnknownOutcome)


def test_every_error_carries_what_support_asks_for():
    error = WireError('text', http_status=400, code='PARAM_ERROR', request_id='08AA-1')
    assert str(error) == 'text'
    assert (error.http_status, error.code, error.request_id) == (400, 'PARAM_ERROR', '08AA-1')
