"""Claims that must hold for any input. Source: spec/wechat_pay_v3.md §1–§4, §13."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wxpay_vectors as vectors
from paywire.errors import Malformed, SignatureError, WireError
from paywire.wxpay_v3 import cipher, messages, notify, parsing, replies, verifying, writing
from wxpay_helpers import PROVIDER_KEY, PUBLIC_KEY_ID, seal, signed_headers

KEYS = {PUBLIC_KEY_ID: PROVIDER_KEY.public_key()}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=12,
)


def _verify(headers, body):
    return verifying.verify(headers, body, keys=KEYS, now=vectors.NOW)


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_was_signed_is_verified(body):
    assert _verify(signed_headers(body), body).serial_no == PUBLIC_KEY_ID


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=200), st.data())
def test_any_flipped_bit_of_the_body_is_noticed(body, data):
    position = data.draw(st.integers(0, len(body) * 8 - 1))
    altered = bytearray(body)
    altered[position // 8] ^= 1 << (position % 8)
    with pytest.raises(SignatureError):
        _verify(signed_headers(body), bytes(altered))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(['timestamp', 'nonce', 'signature', 'serial']), st.text()))
def test_any_rubbish_in_the_headers_is_a_bad_signature_and_nothing_else(spoiled):
    headers = signed_headers(b'{}', **spoiled)
    if spoiled:
        with pytest.raises(SignatureError):
            _verify(headers, b'{}')
    else:
        assert _verify(headers, b'{}')


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=16))
def test_whatever_was_sealed_is_opened(plain, associated_data):
    sealed = seal(plain, associated_data=associated_data)
    opened = cipher.decrypt(
        vectors.APIV3_KEY,
        nonce='fdasflkja484',
        associated_data=associated_data,
        ciphertext=sealed,
    )
    assert opened == plain


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_any_rubbish_to_open_is_malformed_and_nothing_else(ciphertext, associated_data, nonce):
    with pytest.raises(Malformed):
        cipher.decrypt(
            vectors.APIV3_KEY,
            nonce=nonce,
            associated_data=associated_data,
            ciphertext=ciphertext,
        )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.integers(1, 127))
def test_cleaned_text_fits_and_stays_as_it_is(text, limit):
    cleaned = writing.clean_text(text, limit)
    assert len(cleaned) <= limit
    assert all(len(char.encode()) <= 3 for char in cleaned)
    assert cleaned == cleaned.strip()
    assert writing.clean_text(cleaned, limit) == cleaned


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(max_size=10), JSON_VALUES, max_size=4))
def test_written_body_is_json_without_nulls_in_objects(payload):
    def check(value):
        if isinstance(value, dict):
            for item in value.values():
                assert item not in (None, '', {}, [])
                check(item)
        elif isinstance(value, list):
            for item in value:
                check(item)

    check(json.loads(_dump_or_skip(payload)))


def _dump_or_skip(payload):
    try:
        return writing.dump(payload)
    except UnicodeEncodeError:
        # A lone surrogate is no text that anybody could send; texts of people are cleaned.
        return b'{}'


@settings(max_examples=200, deadline=None)
@given(JSON_VALUES)
def test_any_json_from_the_provider_is_read_or_malformed_and_nothing_else(value):
    raw = json.dumps(value).encode()
    for parse in (
        lambda source: messages.parse_transaction(source),
        lambda source: messages.parse_refund(source),
        lambda source: messages.parse_refund_notice(source),
    ):
        with pytest.raises(Malformed):
            parse(parsing.load_object(raw))
    with pytest.raises(Malformed):
        notify.parse_envelope(raw)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(100, 599).filter(lambda status: status not in (200, 204)), st.binary(max_size=80)
)
def test_any_answer_that_is_no_success_is_exactly_one_known_error(status, body):
    error = replies.read_error(status, body, 'R1')
    assert isinstance(error, WireError)
    assert (error.http_status, error.request_id) == (status, 'R1')
