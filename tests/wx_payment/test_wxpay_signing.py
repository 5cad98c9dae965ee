"""Request signature and client invocation. Source: spec/wechat_pay_v3.md §2, §5, §16 V1–V5."""

import re

import pytest

import wxpay_vectors as vectors
from paywire.wxpay_v3 import invoke, signing


def test_k1_derives_to_a_2048_bit_key_from_its_primes():
    numbers = vectors.K1.private_numbers()
    assert vectors.K1.key_size == 2048
    assert numbers.public_numbers.e == 65537
    assert numbers.public_numbers.n == vectors.K1_P * vectors.K1_Q
    assert (numbers.d * 65537) % ((vectors.K1_P - 1) * (vectors.K1_Q - 1)) == 1


def test_v1_body_has_the_published_length():
    assert len(vectors.V1_BODY) == 295


@pytest.mark.parametrize(
    ('method', 'target', 'body', 'signature'),
    [
        ('POST', vectors.V1_TARGET, vectors.V1_BODY, vectors.V1_SIGNATURE),
        ('GET', vectors.V2_TARGET, b'', vectors.V2_SIGNATURE),
        ('GET', vectors.V3_TARGET, b'', vectors.V3_SIGNATURE),
    ],
    ids=['V1', 'V2', 'V3'],
)
def test_request_signature_matches_the_vector(method, target, body, signature):
    message = signing.request_message(
        method, target, now=vectors.NOW, nonce=vectors.NONCE, body=body
    )
    assert signing.sign(vectors.K1, message) == signature


def test_v1_starts_with_the_officially_published_prefix():
    assert vectors.V1_SIGNATURE.startswith('jnks4dlr')


def test_message_of_a_request_without_a_body_ends_with_two_line_feeds():
    message = signing.request_message('get', '/v3/certificates', now=1, nonce='n', body=b'')
    assert message == b'GET\n/v3/certificates\n1\nn\n\n'


def test_message_keeps_the_raw_body_bytes():
    body = '{"description":"泰国 流量"}'.encode()
    message = signing.request_message('POST', '/x', now=1, nonce='n', body=body)
    assert message == b'POST\n/x\n1\nn\n' + body + b'\n'


def _authorization(**values):
    arguments = {
        'mchid': vectors.MCHID,
        'serial_no': vectors.SERIAL_NO,
        'now': vectors.NOW,
        'nonce': vectors.NONCE,
        'body': vectors.V1_BODY,
    } | values
    return signing.authorization(vectors.K1, 'POST', vectors.V1_TARGET, **arguments)


def test_authorization_header_is_one_line_of_quoted_pairs():
    scheme, _blank, pairs = _authorization().partition(' ')
    assert scheme == 'WECHATPAY2-SHA256-RSA2048'
    assert dict(re.findall(r'(\w+)="([^"]*)"', pairs)) == {
        'mchid': '1900007291',
        'nonce_str': vectors.NONCE,
        'signature': vectors.V1_SIGNATURE,
        'timestamp': '1554208460',
        'serial_no': vectors.SERIAL_NO,
    }
    assert ', ' not in pairs
    assert '\n' not in pairs


@pytest.mark.parametrize('spoiled', [{'now': vectors.NOW + 1}, {'nonce': 'x'}, {'body': b'{}'}])
def test_authorization_changes_with_every_signed_part(spoiled):
    assert vectors.V1_SIGNATURE not in _authorization(**spoiled)


def test_v4_pay_sign_of_the_mini_program_matches_the_official_value():
    fields = invoke.invoke_jsapi(
        vectors.K1,
        appid=vectors.V4_APPID,
        prepay_id=vectors.V4_PREPAY_ID,
        now=vectors.NOW,
        nonce=vectors.NONCE,
    ).as_fields()
    assert fields == {
        'timeStamp': '1554208460',
        'nonceStr': vectors.NONCE,
        'package': 'prepay_id=wx201410272009395522657a690389285100',
        'signType': 'RSA',
        'paySign': vectors.V4_PAY_SIGN,
    }


def test_time_stamp_of_the_invocation_is_text_in_seconds():
    # Trap: milliseconds or a number are refused by the client without a useful message.
    invocation = invoke.invoke_jsapi(
        vectors.K1, appid='wx1', prepay_id='p', now=vectors.NOW, nonce='n'
    )
    assert isinstance(invocation.time_stamp, str)
    assert len(invocation.time_stamp) == 10


def test_v5_app_sign_uses_the_bare_prepay_id():
    value = invoke.app_sign(
        vectors.K1,
        appid=vectors.V4_APPID,
        prepay_id=vectors.V4_PREPAY_ID,
        now=vectors.NOW,
        nonce=vectors.NONCE,
    )
    assert value == vectors.V5_APP_SIGN
    assert value != vectors.V4_PAY_SIGN
