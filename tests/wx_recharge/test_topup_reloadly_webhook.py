"""Reloadly's webhook with the sheet's vector. Source: spec/topup_suppliers.md §1, §6 trap 5."""

import hashlib
import hmac
import json

import pytest

from topup import reloadly_webhook
from topup.errors import SignatureError
from topup.normalized import State
from topup_fakes import OUR_REF, make_client

SECRET = 'whsec_test'
TIMESTAMP = '1700000000'
BODY = b'{"type":"airtime_transaction.status","data":{"transactionId":1,"status":"SUCCESSFUL"}}'
SIGNATURE = '3cad7f44773bd4496a0538eef6e20d749ba49d554c2362cdba477f466daa22d9'


def make_headers(**changes):
    """Return valid headers of BODY; a test changes one."""
    return {
        'X-Reloadly-Signature': SIGNATURE,
        'X-Reloadly-Request-Timestamp': TIMESTAMP,
        **changes,
    }


def signed(body):
    signature = reloadly_webhook.sign(body, TIMESTAMP, SECRET)
    return make_headers(**{'X-Reloadly-Signature': signature}), body


def test_signature_is_the_one_of_the_sheet():
    assert reloadly_webhook.sign(BODY, TIMESTAMP, SECRET) == SIGNATURE


def test_valid_callback_is_read():
    event = reloadly_webhook.parse(make_headers(), BODY, SECRET)
    assert event.supplier_ref == '1'
    assert event.our_ref == ''
    assert event.state_hint is State.SUCCEEDED
    assert event.authenticated is True


def test_client_reads_callbacks_without_calling_out():
    client, send = make_client()
    assert client.parse_callback(make_headers(), BODY, SECRET).supplier_ref == '1'
    assert send.sent == []


def test_header_names_may_have_any_case():
    headers = {name.upper(): value for name, value in make_headers().items()}
    assert reloadly_webhook.parse(headers, BODY, SECRET).supplier_ref == '1'


def test_signature_may_be_upper_case_hex():
    headers = make_headers(**{'X-Reloadly-Signature': SIGNATURE.upper()})
    assert reloadly_webhook.parse(headers, BODY, SECRET).supplier_ref == '1'


def test_signature_over_the_body_alone_is_refused():
    digest = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    assert digest.startswith('09101dba')
    with pytest.raises(SignatureError):
        reloadly_webhook.parse(make_headers(**{'X-Reloadly-Signature': digest}), BODY, SECRET)


def test_signature_holds_for_the_raw_bytes_only():
    same_document = json.dumps(json.loads(BODY)).encode()
    with pytest.raises(SignatureError):
        reloadly_webhook.parse(make_headers(), same_document, SECRET)


@pytest.mark.parametrize('position', [0, 10, len(BODY) - 1])
def test_one_altered_byte_is_refused(position):
    body = bytearray(BODY)
    body[position] ^= 1
    with pytest.raises(SignatureError):
        reloadly_webhook.parse(make_headers(), bytes(body), SECRET)


@pytest.mark.parametrize(
    'changes',
    [
        {'X-Reloadly-Signature': ''},
        {'X-Reloadly-Signature': 'é'},
        {'X-Reloadly-Signature': SIGNATURE[:-1]},
        {'X-Reloadly-Signature': '0' * 64},
        {'X-Reloadly-Request-Timestamp': ''},
        {'X-Reloadly-Request-Timestamp': '1700000001'},
    ],
)
def test_spoilt_headers_are_refused(changes):
    with pytest.raises(SignatureError):
        reloadly_webhook.parse(make_headers(**changes), BODY, SECRET)


@pytest.mark.parametrize('name', ['X-Reloadly-Signature', 'X-Reloadly-Request-Timestamp'])
def test_missing_header_is_refused(name):
    headers = make_headers()
    del headers[name]
    with pytest.raises(SignatureError):
        reloadly_webhook.parse(headers, BODY, SECRET)


def test_another_secret_is_refused():
    with pytest.raises(SignatureError):
        reloadly_webhook.parse(make_headers(), BODY, 'whsec_other')


def test_without_a_secret_nothing_is_accepted():
    body = b'{"data":{"transactionId":1}}'
    forged = hmac.new(b'', body + b':' + TIMESTAMP.encode(), hashlib.sha256).hexdigest()
    with pytest.raises(SignatureError):
        reloadly_webhook.parse(make_headers(**{'X-Reloadly-Signature': forged}), body, '')


@pytest.mark.parametrize(
    'shape',
    [
        lambda transaction: {'type': 't', 'data': transaction},
        lambda transaction: {'type': 't', 'data': {'transaction': transaction, 'code': 'X'}},
        lambda transaction: transaction,
    ],
)
def test_transaction_is_found_in_all_three_shapes(shape):
    transaction = {'transactionId': 7, 'customIdentifier': OUR_REF, 'status': 'FAILED'}
    event = reloadly_webhook.parse(*signed(json.dumps(shape(transaction)).encode()), SECRET)
    assert (event.our_ref, event.supplier_ref) == (OUR_REF, '7')
    assert event.state_hint is State.FAILED


@pytest.mark.parametrize(
    ('status', 'state'),
    [
        ('PROCESSING', State.PROCESSING),
        ('REFUNDED', State.FAILED),
        ('SOMETHING_NEW', State.UNKNOWN),
        (None, State.UNKNOWN),
    ],
)
def test_status_is_a_hint(status, state):
    body = json.dumps({'data': {'transactionId': 1, 'status': status}}).encode()
    assert reloadly_webhook.parse(*signed(body), SECRET).state_hint is state


@pytest.mark.parametrize(
    'body', [b'{}', b'[]', b'null', b'not json', b'{"data": 5}', b'{"data": {"transaction": 1}}']
)
def test_signed_callback_without_a_transaction_is_refused(body):
    with pytest.raises(SignatureError):
        reloadly_webhook.parse(*signed(body), SECRET)
