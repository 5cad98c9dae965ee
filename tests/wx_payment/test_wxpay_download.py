"""Bills on their way. Source: spec/wechat_pay_v3.md §12."""

import gzip
import hashlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paywire.download import MAX_PAGE_BYTES, Download
from paywire.errors import Malformed, UnknownOutcome

PIECE = 256 * 1024


def _run(*chunks, **values):
    """Return what was passed on, and the finished download."""
    written = []
    download = Download(written.append, **values)
    for chunk in chunks:
        download.feed(chunk)
    download.finish()
    return b''.join(written), download


def _sha1(raw):
    return hashlib.sha1(raw).hexdigest()


@pytest.mark.parametrize('text', [b'x', b'ab', b'\xef\xbb\xbfday,number\r\n'])
def test_plain_text_is_passed_on_as_it_is(text):
    written, download = _run(*(bytes([byte]) for byte in text))
    assert written == text
    assert download.size == len(text)
    assert download.has_sha1(_sha1(text))
    assert download.has_sha1(_sha1(text).upper())
    assert not download.has_sha1(_sha1(text + b' '))
    assert not download.has_sha1('')


def test_gzip_file_is_unpacked_and_either_sum_fits():
    # The pages do not tell which: the official sample takes that of the text.
    text = b'line\r\n' * 1000
    packed = gzip.compress(text)
    written, download = _run(packed)
    assert written == text
    assert download.has_sha1(_sha1(text))
    assert download.has_sha1(_sha1(packed))


@settings(max_examples=60, deadline=None)
@given(
    st.binary(min_size=1, max_size=3000).filter(lambda raw: raw[:1] not in b'<\x1f'),
    st.booleans(),
    st.lists(st.integers(0, 3000), max_size=10),
)
def test_any_cut_into_chunks_passes_the_same_on(text, packed, cuts):
    raw = gzip.compress(text) if packed else text
    places = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    written, _download = _run(*(raw[start:end] for start, end in itertools.pairwise(places)))
    assert written == text


@pytest.mark.parametrize('size', [PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 5_000_000])
@pytest.mark.parametrize('step', [1, 1_000_000])
def test_text_of_several_pieces_leaves_the_packer_whole(size, step):
    packed = gzip.compress(bytes(size))
    pieces = []
    download = Download(pieces.append)
    for start in range(0, len(packed), step):
        download.feed(packed[start : start + step])
    download.finish()
    assert b''.join(pieces) == bytes(size)
    assert max(map(len, pieces)) <= PIECE


def test_file_that_unpacks_to_more_than_the_limit_is_stopped():
    # A bomb: 10 kB that become 10 MB.
    pieces = []
    download = Download(pieces.append, limit=1_000_000)
    with pytest.raises(Malformed):
        download.feed(gzip.compress(bytes(10_000_000)))
    assert sum(map(len, pieces)) <= 1_000_000


def test_plain_text_over_the_limit_is_stopped():
    assert _run(b'a' * 10, limit=10)[0] == b'a' * 10
    with pytest.raises(Malformed):
        _run(b'a' * 11, limit=10)


@pytest.mark.parametrize('page', [b'<x', b'<xml></xml>', b'<' * MAX_PAGE_BYTES])
def test_page_is_kept_and_not_passed_on(page):
    written, download = _run(page[:1], page[1:5], page[5:])
    assert written == b''
    assert download.page == page


def test_endless_page_is_stopped():
    with pytest.raises(Malformed):
        _run(b'<' * (MAX_PAGE_BYTES + 1))


@pytest.mark.parametrize('end', [4, 12, -1])
def test_cut_gzip_file_is_an_unknown_outcome(end):
    with pytest.raises(UnknownOutcome):
        _run(gzip.compress(b'a,b\r\n' * 100)[:end])


@pytest.mark.parametrize(
    'chunks',
    [
        [],
        [b''],
        [gzip.compress(b'')],
        [gzip.compress(b'abc') + b'more'],
        [gzip.compress(b'abc'), b'more'],
        [b'\x1f\x8bnot gzip at all'],
    ],
    ids=['nothing', 'empty', 'empty file', 'tail', 'late tail', 'broken'],
)
def test_answer_that_is_no_bill_is_malformed(chunks):
    with pytest.raises(Malformed):
        _run(*chunks)
