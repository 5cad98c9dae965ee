"""Verification of answers and notices. Source: spec/wechat_pay_v3.md §3, §16 V6, §17."""

import base64

import pytest

import wxpay_vectors as vectors
from paywire.errors import SignatureError, UnknownSerial
from paywire.wxpay_v3 import verifying
from wxpay_helpers import (
    CERTIFICATE_SERIAL,
    PROVIDER_KEY,
    PUBLIC_KEY_ID,
    sign_as_provider,
    signed_headers,
)

BODY = b'{"id":"EV-1"}'
KEYS = {PUBLIC_KEY_ID: PROVIDER_KEY.public_key()}


def _verify(headers, body=BODY, *, keys=KEYS, now=vectors.NOW):
    return verifying.verify(headers, body, keys=keys, now=now)


def test_v6_signature_of_an_answer_matches_the_vector():
    headers = {
        'Wechatpay-Timestamp': str(vectors.NOW),
        'Wechatpay-Nonce': vectors.NONCE,
        'Wechatpay-Signature': vectors.V6_SIGNATURE,
        'Wechatpay-Serial': vectors.SERIAL_NO,
    }
    keys = {vectors.SERIAL_NO: vectors.K1.public_key()}
    assert _verify(headers, vectors.V6_BODY, keys=keys).serial_no == vectors.SERIAL_NO


def test_v6_is_refused_for_another_body():
    headers = signed_headers(BODY, signature=vectors.V6_SIGNATURE)
    with pytest.raises(SignatureError):
        _verify(headers, vectors.V6_BODY + b' ')


def test_good_signature_returns_its_headers():
    signed = _verify(signed_headers(BODY))
    assert signed.timestamp == str(vectors.NOW)
    assert signed.nonce == vectors.NONCE
    assert not signed.is_probe


def test_answer_without_a_body_is_verified_as_empty():
    assert _verify(signed_headers(b''), b'').serial_no == PUBLIC_KEY_ID


def test_header_names_have_no_case():
    headers = {name.upper(): value for name, value in signed_headers(BODY).items()}
    assert _verify(headers)


@pytest.mark.parametrize('position', [0, 5, len(BODY) - 1])
def test_altered_byte_is_refused(position):
    altered = bytearray(BODY)
    altered[position] ^= 1
    with pytest.raises(SignatureError):
        _verify(signed_headers(BODY), bytes(altered))


def test_reserialised_body_is_refused():
    # Trap 1: a framework that parses and writes the JSON again breaks the signature.
    with pytest.raises(SignatureError):
        _verify(signed_headers(BODY), b'{"id": "EV-1"}')


@pytest.mark.parametrize('name', ['timestamp', 'nonce', 'signature', 'serial'])
@pytest.mark.parametrize('value', [None, '', '  '])
def test_missing_or_empty_header_is_refused(name, value):
    with pytest.raises(SignatureError, match='missing'):
        _verify(signed_headers(BODY, **{name: value}))


@pytest.mark.parametrize('offset', [-299, -1, 0, 1, 299])
def test_clock_inside_the_window_is_accepted(offset):
    assert _verify(signed_headers(BODY), now=vectors.NOW + offset)


@pytest.mark.parametrize('offset', [-100_000, -301, -300, 300, 301, 100_000])
def test_clock_outside_the_window_is_refused(offset):
    # Trap 4: two of the public SDKs do not check the time at all.
    with pytest.raises(SignatureError, match='300 s'):
        _verify(signed_headers(BODY), now=vectors.NOW + offset)


@pytest.mark.parametrize('timestamp', ['now', '-1', '1e9', '15542084６0', '9' * 30, '1554208460.0'])
def test_timestamp_that_is_no_unix_time_is_refused(timestamp):
    with pytest.raises(SignatureError, match='Unix time'):
        _verify(signed_headers(BODY, timestamp=timestamp))


def test_changed_timestamp_inside_the_window_is_refused():
    with pytest.raises(SignatureError):
        _verify(signed_headers(BODY, timestamp=str(vectors.NOW + 10)))


def test_changed_nonce_is_refused():
    with pytest.raises(SignatureError):
        _verify(signed_headers(BODY, nonce='another'))


@pytest.mark.parametrize(
    'signature',
    [
        'WECHATPAY/SIGNTEST/Q29uZ3JhdHVsYXRpb25z',
        'WECHATPAY/SIGNTEST/not base64 at all!',
        'WECHATPAY/SIGNTEST/' + 'A' * 344,
    ],
)
def test_probe_is_a_bad_signature_and_not_a_crash(signature):
    # Trap 3: strict base64 decoders throw here.
    with pytest.raises(SignatureError, match='probe'):
        _verify(signed_headers(BODY, signature=signature))


@pytest.mark.parametrize(
    'signature',
    ['%%%', 'abc', 'ü', 'A' * 344, base64.b64encode(b'short').decode(), 'AAAA\nAAAA'],
)
def test_broken_base64_is_a_bad_signature(signature):
    with pytest.raises(SignatureError):
        _verify(signed_headers(BODY, signature=signature))


def test_signature_type_may_be_absent():
    assert _verify(signed_headers(BODY, signature_type=None))


@pytest.mark.parametrize('kind', ['WECHATPAY2-SM2-WITH-SM3', 'wechatpay2-sha256-rsa2048', ''])
def test_other_signature_type_is_refused(kind):
    with pytest.raises(SignatureError, match='type'):
        _verify(signed_headers(BODY, signature_type=kind))


def test_unknown_certificate_serial_may_be_fetched():
    with pytest.raises(UnknownSerial):
        _verify(signed_headers(BODY, serial=CERTIFICATE_SERIAL))


def test_unknown_public_key_id_cannot_be_fetched():
    # Trap 2: such an id is never parsed as a number.
    with pytest.raises(SignatureError) as caught:
        _verify(signed_headers(BODY, serial='PUB_KEY_ID_0119000072912026010100000000000009'))
    assert not isinstance(caught.value, UnknownSerial)


def test_hexadecimal_serial_is_compared_without_case():
    keys = {CERTIFICATE_SERIAL: PROVIDER_KEY.public_key()}
    assert _verify(signed_headers(BODY, serial=CERTIFICATE_SERIAL.lower()), keys=keys)


def test_both_kinds_of_keys_work_side_by_side(other_key):
    # A migration sends both kinds of signatures for days.
    keys = KEYS | {CERTIFICATE_SERIAL: other_key.public_key()}
    assert _verify(signed_headers(BODY), keys=keys)
    assert _verify(signed_headers(BODY, serial=CERTIFICATE_SERIAL, key=other_key), keys=keys)


def test_key_is_chosen_by_serial_only(other_key):
    keys = KEYS | {CERTIFICATE_SERIAL: other_key.public_key()}
    with pytest.raises(SignatureError):
        _verify(signed_headers(BODY, serial=CERTIFICATE_SERIAL, key=PROVIDER_KEY), keys=keys)


def test_signature_of_the_merchant_key_is_refused():
    # Trap 8: the merchant's own certificate verifies nothing.
    message = f'{vectors.NOW}\n{vectors.NONCE}\n'.encode() + BODY + b'\n'
    with pytest.raises(SignatureError):
        _verify(signed_headers(BODY, signature=sign_as_provider(message, vectors.K1)))


def test_no_keys_at_all_means_no_service():
    with pytest.raises(SignatureError):
        _verify(signed_headers(BODY), keys={})
