"""Transport failures, signatures of answers, certificates. Source: spec/wechat_pay_v3.md §3, §4."""

import json
from dataclasses import replace

import pytest

import wxpay_vectors as vectors
from paywire.errors import Malformed, NotFound, Refused, UnknownOutcome, UntrustedReply
from paywire.wxpay_v3.certificates import parse_certificates
from paywire.wxpay_v3.client import BASE_URL, DISASTER_URL
from wxpay_helpers import (
    CERTIFICATE_SERIAL,
    PROVIDER_KEY,
    FakeReply,
    certificate_pem,
    client,
    error,
    reply,
    seal,
    transaction,
)

NUMBER = '1217752501201407033233368018'
PROBE = 'WECHATPAY/SIGNTEST/Q29uZ3JhdHVsYXRpb25z'


@pytest.mark.parametrize(
    'failure', [TimeoutError('read'), ConnectionResetError(), OSError('no route')], ids=repr
)
def test_transport_failure_is_an_unknown_outcome(failure):
    wxpay, transport = client(failure)
    with pytest.raises(UnknownOutcome) as caught:
        wxpay.query(NUMBER)
    assert caught.value.__cause__ is failure
    assert len(transport.sent) == 1


def test_other_exception_of_the_transport_is_not_hidden():
    wxpay, _transport = client(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        wxpay.query(NUMBER)


def test_timeout_is_handed_to_the_transport():
    wxpay, transport = client(reply(200, transaction()), timeout=3.5)
    wxpay.query(NUMBER)
    assert transport.sent[0].timeout == 3.5


def test_disaster_domain_is_another_host_with_the_same_signature():
    first, main = client(reply(200, transaction()))
    second, other = client(reply(200, transaction()), base_url=DISASTER_URL)
    first.query(NUMBER)
    second.query(NUMBER)
    assert main.sent[0].url.startswith(BASE_URL + '/v3/')
    assert other.sent[0].url.startswith('https://api2.mch.weixin.qq.com/v3/')
    assert main.sent[0].headers['Authorization'] == other.sent[0].headers['Authorization']


def test_success_without_signature_is_forged():
    body = json.dumps(transaction()).encode()
    wxpay, _transport = client(FakeReply(200, {}, body))
    with pytest.raises(UntrustedReply) as caught:
        wxpay.query(NUMBER)
    assert caught.value.code == 'BAD_SIGNATURE'
    assert isinstance(caught.value, UnknownOutcome)


def test_success_with_another_key_is_forged(other_key):
    wxpay, _transport = client(reply(200, transaction(), key=other_key))
    with pytest.raises(UntrustedReply):
        wxpay.query(NUMBER)


def test_old_answer_is_not_trusted():
    wxpay, _transport = client(reply(200, transaction(), now=vectors.NOW - 300))
    with pytest.raises(UntrustedReply):
        wxpay.query(NUMBER)


def test_empty_answer_of_a_close_must_be_signed_too():
    wxpay, _transport = client(FakeReply(204, {}, b''))
    with pytest.raises(UntrustedReply):
        wxpay.close(NUMBER)


def test_refusal_needs_no_signature():
    # Trap 15: answers of 4xx are not signed; verifying them hides the reason.
    wxpay, _transport = client(FakeReply(400, {}, b'{"code":"PARAM_ERROR","message":"m"}'))
    with pytest.raises(Refused) as caught:
        wxpay.query(NUMBER)
    assert caught.value.code == 'PARAM_ERROR'


def test_probe_is_repeated_once_with_a_new_nonce():
    nonces = iter(['nonce1', 'nonce2'])
    wxpay, transport = client(
        reply(200, transaction(), signature=PROBE),
        reply(200, transaction()),
        nonces=lambda: next(nonces),
    )
    assert wxpay.query(NUMBER).trade_state == 'SUCCESS'
    assert 'nonce1' in transport.sent[0].headers['Authorization']
    assert 'nonce2' in transport.sent[1].headers['Authorization']
    assert transport.sent[0].body == transport.sent[1].body


def test_second_probe_gives_up():
    probe = reply(200, transaction(), signature=PROBE)
    wxpay, transport = client(probe, probe)
    with pytest.raises(UntrustedReply) as caught:
        wxpay.query(NUMBER)
    assert caught.value.code == 'PROBE'
    assert len(transport.sent) == 2


def test_wrong_signature_that_is_no_probe_is_not_repeated(other_key):
    wxpay, transport = client(reply(200, transaction(), key=other_key))
    with pytest.raises(UntrustedReply):
        wxpay.query(NUMBER)
    assert len(transport.sent) == 1


def test_unknown_certificate_serial_has_its_own_code():
    wxpay, _transport = client(reply(200, transaction(), serial=CERTIFICATE_SERIAL))
    with pytest.raises(UntrustedReply) as caught:
        wxpay.query(NUMBER)
    assert caught.value.code == 'UNKNOWN_SERIAL'


def test_private_key_is_not_in_the_printed_client():
    wxpay, _transport = client()
    assert 'private_key' not in repr(wxpay)


def test_client_cannot_be_changed():
    wxpay, _transport = client()
    with pytest.raises(AttributeError):
        wxpay.base_url = 'https://evil.example.com'
    assert replace(wxpay, base_url=DISASTER_URL).merchant is wxpay.merchant


# === CERTIFICATES === #


def _listing(*pems, serial_no=CERTIFICATE_SERIAL, **sealed):
    items = [
        {
            'serial_no': serial_no,
            'effective_time': '2019-01-01T08:00:00+08:00',
            'expire_time': '2023-12-31T08:00:00+08:00',
            'encrypt_certificate': {
                'algorithm': 'AEAD_AES_256_GCM',
                'nonce': 'fdasflkja484',
                'associated_data': 'certificate',
                'ciphertext': seal(pem.encode(), associated_data='certificate'),
            }
            | sealed,
        }
        for pem in pems
    ]
    return {'data': items}


def test_certificates_are_opened_and_read():
    listing = _listing(certificate_pem())
    wxpay, transport = client(
        reply(200, listing, serial=CERTIFICATE_SERIAL), keys={}, public_key_id=''
    )
    (certificate,) = wxpay.certificates(vectors.APIV3_KEY)
    assert certificate.serial_no == CERTIFICATE_SERIAL
    assert certificate.public_key.public_numbers() == PROVIDER_KEY.public_key().public_numbers()
    assert transport.sent[0].url.endswith('/v3/certificates')


def test_first_download_is_not_trusted_when_another_key_signed_it(other_key):
    listing = _listing(certificate_pem())
    wxpay, _transport = client(
        reply(200, listing, serial=CERTIFICATE_SERIAL, key=other_key), keys={}
    )
    with pytest.raises(UntrustedReply):
        wxpay.certificates(vectors.APIV3_KEY)


def test_download_may_be_signed_with_the_public_key():
    wxpay, _transport = client(reply(200, _listing(certificate_pem())))
    assert len(wxpay.certificates(vectors.APIV3_KEY)) == 1


@pytest.mark.parametrize('answer', [error(404, 'RESOURCE_NOT_EXISTS'), error(403, 'NO_AUTH')])
def test_merchant_in_public_key_mode_has_no_certificates(answer):
    wxpay, _transport = client(answer)
    with pytest.raises(Refused) as caught:
        wxpay.certificates(vectors.APIV3_KEY)
    assert isinstance(caught.value, NotFound) is (caught.value.http_status == 404)


def test_certificates_of_a_rotation_come_together(other_key):
    second = '1' + 'A' * 39
    listing = _listing(certificate_pem())
    listing['data'] += _listing(certificate_pem(second, other_key), serial_no=second)['data']
    found = parse_certificates(json.dumps(listing).encode(), vectors.APIV3_KEY)
    assert [item.serial_no for item in found] == [CERTIFICATE_SERIAL, second]


def test_serial_may_differ_in_leading_zeros_and_case():
    listing = _listing(certificate_pem('00' + 'ab' * 19), serial_no='ab' * 19)
    (certificate,) = parse_certificates(json.dumps(listing).encode(), vectors.APIV3_KEY)
    assert certificate.serial_no == '00' + 'AB' * 19


@pytest.mark.parametrize(
    'listing',
    [
        {},
        {'data': {}},
        {'data': [{}]},
        _listing(certificate_pem(), serial_no='B' * 40),
        _listing(certificate_pem(), serial_no='no serial'),
        _listing('no certificate'),
        _listing(certificate_pem(), associated_data='transaction'),
        _listing(certificate_pem(), ciphertext='AAAA'),
    ],
    ids=['empty', 'object', 'item', 'serial', 'shape', 'pem', 'data', 'cipher'],
)
def test_spoiled_listing_is_malformed(listing):
    with pytest.raises(Malformed):
        parse_certificates(json.dumps(listing).encode(), vectors.APIV3_KEY)
