"""Download of bills. Source: spec/wechat_pay_v3.md §12."""

import datetime
import gzip
import hashlib
import re

import pytest

import wxpay_vectors as vectors
from paywire.bills import FUND, TRADE, split_lines
from paywire.errors import (
    InvalidArgument,
    Malformed,
    NotFound,
    Refused,
    Throttled,
    Unfinished,
    UnknownOutcome,
)
from paywire.wxpay_v3 import signing
from paywire.wxpay_v3.bills import read_trade_bill
from wxpay_bill_texts import as_file, trade_lines
from wxpay_helpers import client, error, reply
from wxpay_stream import FakeStream

DAY = datetime.date(2019, 2, 19)
BILL = as_file(trade_lines())
URL = 'https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUPto%2B&tartype=gzip'


def _ticket(raw=BILL, **values):
    digest = hashlib.sha1(raw).hexdigest()
    payload = {'hash_type': 'SHA1', 'hash_value': digest, 'download_url': URL} | values
    return reply(200, payload)


def _fetch(answer, *downloads, kind=TRADE, **values):
    """Return the bytes written, the requests sent and the downloads asked for."""
    stream = FakeStream(*downloads)
    wxpay, transport = client(answer, **({'stream': stream} | values))
    written = []
    wxpay.fetch_bill(kind, DAY, written.append)
    return b''.join(written), transport.sent, stream.sent


@pytest.mark.parametrize(
    ('kind', 'packed', 'target'),
    [
        (TRADE, False, '/v3/bill/tradebill?bill_date=2019-02-19&bill_type=ALL'),
        (FUND, False, '/v3/bill/fundflowbill?bill_date=2019-02-19&account_type=BASIC'),
        (TRADE, True, '/v3/bill/tradebill?bill_date=2019-02-19&bill_type=ALL&tar_type=GZIP'),
    ],
)
def test_bill_is_asked_for_by_kind_and_day(kind, packed, target):
    raw = gzip.compress(BILL) if packed else BILL
    written, sent, _downloads = _fetch(_ticket(), raw, kind=kind, packed_bills=packed)
    assert sent[0].url == 'https://api.mch.weixin.qq.com' + target
    assert written == BILL
    assert len(list(read_trade_bill(split_lines([written])))) == 2


def test_file_is_fetched_from_the_address_as_given_and_signed_with_its_query():
    _written, _sent, downloads = _fetch(_ticket(), BILL)
    ((method, url, headers, body, timeout),) = downloads
    assert (method, url, body) == ('GET', URL, b'')
    assert timeout == 60
    fields = dict(re.findall(r'(\w+)="([^"]*)"', headers['Authorization']))
    message = signing.request_message(
        'GET',
        '/v3/billdownload/file?token=6XIv5TUPto%2B&tartype=gzip',
        now=vectors.NOW,
        nonce=vectors.NONCE,
        body=b'',
    )
    assert fields['signature'] == signing.sign(vectors.K1, message)


def test_sum_of_the_packed_file_is_taken_as_well():
    packed = gzip.compress(BILL)
    written, _sent, _downloads = _fetch(_ticket(packed), packed, packed_bills=True)
    assert written == BILL


@pytest.mark.parametrize(
    'download',
    [BILL[:-1], BILL + b'x', BILL.replace(b'0.03', b'9.03'), b'<html>busy</html>'],
    ids=['cut', 'longer', 'altered', 'page'],
)
def test_altered_bill_is_an_unknown_outcome(download):
    with pytest.raises(UnknownOutcome) as caught:
        _fetch(_ticket(), download)
    assert caught.value.code == 'BAD_SUM'


def test_page_with_the_right_sum_is_no_bill():
    page = b'<html>busy</html>'
    with pytest.raises(UnknownOutcome):
        _fetch(_ticket(page), page)


@pytest.mark.parametrize(
    ('answer', 'kind'),
    [
        (error(400, 'NO_STATEMENT_EXIST'), NotFound),
        (error(400, 'STATEMENT_CREATING'), Unfinished),
        (error(400, 'INVALID_REQUEST'), Refused),
        (error(403, 'NO_AUTH'), Refused),
        (error(429, 'FREQUENCY_LIMITED'), Throttled),
        (error(500, 'SYSTEM_ERROR'), UnknownOutcome),
        (TimeoutError(), UnknownOutcome),
        (_ticket(hash_type='MD5'), Malformed),
        (_ticket(hash_value=''), Malformed),
        (_ticket(download_url='/v3/billdownload/file?token=x'), Malformed),
        (_ticket(download_url='http://api.mch.weixin.qq.com/v3/x'), Malformed),
        (_ticket(download_url='file:///etc/passwd'), Malformed),
    ],
)
def test_bill_that_is_not_to_be_had_says_why_and_nothing_is_fetched(answer, kind):
    stream = FakeStream()
    written = []
    wxpay, _transport = client(answer, stream=stream)
    with pytest.raises(kind) as caught:
        wxpay.fetch_bill(TRADE, DAY, written.append)
    assert type(caught.value) is kind
    assert (written, stream.sent) == ([], [])


@pytest.mark.parametrize(
    ('download', 'kind'),
    [
        ((BILL[:50], ConnectionResetError()), UnknownOutcome),
        (error(403, 'NO_AUTH'), Refused),
        (error(500, ''), UnknownOutcome),
        (b'', Malformed),
    ],
    ids=['broken off', 'refused', 'broken', 'empty'],
)
def test_download_that_fails_says_why(download, kind):
    with pytest.raises(kind) as caught:
        _fetch(_ticket(), download)
    assert type(caught.value) is kind


def test_simulator_without_tls_is_trusted_with_its_own_files_only():
    base = 'http://127.0.0.1:8069'
    own = _ticket(download_url=f'{base}/v3/billdownload/file?token=t')
    written, _sent, downloads = _fetch(own, BILL, base_url=base)
    assert written == BILL
    assert downloads[0][1] == f'{base}/v3/billdownload/file?token=t'
    with pytest.raises(Malformed):
        _fetch(_ticket(download_url='http://127.0.0.1:22/x'), BILL, base_url=base)


def test_other_kind_or_missing_transport_is_refused():
    wxpay, transport = client(stream=FakeStream())
    with pytest.raises(InvalidArgument):
        wxpay.fetch_bill('tax', DAY, print)
    assert transport.sent == []
    with pytest.raises(InvalidArgument):
        _fetch(_ticket(), stream=None)


def test_day_may_be_a_moment():
    wxpay, transport = client(_ticket(), stream=FakeStream(BILL))
    wxpay.fetch_bill(TRADE, datetime.datetime(2019, 2, 19, tzinfo=datetime.UTC), lambda _raw: None)
    assert 'bill_date=2019-02-19&' in transport.sent[0].url
