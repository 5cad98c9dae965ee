"""Texts and signatures. Source: spec/alipay.md §2, §4, §10 (4, 5, 6)."""

import base64
import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st

import alipay_vectors as vectors
from alipay_helpers import ALIPAY_KEY, MERCHANT_KEY, sign_as_alipay
from paywire.alipay import keys, signing, verifying
from paywire.errors import SignatureError, UnknownSerial

CERTIFICATE_A = keys.load_certificate(vectors.CERTIFICATE_A)


@pytest.mark.parametrize(
    ('text', 'signature'),
    [
        (vectors.K2_TEXT, vectors.K2_SIGNATURE),
        (vectors.K3_TEXT, vectors.K3_SIGNATURE),
    ],
    ids=['K2', 'K3'],
)
def test_published_rsa2_vectors_hold(text, signature):
    verifying.verify({'': CERTIFICATE_A.public_key}, text.encode(), signature)


def test_published_rsa_vector_is_genuine_and_not_taken_for_rsa2():
    CERTIFICATE_A.public_key.verify(
        base64.b64decode(vectors.K1_SIGNATURE),
        vectors.K1_TEXT.encode(),
        padding.PKCS1v15(),
        hashes.SHA1(),
    )
    with pytest.raises(SignatureError):
        verifying.verify(
            {'': CERTIFICATE_A.public_key}, vectors.K1_TEXT.encode(), vectors.K1_SIGNATURE
        )


@pytest.mark.parametrize('charset', ['utf-8', 'gbk'])
def test_request_text_is_the_canonical_one(charset):
    raw = signing.request_text(vectors.REQUEST).encode(charset)
    assert (len(raw), hashlib.sha256(raw).hexdigest()) == vectors.REQUEST_SHA256[charset]


def test_request_text_leaves_out_only_sign_and_what_is_empty():
    more = {'sign': 'x', 'return_url': '', 'app_cert_sn': 'b', 'alipay_root_cert_sn': 'a'}
    text = signing.request_text({**vectors.REQUEST, **more})
    assert text.startswith('alipay_root_cert_sn=a&app_cert_sn=b&app_id=')
    assert 'sign_type=RSA2' in text
    assert 'return_url' not in text
    assert 'sign=x' not in text


def test_notice_text_keeps_what_is_empty_and_drops_the_signature_type():
    raw = signing.notice_text({**vectors.NOTICE, 'alipay_cert_sn': 'c'}).encode()
    assert hashlib.sha256(raw).hexdigest() == vectors.NOTICE_SHA256


@given(message=st.binary(max_size=300))
def test_what_is_signed_verifies_with_the_other_half_only(message):
    signature = signing.sign(MERCHANT_KEY, message)
    verifying.verify({'': MERCHANT_KEY.public_key()}, message, signature)
    with pytest.raises(SignatureError):
        verifying.verify({'': ALIPAY_KEY.public_key()}, message, signature)
    with pytest.raises(InvalidSignature):
        MERCHANT_KEY.public_key().verify(
            base64.b64decode(signature), message + b' ', padding.PKCS1v15(), hashes.SHA256()
        )


def test_named_certificate_decides_on_the_key():
    known = {'a' * 32: MERCHANT_KEY.public_key(), 'b' * 32: ALIPAY_KEY.public_key()}
    signature = sign_as_alipay(b'm')
    verifying.verify(known, b'm', signature, serial_no='b' * 32)
    with pytest.raises(SignatureError):
        verifying.verify(known, b'm', signature, serial_no='a' * 32)


def test_unnamed_certificate_may_be_any_that_is_known():
    known = {'a' * 32: MERCHANT_KEY.public_key(), 'b' * 32: ALIPAY_KEY.public_key()}
    verifying.verify(known, b'm', sign_as_alipay(b'm'))


def test_unknown_certificate_is_told_apart_for_a_download():
    with pytest.raises(UnknownSerial):
        verifying.verify(
            {'a' * 32: ALIPAY_KEY.public_key()}, b'm', sign_as_alipay(b'm'), serial_no='c' * 32
        )


def test_public_key_mode_does_not_care_about_certificates():
    verifying.verify(
        {keys.PUBLIC_KEY: ALIPAY_KEY.public_key()}, b'm', sign_as_alipay(b'm'), serial_no='c' * 32
    )


@pytest.mark.parametrize('signature', ['', 'AAAA', 'no base64!', 'é', ' ' * 344])
def test_garbage_is_no_signature(signature):
    with pytest.raises(SignatureError):
        verifying.verify({'': ALIPAY_KEY.public_key()}, b'm', signature)


def test_without_a_key_nothing_is_genuine():
    with pytest.raises(SignatureError):
        verifying.verify({}, b'm', sign_as_alipay(b'm'))
