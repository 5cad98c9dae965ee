"""What of an answer is signed. Source: spec/alipay.md §2.2, §4, §10 (8)."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alipay_vectors as vectors
from paywire.alipay.envelope import open_envelope
from paywire.errors import Malformed

METHOD = 'alipay.trade.query'
ROOT = 'alipay_trade_query_response'


def test_published_slice_is_found():
    envelope = open_envelope(vectors.ANSWER, METHOD)
    assert envelope.signed == vectors.ANSWER_NODE
    assert len(envelope.signed) == 73
    assert hashlib.sha256(envelope.signed).hexdigest() == vectors.ANSWER_NODE_SHA256
    assert envelope.signature == 'AAAA'
    assert envelope.content()['url'] == 'https://x'


@pytest.mark.parametrize(
    'node',
    [
        '{}',
        '{ "code" : "10000" }',
        '{"a":"}"}',
        '{"a":"{"}',
        '{"a}":"b","{c":"d"}',
        r'{"a":"\"}"}',
        r'{"a":"\\"}',
        r'{"a":"\\\"}{"}',
        r'{"a":"\\\\"}',
        r'{"url":"https:\/\/x","u":"\u4e2d"}',
        '{"a":{"b":[{"c":"}]"}]},"d":1.10}',
        '{"a":"alipay_trade_query_response\\":{","sign":"inner"}',
        '{"sign":"inner","alipay_cert_sn":"inner"}',
    ],
)
@pytest.mark.parametrize('gap', ['', ' ', '\n\t '])
def test_signed_characters_are_exactly_those_received(node, gap):
    text = f'{gap}{{{gap}"{ROOT}"{gap}:{gap}{node}{gap},{gap}"sign":"S"{gap}}}{gap}'
    envelope = open_envelope(text.encode(), METHOD)
    assert envelope.signed == node.encode()
    assert (envelope.signature, envelope.serial_no) == ('S', '')


def test_signature_may_come_first():
    envelope = open_envelope(f'{{"sign":"S","alipay_cert_sn":"C","{ROOT}":{{}}}}'.encode(), METHOD)
    assert (envelope.signed, envelope.signature, envelope.serial_no) == (b'{}', 'S', 'C')


def test_encrypted_node_is_signed_with_its_quotes_and_has_no_content():
    envelope = open_envelope(f'{{"{ROOT}":"AAA=","sign":"S"}}'.encode(), METHOD)
    assert envelope.signed == b'"AAA="'
    with pytest.raises(Malformed):
        envelope.content()


def test_error_node_stands_in():
    envelope = open_envelope(b'{"error_response":{"code":"40002"}}', METHOD)
    assert envelope.content() == {'code': '40002'}
    assert envelope.signature == ''


def test_answer_of_the_method_goes_before_the_error_node():
    text = f'{{"error_response":{{"code":"1"}},"{ROOT}":{{"code":"2"}}}}'
    assert open_envelope(text.encode(), METHOD).content() == {'code': '2'}


@pytest.mark.parametrize(
    'text',
    [
        '',
        '[]',
        '{}',
        'null',
        '<html>',
        f'{{"{ROOT}":{{}}',
        f'{{"{ROOT}":{{}}}} x',
        f'{{"{ROOT}":{{}},}}',
        f'{{"{ROOT}":{{"a":NaN}}}}',
        f'{{"{ROOT}" {{}}}}',
        f'{{{ROOT}:{{}}}}',
        f'{{1:{{}},"{ROOT}":{{}}}}',
        # A second root behind the signed one, which a parser of the whole would prefer.
        f'{{"{ROOT}":{{"code":"10000"}},"sign":"S","{ROOT}":{{"code":"9"}}}}',
        f'{{"{ROOT}":{{}},"sign":"S","sign":"T"}}',
        '{"alipay_trade_close_response":{}}',
        f'{{"{ROOT}":' + '[' * 100_000,
    ],
    ids=lambda text: text[:40],
)
def test_other_shapes_are_malformed(text):
    with pytest.raises(Malformed):
        open_envelope(text.encode(), METHOD)


def test_other_encodings_are_malformed():
    with pytest.raises(Malformed):
        open_envelope(f'{{"{ROOT}":{{"a":"中"}}}}'.encode('gbk'), METHOD)


def test_signature_of_another_type_is_none():
    assert open_envelope(f'{{"{ROOT}":{{}},"sign":5}}'.encode(), METHOD).signature == ''


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(node=st.dictionaries(st.text(), JSON, max_size=4), indent=st.sampled_from([None, 1]))
def test_any_object_is_cut_out_unchanged(node, indent):
    raw = json.dumps(node, indent=indent).encode()
    envelope = open_envelope(b'{"%s":%s,"sign":"S"}' % (ROOT.encode(), raw), METHOD)
    assert envelope.signed == raw
    assert envelope.content() == node


@given(raw=st.binary(max_size=60))
def test_any_bytes_are_an_envelope_or_malformed(raw):
    with pytest.raises(Malformed):
        open_envelope(raw, METHOD)
