"""AES-256-GCM. Source: spec/wechat_pay_v3.md §4, §16 V7–V8."""

import base64
import json

import pytest

import wxpay_vectors as vectors
from paywire.errors import Malformed
from paywire.wxpay_v3 import cipher
from wxpay_helpers import seal


def _open(**values):
    arguments = {
        'nonce': vectors.V7_NONCE,
        'associated_data': vectors.V7_ASSOCIATED_DATA,
        'ciphertext': vectors.V7_CIPHERTEXT,
    } | values
    return cipher.decrypt(arguments.pop('key', vectors.APIV3_KEY), **arguments)


def test_v7_matches_the_vector():
    assert _open() == vectors.V7_PLAIN


def test_v8_opens_to_the_published_notice():
    plain = _open(
        nonce=vectors.V8_NONCE,
        associated_data=vectors.V8_ASSOCIATED_DATA,
        ciphertext=vectors.V8_CIPHERTEXT,
    )
    assert plain == vectors.V8_PLAIN
    assert json.loads(plain)['trade_state_desc'] == '支付成功'


def test_v8_is_what_sealing_gives():
    sealed = seal(vectors.V8_PLAIN, nonce=vectors.V8_NONCE)
    assert sealed == vectors.V8_CIPHERTEXT


def test_associated_data_may_be_empty():
    sealed = seal(b'text', associated_data='')
    assert _open(nonce='fdasflkja484', associated_data='', ciphertext=sealed) == b'text'


@pytest.mark.parametrize('nonce', ['123456789012', '1234567890123456'])
def test_nonce_of_12_to_16_characters_works(nonce):
    sealed = seal(b'text', nonce=nonce)
    assert _open(nonce=nonce, associated_data='transaction', ciphertext=sealed) == b'text'


@pytest.mark.parametrize(
    'spoiled',
    [
        {'key': b'A' * 32},
        {'nonce': 'uluk4a9R25RX'},
        {'nonce': ''},
        {'associated_data': ''},
        {'associated_data': 'transaction'},
        {'ciphertext': ''},
        {'ciphertext': 'AAAA'},
        {'ciphertext': 'not base64'},
        {'ciphertext': vectors.V7_CIPHERTEXT.lower()},
        {'key': b'short'},
    ],
    ids=str,
)
def test_part_that_does_not_fit_is_refused(spoiled):
    with pytest.raises(Malformed):
        _open(**spoiled)


def test_cut_tag_is_refused():
    data = base64.b64decode(vectors.V7_CIPHERTEXT)
    with pytest.raises(Malformed):
        _open(ciphertext=base64.b64encode(data[:-1]).decode())
