"""Keys, certificates and their serial numbers. Source: spec/alipay.md §2.1, §3, §4, §10 (1, 6)."""

import base64
import datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import alipay_vectors as vectors
from alipay_helpers import ALIPAY_KEY, MERCHANT_KEY, make_certificate, pem
from paywire.alipay import keys
from paywire.errors import InvalidArgument

NOW = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
FORMATS = {
    'PKCS#1': serialization.PrivateFormat.TraditionalOpenSSL,
    'PKCS#8': serialization.PrivateFormat.PKCS8,
}
ROOT_KEY, CA_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(2))
ROOT = make_certificate('Root', key=ROOT_KEY, ca=True)
CA = make_certificate('Class 2', key=CA_KEY, issuer=ROOT, issuer_key=ROOT_KEY, ca=True)
LEAF = make_certificate('Alipay', key=ALIPAY_KEY, issuer=CA, issuer_key=CA_KEY)


@pytest.mark.parametrize('form', FORMATS)
@pytest.mark.parametrize('is_pem', [True, False])
def test_private_key_is_read_in_every_form_of_the_console(form, is_pem):
    encoding = serialization.Encoding.PEM if is_pem else serialization.Encoding.DER
    raw = MERCHANT_KEY.private_bytes(encoding, FORMATS[form], serialization.NoEncryption())
    text = raw.decode() if is_pem else base64.encodebytes(raw).decode()
    assert keys.same_key(keys.load_private_key(text), MERCHANT_KEY.public_key())


@pytest.mark.parametrize('is_pem', [True, False])
def test_public_key_is_read_as_pem_and_as_bare_base64(is_pem):
    encoding = serialization.Encoding.PEM if is_pem else serialization.Encoding.DER
    raw = ALIPAY_KEY.public_key().public_bytes(
        encoding, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = raw.decode() if is_pem else base64.b64encode(raw).decode()
    assert keys.same_key(ALIPAY_KEY, keys.load_public_key(text))


def test_own_public_key_is_recognised():
    # Trap 1: the console shows both public keys side by side.
    assert not keys.same_key(MERCHANT_KEY, ALIPAY_KEY.public_key())


@pytest.mark.parametrize('text', ['', 'x', 'AAAA', '-----BEGIN PRIVATE KEY-----', 'é'])
def test_what_is_no_key_is_refused(text):
    for load in (keys.load_private_key, keys.load_public_key):
        with pytest.raises(InvalidArgument):
            load(text)


def test_short_and_other_keys_are_refused():
    for key in (rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256R1())):
        text = key.private_bytes(
            serialization.Encoding.PEM, FORMATS['PKCS#8'], serialization.NoEncryption()
        ).decode()
        with pytest.raises(InvalidArgument):
            keys.load_private_key(text)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        with pytest.raises(InvalidArgument):
            keys.load_public_key(public.decode())


# === CERTIFICATES === #


@pytest.mark.parametrize(('issuer', 'serial', 'expected'), vectors.SERIALS)
def test_serial_numbers_are_the_published_ones(issuer, serial, expected):
    assert keys.hash_serial(issuer, serial) == expected


def test_certificate_a_has_its_published_serial_number():
    certificate = keys.load_certificate(vectors.CERTIFICATE_A)
    assert certificate.serial_no == 'c5f1c14ddd03800943ddf3f452aaf3d9'
    assert certificate.issuer == vectors.SERIALS[0][0]
    assert certificate.expires_at.isoformat() == '2027-04-19T08:09:44+00:00'


@pytest.mark.parametrize('separator', ['\n\n', '\n', '\r\n', ' \n# a note\n'])
def test_root_serial_number_leaves_out_other_families(separator):
    # Trap 6: split by the markers, as blank lines are not sure.
    text = separator.join(part for part in vectors.ROOT_FILE.split('\n\n'))
    assert keys.root_serial_number(text) == vectors.ROOT_SERIAL


def test_root_serial_number_skips_what_cannot_be_parsed():
    broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    assert keys.root_serial_number(broken + vectors.ROOT_FILE) == vectors.ROOT_SERIAL


def test_root_file_without_a_usable_certificate_is_refused():
    with pytest.raises(InvalidArgument):
        keys.root_serial_number(vectors.ROOT_FILE.split('\n\n')[0])


def test_first_certificate_of_a_chain_is_taken():
    assert keys.load_certificate(pem(LEAF, CA)).serial_no == keys.serial_number(LEAF)


@pytest.mark.parametrize('text', ['', 'x', vectors.CERTIFICATE_A.replace('M', 'N', 9)])
def test_what_is_no_certificate_is_refused(text):
    with pytest.raises(InvalidArgument):
        keys.load_certificate(text)


def test_certificate_with_another_key_is_refused():
    other = make_certificate('x', key=ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(InvalidArgument):
        keys.load_certificate(pem(other))


# === CHAIN === #


def _check(text, **change):
    options = {
        'root_pem': vectors.ROOT_FILE + pem(ROOT),
        'issuer': CA.subject.rfc4514_string(),
        'now': NOW,
    } | change
    return keys.check_chain(text, **options)


def test_chain_to_a_root_proves_a_certificate():
    assert _check(pem(LEAF, CA)).serial_no == keys.serial_number(LEAF)


FORGER_KEY = rsa.generate_private_key(65537, 2048)
FORGED_CA = make_certificate('Class 2', key=FORGER_KEY, ca=True)
FORGED = make_certificate('Alipay', key=FORGER_KEY, issuer=FORGED_CA, issuer_key=FORGER_KEY)
# A merchant's own certificate is genuine, and must not be able to issue others.
APP = make_certificate('App', key=FORGER_KEY, issuer=CA, issuer_key=CA_KEY)
BY_APP = make_certificate('Alipay', key=FORGER_KEY, issuer=APP, issuer_key=FORGER_KEY)


@pytest.mark.parametrize(
    ('text', 'change'),
    [
        (pem(LEAF), {}),
        (pem(FORGED, FORGED_CA), {}),
        (pem(FORGED, CA), {}),
        (pem(BY_APP, APP, CA), {'issuer': 'CN=App'}),
        (pem(LEAF, CA), {'issuer': 'CN=Class 1'}),
        (pem(LEAF, CA), {'root_pem': vectors.ROOT_FILE}),
        (pem(LEAF, CA), {'now': NOW.replace(year=2031)}),
        (pem(LEAF, CA), {'now': NOW.replace(year=2024)}),
        ('', {}),
    ],
    ids=[
        'no chain',
        'other root',
        'not issued',
        'issued by a merchant',
        'other issuer',
        'root unknown',
        'over',
        'not yet',
        'empty',
    ],
)
def test_chain_that_does_not_hold_is_refused(text, change):
    with pytest.raises(InvalidArgument):
        _check(text, **change)
