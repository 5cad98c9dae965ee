"""Answers: whose they are and what they mean. Source: spec/alipay.md §2.2, §3, §8, §10."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import alipay_vectors as vectors
from alipay_helpers import (
    ALIPAY_KEY,
    GATEWAY,
    MERCHANT_KEY,
    NUMBER,
    FakeReply,
    answer,
    client,
    failure,
    make_certificate,
    pem,
    sign_as_alipay,
    trade,
    unsigned,
)
from paywire.alipay import keys, replies
from paywire.errors import (
    Malformed,
    NotFound,
    Refused,
    Throttled,
    Unauthorized,
    UnknownOutcome,
    UntrustedReply,
)

QUERY, CERT = 'alipay.trade.query', 'alipay.open.app.alipaycert.download'


# === SIGNATURES === #


@pytest.mark.parametrize(
    'reply',
    [
        answer(QUERY, trade(), key=MERCHANT_KEY),
        unsigned(QUERY, code='10000', **trade()),
        unsigned(QUERY, code='40004', sub_code='ACQ.TRADE_NOT_EXIST'),
        unsigned(QUERY, code='10003', **trade()),
        FakeReply(body=answer(QUERY, trade()).body.replace(b'88.88', b'88.87')),
        FakeReply(body=answer(QUERY, trade()).body.replace(b' , ', b',')),
        FakeReply(body=answer(QUERY, trade()).body.replace(b'"sign":"', b'"sign":"!')),
    ],
    ids=['own key', 'none', 'none, failure', 'none, waiting', 'amount', 'rewritten', 'no base64'],
)
def test_answer_that_is_not_proven_decides_nothing(reply):
    alipay, _transport = client(reply)
    with pytest.raises(UntrustedReply) as caught:
        alipay.query(NUMBER)
    # Both: do not trust it, and ask again before anything else.
    assert isinstance(caught.value, UnknownOutcome)
    assert caught.value.code == 'BAD_SIGNATURE'


def test_only_the_signed_characters_are_read():
    reply = answer(QUERY, trade())
    spoiled = reply.body.replace(b'{"alipay', b'{"code":"10000","out_trade_no":"EVIL","alipay', 1)
    alipay, _transport = client(FakeReply(body=spoiled))
    assert alipay.query(NUMBER).out_trade_no == NUMBER


@pytest.mark.parametrize('root', ['alipay_trade_query_response', 'error_response'])
@pytest.mark.parametrize('is_signed', [True, False])
@pytest.mark.parametrize(
    ('code', 'sub_code', 'kind'),
    [
        ('20000', 'isp.unknow-error', UnknownOutcome),
        ('20001', 'aop.invalid-auth-token', Unauthorized),
        ('40001', 'isv.missing-method', Refused),
        ('40002', 'isv.invalid-signature', Unauthorized),
        ('40002', 'isv.invalid-app-id', Unauthorized),
        ('40002', 'isv.app-cert-not-exist', Unauthorized),
        ('40002', 'invalid-alipay-root-cert-sn', Unauthorized),
        ('40002', 'isv.code-invalid', Refused),
        ('40003', '', Unauthorized),
        ('40005', '', Throttled),
        ('40006', 'isv.insufficient-isv-permissions', Unauthorized),
    ],
)
def test_gateway_may_refuse_with_or_without_a_signature(root, is_signed, code, sub_code, kind):
    content = {'code': code, 'msg': 'x', 'sub_code': sub_code, 'sub_msg': '失败'}
    if is_signed:
        reply = answer(QUERY, content, root=root)
    else:
        reply = FakeReply(body=json.dumps({root: content}).encode())
    alipay, _transport = client(reply)
    with pytest.raises(kind) as caught:
        alipay.query(NUMBER)
    assert type(caught.value) is kind
    assert caught.value.message == f'失败 [{sub_code or code}]'


@pytest.mark.parametrize(
    'reply',
    [
        ConnectionResetError(),
        TimeoutError(),
        FakeReply(500),
        FakeReply(502, body=b'<html>'),
        FakeReply(302),
        FakeReply(404, body=b'{"alipay_trade_query_response":{"code":"40004"}}'),
        FakeReply(body=b''),
        FakeReply(body=b'<html>'),
        FakeReply(body=b'{}'),
        answer('alipay.trade.close'),
        failure(QUERY, '99999'),
        answer(QUERY, code=...),
        answer(QUERY, code=10000),
    ],
    ids=str,
)
def test_everything_else_is_an_unknown_outcome(reply):
    alipay, _transport = client(reply)
    with pytest.raises(UnknownOutcome):
        alipay.query(NUMBER)


def test_codes_have_one_spelling():
    assert replies.normalize_code('ACQ.TRADE_HAS_SUCCESS') == 'ORDER_PAID'
    assert replies.normalize_code('AQC.SYSTEM_ERROR') == 'SYSTEM_ERROR'
    assert replies.normalize_code('isp.bill_not_exist') == 'BILL_NOT_EXIST'
    assert replies.normalize_code('aop.ACQ.SYSTEM_ERROR') == 'SYSTEM_ERROR'


@pytest.mark.parametrize(
    'code', ['BEYOND_PER_RECEIPT_DAY_RESTRICTION', 'MERCHANT_PERM_RECEIPT_SINGLE_LIMIT']
)
def test_families_of_codes_are_final(code):
    assert type(replies.read_error({'code': '40004', 'sub_code': f'ACQ.{code}'})) is Refused


def test_tables_of_codes_agree_with_each_other():
    assert replies.PAYER_CODES < replies.FINAL_CODES
    assert not replies.NOT_FOUND_CODES & replies.FINAL_CODES
    spelled = set(replies.CODE_SPELLINGS.values())
    assert spelled <= replies.FINAL_CODES | replies.NOT_FOUND_CODES
    # What is written otherwise here would never be met.
    assert not set(replies.CODE_SPELLINGS) & replies.FINAL_CODES
    assert 'SYSTEM_ERROR' not in replies.FINAL_CODES


# === CERTIFICATES === #

ROOT_KEY, CA_KEY, NEW_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(3))
ROOT = make_certificate('Root', key=ROOT_KEY, ca=True)
CA = make_certificate('Class 2', key=CA_KEY, issuer=ROOT, issuer_key=ROOT_KEY, ca=True)
OLD = make_certificate('Alipay', key=ALIPAY_KEY, issuer=CA, issuer_key=CA_KEY, serial=1)
NEW = make_certificate('Alipay', key=NEW_KEY, issuer=CA, issuer_key=CA_KEY, serial=2)
OLD_SN, NEW_SN = keys.serial_number(OLD), keys.serial_number(NEW)
ISSUER = CA.subject.rfc4514_string()


def _certificate_client(*replies_):
    return client(*replies_, keys={OLD_SN: ALIPAY_KEY.public_key()})


def _certificate_answer(text=None, key=NEW_KEY, cert_sn=NEW_SN, **options):
    content = base64.b64encode((text or pem(NEW, CA)).encode()).decode()
    return answer(CERT, alipay_cert_content=content, key=key, cert_sn=cert_sn, **options)


def test_answer_names_the_certificate_that_signed_it():
    alipay, _transport = _certificate_client(answer(QUERY, trade(), cert_sn=OLD_SN))
    assert alipay.query(NUMBER).trade_state == 'SUCCESS'


def test_answer_of_a_new_certificate_asks_for_its_download():
    alipay, _transport = _certificate_client(answer(QUERY, trade(), key=NEW_KEY, cert_sn=NEW_SN))
    with pytest.raises(UntrustedReply) as caught:
        alipay.query(NUMBER)
    assert caught.value.code == 'UNKNOWN_SERIAL'
    assert caught.value.serial_no == NEW_SN


def test_new_certificate_is_downloaded_and_proven():
    alipay, transport = _certificate_client(_certificate_answer())
    found = alipay.certificate(NEW_SN, issuer=ISSUER, root_pem=pem(ROOT))
    assert found.serial_no == NEW_SN
    assert keys.same_key(NEW_KEY, found.public_key)
    assert transport.sent[0].content == {'alipay_cert_sn': NEW_SN}


def test_new_certificate_may_come_signed_with_the_old_one():
    alipay, _transport = _certificate_client(_certificate_answer(key=ALIPAY_KEY, cert_sn=OLD_SN))
    assert alipay.certificate(NEW_SN, issuer=ISSUER, root_pem=pem(ROOT)).serial_no == NEW_SN


@pytest.mark.parametrize(
    ('reply', 'root'),
    [
        (_certificate_answer(), pem(CA).replace('M', 'M')),
        (_certificate_answer(), ''),
        (_certificate_answer(pem(NEW)), pem(ROOT)),
        (_certificate_answer(pem(OLD, CA), key=ALIPAY_KEY, cert_sn=OLD_SN), pem(ROOT)),
        (_certificate_answer('no certificate'), pem(ROOT)),
        (_certificate_answer(key=MERCHANT_KEY), pem(ROOT)),
        (answer(CERT, alipay_cert_content='!', key=NEW_KEY, cert_sn=NEW_SN), pem(ROOT)),
    ],
    ids=['other root', 'no root', 'no chain', 'old one', 'text', 'other signature', 'no base64'],
)
def test_certificate_that_is_not_proven_is_not_taken(reply, root):
    alipay, _transport = _certificate_client(reply)
    with pytest.raises(UntrustedReply):
        alipay.certificate(NEW_SN, issuer=ISSUER, root_pem=root)


@pytest.mark.parametrize(
    ('reply', 'kind'),
    [
        (failure(CERT, '40004', 'ACQ.SYSTEM_ERROR'), UnknownOutcome),
        (failure(CERT, '40006'), Unauthorized),
        (answer(CERT), Malformed),
    ],
    ids=['busy', 'forbidden', 'empty'],
)
def test_download_without_a_certificate_is_an_error(reply, kind):
    alipay, _transport = _certificate_client(reply)
    with pytest.raises(kind):
        alipay.certificate(NEW_SN, issuer=ISSUER, root_pem=pem(ROOT))


def test_both_keys_hold_while_the_public_key_changes():
    known = {keys.PUBLIC_KEY: ALIPAY_KEY.public_key(), 'next': NEW_KEY.public_key()}
    alipay, _transport = client(
        answer(QUERY, trade()), answer(QUERY, trade(), key=NEW_KEY), keys=known
    )
    assert [alipay.query(NUMBER).trade_state for _ in range(2)] == ['SUCCESS', 'SUCCESS']


def test_signed_answer_of_not_found_is_final_for_the_call():
    text = b'{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}'
    body = b'{"alipay_trade_query_response":%s,"sign":"%s"}'
    alipay, transport = client(FakeReply(body=body % (text, sign_as_alipay(text).encode())))
    with pytest.raises(NotFound):
        alipay.query(NUMBER)
    assert transport.sent[0].url.startswith(GATEWAY)
    assert vectors.APP_ID in transport.sent[0].url
