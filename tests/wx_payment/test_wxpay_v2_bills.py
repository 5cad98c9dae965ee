"""Download of bills over v2. Source: spec/wechat_pay_v2.md §3."""

import datetime
import gzip

import pytest

from paywire.bills import FUND, TRADE, split_lines
from paywire.errors import (
    InvalidArgument,
    Malformed,
    NotFound,
    Refused,
    Unauthorized,
    Unfinished,
    UnknownOutcome,
)
from paywire.wxpay_v2 import xml
from paywire.wxpay_v2.bills import read_trade_bill
from wxpay_bill_texts import as_file, trade_lines
from wxpay_helpers import FakeReply
from wxpay_stream import FakeStream
from wxpay_v2_helpers import APPID, BASE, MCHID, NONCE, client, sent_fields

DAY = datetime.date(2019, 2, 19)
BILL = as_file(trade_lines())


def _refusal(message):
    fields = {'return_code': 'FAIL', 'return_msg': message, 'error_code': '20001'}
    return xml.write(fields)


def _fetch(*answers, kind=TRADE, **values):
    stream = FakeStream(*answers)
    wxpay, _transport, _secure = client(**({'stream': stream} | values))
    written = []
    wxpay.fetch_bill(kind, DAY, written.append)
    return b''.join(written), stream.sent


@pytest.mark.parametrize('packed', [False, True])
def test_bill_is_asked_for_by_day_and_unpacked(packed):
    written, sent = _fetch(gzip.compress(BILL) if packed else BILL, packed_bills=packed)
    assert written == BILL
    assert len(list(read_trade_bill(split_lines([written])))) == 2
    ((method, url, _headers, body, timeout),) = sent
    assert (method, url, timeout) == ('POST', f'{BASE}/pay/downloadbill', 60)
    assert sent_fields(FakeReply(0, {}, body)) == {
        'appid': APPID,
        'mch_id': MCHID,
        'nonce_str': NONCE,
        'sign_type': 'HMAC-SHA256',
        'bill_date': '20190219',
        'bill_type': 'ALL',
    } | ({'tar_type': 'GZIP'} if packed else {})


@pytest.mark.parametrize(
    ('message', 'kind'),
    [
        ('No Bill Exist', NotFound),
        ('NO Bill Exist', NotFound),
        ('Bill Creating', Unfinished),
        ('SIGN ERROR', Unauthorized),
        ('SYSTEMERROR', UnknownOutcome),
        ('CompressGZip Error', UnknownOutcome),
        ('UnCompressGZip Error', UnknownOutcome),
        ('invalid bill_type', Refused),
        ('data format error', Refused),
        ('missing parameter', Refused),
        ('', UnknownOutcome),
    ],
)
def test_page_instead_of_a_bill_says_why(message, kind):
    # Refusals come with the status 200, so only the first bytes tell.
    written = []
    wxpay, _transport, _secure = client(stream=FakeStream(_refusal(message), piece=1))
    with pytest.raises(kind) as caught:
        wxpay.fetch_bill(TRADE, DAY, written.append)
    assert type(caught.value) is kind
    assert caught.value.message == message
    assert written == []


@pytest.mark.parametrize(
    ('answer', 'kind'),
    [
        ((BILL[:50], ConnectionResetError()), UnknownOutcome),
        (FakeReply(502, {}, b'<html></html>'), UnknownOutcome),
        (b'<html></html>', Malformed),
        (b'', Malformed),
        (gzip.compress(BILL)[:-9], UnknownOutcome),
    ],
    ids=['broken off', 'broken', 'page', 'empty', 'cut'],
)
def test_download_that_fails_says_why(answer, kind):
    with pytest.raises(kind) as caught:
        _fetch(answer)
    assert type(caught.value) is kind


def test_flow_of_funds_and_missing_transport_are_refused():
    with pytest.raises(InvalidArgument):
        _fetch(kind=FUND)
    with pytest.raises(InvalidArgument):
        _fetch(stream=None)
