"""Fetching of bills. Source: spec/alipay.md §5.8."""

import datetime

import pytest

from alipay_helpers import FakeReply, answer, client, failure, zipped
from paywire.alipay import archive
from paywire.errors import (
    InvalidArgument,
    Malformed,
    NotFound,
    Refused,
    Unfinished,
    UnknownOutcome,
)

METHOD = 'alipay.data.dataservice.bill.downloadurl.query'
URL = 'https://dwbillcenter.alipay.com/downloadBillFile.resource?bizType=trade&userId=1'
DAY = datetime.date(2026, 1, 1)
FILE = zipped({'2088_20260101_业务明细.csv': b'#x\n'})


def _at(text):
    moment = datetime.datetime.fromisoformat(f'2026-01-{text}+08:00')
    return lambda: int(moment.timestamp())


def _fetch(*replies, kind='trade', day=DAY, **values):
    options = {'clock': _at('02 12:00:00')} | values
    alipay, transport = client(*replies, **options)
    pieces = []
    alipay.fetch_bill(kind, day, pieces.append)
    return b''.join(pieces), transport


@pytest.mark.parametrize(('kind', 'bill_type'), [('trade', 'trade'), ('fund', 'signcustomer')])
def test_bill_is_asked_for_fetched_and_unpacked(kind, bill_type):
    content, transport = _fetch(
        answer(METHOD, bill_download_url=URL), FakeReply(body=FILE), kind=kind
    )
    assert content == b'#x\n'
    asked, fetched = transport.sent
    assert asked.content == {'bill_type': bill_type, 'bill_date': '2026-01-01'}
    assert (fetched.method, fetched.url) == ('GET', URL)


@pytest.mark.parametrize('now', ['01 00:00:00', '01 23:59:59'])
def test_day_that_is_not_over_is_not_asked_for(now):
    alipay, transport = client(clock=_at(now))
    with pytest.raises(Unfinished):
        alipay.fetch_bill('trade', DAY, lambda _piece: None)
    assert transport.sent == []


@pytest.mark.parametrize(
    ('now', 'kind'), [('02 00:00:00', Unfinished), ('02 09:59:59', Unfinished)]
)
def test_missing_bill_is_unfinished_in_the_morning(now, kind):
    with pytest.raises(kind):
        _fetch(failure(METHOD, '40004', 'isp.bill_not_exist'), clock=_at(now))


def test_missing_bill_is_no_bill_later():
    with pytest.raises(NotFound):
        _fetch(failure(METHOD, '40004', 'isp.bill_not_exist'), clock=_at('02 10:00:00'))


@pytest.mark.parametrize(
    ('replies', 'kind'),
    [
        ((failure(METHOD, '40004', 'ACQ.INVAILID_ARGUMENTS'),), Refused),
        ((failure(METHOD, '40004', 'ACQ.UNKNOW_ERROR'),), UnknownOutcome),
        ((TimeoutError(),), UnknownOutcome),
        ((answer(METHOD),), Malformed),
        ((answer(METHOD, bill_download_url=URL), ConnectionResetError()), UnknownOutcome),
        ((answer(METHOD, bill_download_url=URL), FakeReply(403)), UnknownOutcome),
        ((answer(METHOD, bill_download_url=URL), FakeReply(body=b'<html>')), Malformed),
        ((answer(METHOD, bill_download_url='http://x/y'),), Malformed),
        ((answer(METHOD, bill_download_url='file:///etc/passwd'),), Malformed),
    ],
    ids=['arguments', 'busy', 'silent', 'no url', 'cut', 'expired', 'page', 'http', 'file'],
)
def test_errors_on_the_way_are_told_apart(replies, kind):
    with pytest.raises(kind):
        _fetch(*replies)


def test_download_stops_at_its_limit(monkeypatch):
    monkeypatch.setattr(archive, 'MAX_ZIP_BYTES', len(FILE) - 1)
    with pytest.raises(Malformed):
        _fetch(answer(METHOD, bill_download_url=URL), FakeReply(body=FILE))


def test_unknown_kind_and_missing_transport_are_refused():
    with pytest.raises(InvalidArgument):
        _fetch(kind='tax')
    with pytest.raises(InvalidArgument):
        _fetch(answer(METHOD, bill_download_url=URL), stream=None)
