"""Checks on entry of keys and serials. Source: spec/wechat_pay_v3.md §1, §4, §17 (2)."""

import datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from paywire.errors import InvalidArgument
from paywire.wxpay_v3 import keys
from wxpay_helpers import (
    CERTIFICATE_SERIAL,
    PROVIDER_KEY,
    PUBLIC_KEY_ID,
    certificate_pem,
    private_pem,
    public_pem,
)
from wxpay_vectors import K1


def test_private_key_is_read_from_pkcs8_and_pkcs1():
    pkcs1 = K1.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    for pem in (private_pem(K1), pkcs1, '\n  ' + pkcs1 + '\n\n'):
        assert keys.load_private_key(pem).private_numbers() == K1.private_numbers()


@pytest.mark.parametrize('pem', ['', 'secret', '-----BEGIN PRIVATE KEY-----\nAAAA\n', 'ключ'])
def test_text_that_is_no_private_key_is_refused(pem):
    with pytest.raises(InvalidArgument):
        keys.load_private_key(pem)


def test_private_key_with_a_passphrase_is_refused():
    with pytest.raises(InvalidArgument):
        keys.load_private_key(private_pem(K1, b'passphrase'))


def test_private_key_of_another_kind_is_refused():
    with pytest.raises(InvalidArgument, match='RSA'):
        keys.load_private_key(private_pem(ec.generate_private_key(ec.SECP256R1())))


def test_short_private_key_is_refused():
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.raises(InvalidArgument, match='2048'):
        keys.load_private_key(private_pem(short))
    with pytest.raises(InvalidArgument, match='2048'):
        keys.load_public_key(public_pem(short))


def test_public_key_pem_in_the_place_of_a_private_key_is_refused():
    with pytest.raises(InvalidArgument):
        keys.load_private_key(public_pem(K1))


def test_public_key_is_read():
    loaded = keys.load_public_key(public_pem(PROVIDER_KEY))
    assert loaded.public_numbers() == PROVIDER_KEY.public_key().public_numbers()


@pytest.mark.parametrize('pem', ['', 'x', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----'])
def test_text_that_is_no_public_key_is_refused(pem):
    with pytest.raises(InvalidArgument):
        keys.load_public_key(pem)


def test_certificate_in_the_place_of_a_public_key_is_refused():
    with pytest.raises(InvalidArgument):
        keys.load_public_key(certificate_pem())


def test_public_key_of_another_kind_is_refused():
    with pytest.raises(InvalidArgument, match='RSA'):
        keys.load_public_key(public_pem(ec.generate_private_key(ec.SECP256R1())))


def test_certificate_tells_its_serial_and_validity():
    certificate = keys.load_certificate(certificate_pem())
    assert certificate.serial_no == CERTIFICATE_SERIAL
    assert certificate.effective_at == datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC)
    assert certificate.expires_at.year == 2023
    assert certificate.public_key.public_numbers() == PROVIDER_KEY.public_key().public_numbers()


def test_certificate_serial_keeps_leading_zeros():
    certificate = keys.load_certificate(certificate_pem('00' + CERTIFICATE_SERIAL[2:]))
    assert certificate.serial_no == '00' + CERTIFICATE_SERIAL[2:]


@pytest.mark.parametrize('pem', ['', 'x', '-----BEGIN CERTIFICATE-----\nAA==\n'])
def test_text_that_is_no_certificate_is_refused(pem):
    with pytest.raises(InvalidArgument):
        keys.load_certificate(pem)


def test_apiv3_key_is_32_ascii_bytes():
    assert keys.check_apiv3_key('a' * 32) == b'a' * 32


@pytest.mark.parametrize('key', ['', 'a' * 16, 'a' * 31, 'a' * 33, 'ä' * 32, '键' * 32])
def test_other_apiv3_key_is_refused(key):
    with pytest.raises(InvalidArgument, match='32'):
        keys.check_apiv3_key(key)


def test_public_key_id_is_recognised_as_text():
    assert keys.is_public_key_id(PUBLIC_KEY_ID)
    assert keys.check_public_key_id(PUBLIC_KEY_ID) == PUBLIC_KEY_ID
    assert not keys.is_public_key_id(CERTIFICATE_SERIAL)


@pytest.mark.parametrize('value', ['', 'PUB_KEY_ID_', 'PUB_KEY_ID_12AB', 'pub_key_id_1', '123456'])
def test_other_public_key_id_is_refused(value):
    with pytest.raises(InvalidArgument):
        keys.check_public_key_id(value)


def test_serial_is_kept_in_upper_case():
    assert keys.check_serial(CERTIFICATE_SERIAL.lower()) == CERTIFICATE_SERIAL


@pytest.mark.parametrize(
    'value', ['', '12', 'G' * 40, '4' * 41, PUBLIC_KEY_ID, '４' * 40, '40:8B:07:E7:9B']
)
def test_other_serial_is_refused(value):
    with pytest.raises(InvalidArgument):
        keys.check_serial(value)


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ('  5157f09e ', '5157F09E'),
        (PUBLIC_KEY_ID, PUBLIC_KEY_ID),
        ('pub_key_id_1', 'PUB_KEY_ID_1'),
        ('0012ab', '0012AB'),
    ],
)
def test_serials_are_normalised_for_comparison(value, expected):
    assert keys.normalize_serial(value) == expected


def test_halves_of_one_pair_are_told_from_others(other_key):
    assert keys.same_key(K1, K1.public_key())
    assert not keys.same_key(K1, other_key.public_key())
