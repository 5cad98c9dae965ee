"""Notices. Source: spec/wechat_pay_v3.md §11, §16 V8, §17."""

import json

import pytest

import wxpay_vectors as vectors
from paywire.errors import Malformed, SignatureError
from paywire.messages import Refund, Transaction
from paywire.wxpay_v3 import notify
from wxpay_helpers import PROVIDER_KEY, PUBLIC_KEY_ID, refund, seal, signed_headers, transaction

KEYS = {PUBLIC_KEY_ID: PROVIDER_KEY.public_key()}


def notice(resource=None, *, event='TRANSACTION.SUCCESS', kind='transaction', **values):
    """Return the bytes of a truly encrypted notice."""
    plain = json.dumps(transaction() if resource is None else resource).encode()
    envelope = {
        'id': 'EV-2018022511223320873',
        'create_time': '2015-05-20T13:29:35+08:00',
        'resource_type': 'encrypt-resource',
        'event_type': event,
        'summary': '支付成功',
        'resource': {
            'original_type': kind,
            'algorithm': 'AEAD_AES_256_GCM',
            'ciphertext': seal(plain, associated_data=kind),
            'associated_data': kind,
            'nonce': 'fdasflkja484',
        },
    } | values
    return json.dumps(envelope).encode()


def _accept(body, headers=None):
    return notify.accept(headers or signed_headers(body), body, keys=KEYS, now=vectors.NOW)


def _content(body):
    envelope = _accept(body)
    return notify.parse_resource(envelope, notify.open_resource(envelope, vectors.APIV3_KEY))


def test_payment_notice_is_read():
    content = _content(notice())
    assert isinstance(content, Transaction)
    assert content.total_fen == 100


def test_v8_is_read_as_a_payment():
    body = json.dumps(
        {
            'id': 'EV-1',
            'event_type': 'TRANSACTION.SUCCESS',
            'resource': {
                'original_type': 'transaction',
                'algorithm': 'AEAD_AES_256_GCM',
                'ciphertext': vectors.V8_CIPHERTEXT,
                'associated_data': vectors.V8_ASSOCIATED_DATA,
                'nonce': vectors.V8_NONCE,
            },
        }
    ).encode()
    content = _content(body)
    assert content.appid == 'wx2421b1c4370ec43b'
    assert content.openid == 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'


@pytest.mark.parametrize('status', ['SUCCESS', 'ABNORMAL', 'CLOSED'])
def test_refund_notice_is_read(status):
    resource = refund(status=..., refund_status=status)
    content = _content(notice(resource, event=f'REFUND.{status}', kind='refund'))
    assert isinstance(content, Refund)
    assert content.status == status


@pytest.mark.parametrize(
    ('event', 'kind'),
    [
        ('TRANSACTION.SUCCESS', 'profitsharing'),
        ('TRANSACTION.SUCCESS', ''),
        ('REFUND.SUCCESS', 'transaction'),
        ('MCHTRANSFER.BILL.FINISHED', 'mch_payment'),
        ('REFUND.NEW', 'refund'),
        ('COMPLAINT.CREATE', 'complaint'),
    ],
)
def test_other_kind_is_told_by_event_and_original_type_together(event, kind):
    assert _content(notice({'any': 'thing'}, event=event, kind=kind)) is None


def test_associated_data_may_be_missing():
    body = json.loads(notice())
    plain = json.dumps(transaction()).encode()
    body['resource'].pop('associated_data')
    body['resource']['ciphertext'] = seal(plain, associated_data='')
    assert _content(json.dumps(body).encode()).trade_state == 'SUCCESS'


def test_signature_is_verified_before_the_body_is_looked_at():
    # Trap 16: that the resource can be decrypted proves nothing.
    body = notice()
    with pytest.raises(SignatureError):
        _accept(body, signed_headers(body, signature=vectors.V6_SIGNATURE))
    with pytest.raises(SignatureError):
        _accept(b'<xml/>', signed_headers(b'{}'))


def test_unsigned_xml_of_a_v2_refund_notice_is_no_crash():
    # Trap 11: refunds without notify_url are announced in v2's XML.
    with pytest.raises(SignatureError):
        _accept(b'<xml><return_code>SUCCESS</return_code></xml>', {'Content-Type': 'text/xml'})


@pytest.mark.parametrize('body', [b'', b'<xml/>', b'[]', b'{}', b'{"id":"1"}'])
def test_signed_body_of_another_shape_is_malformed(body):
    with pytest.raises(Malformed):
        _accept(body)


@pytest.mark.parametrize('name', ['id', 'event_type', 'resource'])
def test_envelope_without_a_needed_part_is_malformed(name):
    body = json.loads(notice())
    body.pop(name)
    with pytest.raises(Malformed, match=name):
        _accept(json.dumps(body).encode())


@pytest.mark.parametrize('name', ['algorithm', 'ciphertext', 'nonce'])
def test_resource_without_a_needed_part_is_malformed(name):
    body = json.loads(notice())
    body['resource'].pop(name)
    with pytest.raises(Malformed, match=name):
        _accept(json.dumps(body).encode())


def test_other_algorithm_is_malformed():
    body = json.loads(notice())
    body['resource']['algorithm'] = 'AEAD_SM4_GCM'
    with pytest.raises(Malformed, match='algorithm'):
        _content(json.dumps(body).encode())


def test_wrong_apiv3_key_is_malformed():
    envelope = _accept(notice())
    with pytest.raises(Malformed, match='APIv3'):
        notify.open_resource(envelope, b'k' * 32)


def test_notice_of_success_with_another_state_is_malformed():
    with pytest.raises(Malformed, match='state'):
        _content(notice(transaction(trade_state='REFUND')))


def test_notice_of_a_refund_with_another_state_is_malformed():
    resource = refund(status=..., refund_status='CLOSED')
    with pytest.raises(Malformed, match='state'):
        _content(notice(resource, event='REFUND.SUCCESS', kind='refund'))


def test_key_order_of_the_envelope_does_not_matter():
    body = json.dumps(dict(reversed(json.loads(notice()).items()))).encode()
    assert _content(body).trade_state == 'SUCCESS'


def test_known_kinds_are_pairs():
    assert notify.TRANSACTION_EVENT == ('TRANSACTION.SUCCESS', 'transaction')
    assert len(notify.REFUND_EVENTS) == 3
    assert all(kind == 'refund' for _event, kind in notify.REFUND_EVENTS)
