"""Suppliers that speak XML or a Chinese character set. Source: §4.3 (dingyin), §6 trap 12."""

import hashlib
import json
from decimal import Decimal
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topup import china_config, china_texts
from topup.china import Config
from topup.errors import SignatureError
from topup.normalized import ErrorClass, State
from topup.transport import MASK, mask
from topup_china_fakes import make_client, make_order
from topup_fakes import OUR_REF, FakeReply

SETTINGS = {
    'submit': {
        '': {
            'path': '/order',
            'params': {'tel': '{phone}', 'no': '{ref}', 'memo': '充值', 'face': '{sku}'},
            'sign': {'form': 'pairs', 'text': '{params}{key}'},
            'fields': {'supplier_ref': 'sp', 'state': 'state', 'cost': 'price'},
        }
    },
    'query': [{'path': '/query', 'params': {'no': '{ref}'}, 'fields': {'state': 'state'}}],
    'answers': {
        'code': 'resultno',
        'ok': ['0000'],
        'text': 'msg',
        'data': 'order',
        'texts': {'余额不足': 'account'},
    },
    'states': {'1': 'processing', '2': 'succeeded'},
    'callback': {
        'fields': {'our_ref': 'no', 'state': 'state'},
        'sign': {'form': 'pairs', 'text': '{params}{key}'},
        'reply': 'OK',
    },
    'form': 'xml',
    'charset': 'gb18030',
}
DINGYIN = Config(user='U', key='K', base='https://dy.example', dialect=china_config.parse(SETTINGS))


def xml(inner, head='<?xml version="1.0" encoding="GB2312"?>'):
    return FakeReply(200, f'{head}<response>{inner}</response>'.encode('gb18030'))


def submit(answer):
    client, send = make_client(answer, config=DINGYIN)
    return client.submit(make_order(sku='50')), send


# === ORDERS === #


def test_order_and_its_signature_are_in_the_character_set_of_the_supplier():
    order = '<resultno>0000</resultno><order><sp>9</sp><state>1</state><price>48.5</price></order>'
    result, send = submit(xml(order))
    body = send.sent[0].body.decode()
    fields = {name: value[0] for name, value in parse_qs(body, encoding='gb18030').items()}
    assert fields['memo'] == '充值'
    source = f'face=50&memo=充值&no={OUR_REF}&tel=13800138000K'
    assert fields['sign'] == hashlib.md5(source.encode('gb18030')).hexdigest()
    assert (result.state, result.supplier_ref) == (State.PROCESSING, '9')
    assert result.cost == Decimal('48.5')


def test_refusal_in_chinese_is_understood():
    result, _send = submit(xml('<resultno>17</resultno><msg>您的余额不足</msg>'))
    assert (result.state, result.error_class) == (State.FAILED, ErrorClass.ACCOUNT)
    assert result.error_text == '您的余额不足'


@pytest.mark.parametrize(
    'answer',
    [
        xml('<resultno>0000'),
        xml('<resultno>0000</resultno>', head='<!DOCTYPE x [<!ENTITY a "b">]>'),
        xml('&lol;'),
        xml('<a>' * 40 + '</a>' * 40),
        FakeReply(200, b''),
        FakeReply(200, b'{"resultno": "0000"}'),
        FakeReply(200, b'\xff\xff<response/>'),
        FakeReply(200, b'text'),
    ],
)
def test_answer_that_is_no_plain_xml_is_unknown(answer):
    result, _send = submit(answer)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)


# === XML === #


@pytest.mark.parametrize(
    ('text', 'document'),
    [
        ('<a><b>1</b><c> x </c></a>', {'b': '1', 'c': 'x'}),
        ('<a><b>1</b><b>2</b><b>3</b></a>', {'b': ['1', '2', '3']}),
        ('<a><b><c>1</c></b></a>', {'b': {'c': '1'}}),
        ('<a>&lt;充值&gt;</a>', '<充值>'),
        ('<a/>', ''),
        ('<?xml version="1.0" encoding="GB2312"?><a><b>充</b></a>', {'b': '充'}),
        ('', None),
        ('<a>', None),
        ('x', None),
    ],
)
def test_elements_become_an_object(text, document):
    assert china_texts.parse_xml(text) == document


@given(text=st.text(max_size=60))
def test_any_text_is_read_or_nothing(text):
    china_texts.parse_xml(text)
    china_texts.parse_xml(f'<a>{text}</a>')


@given(body=st.binary(max_size=60), form=st.sampled_from(china_texts.FORMATS))
def test_any_body_is_read_or_nothing(body, form):
    for charset in china_texts.CHARSETS:
        china_texts.parse(body, form=form, charset=charset)


# === CALLBACKS === #


def test_callback_in_the_character_set_of_the_supplier_is_verified():
    params = {'no': OUR_REF, 'state': '2', 'memo': '成功'}
    source = f'memo=成功&no={OUR_REF}&state=2K'
    params['sign'] = hashlib.md5(source.encode('gb18030')).hexdigest()
    client, _send = make_client(config=DINGYIN)
    event = client.parse_callback({}, urlencode(params, encoding='gb18030').encode(), '')
    assert (event.our_ref, event.state_hint) == (OUR_REF, State.SUCCEEDED)
    assert client.callback_reply.body == 'OK'
    with pytest.raises(SignatureError):
        client.parse_callback({}, urlencode(params).encode(), '')


@pytest.mark.parametrize('body', [b'{', b'[]', b'5', b'\xff', b'{"state": "2"}'])
def test_json_callback_that_is_none_is_refused(body):
    callback = {**SETTINGS['callback'], 'body': 'json'}
    dialect = china_config.parse({**SETTINGS, 'callback': callback, 'charset': 'utf-8'})
    config = Config(user='U', key='K', base='', dialect=dialect)
    client, _send = make_client(config=config)
    with pytest.raises(SignatureError):
        client.parse_callback({}, body, '')


def test_code_in_a_callback_is_named_to_be_hidden():
    fields = {**SETTINGS['callback']['fields'], 'pin': 'card.pwd', 'serial': 'card.no'}
    callback = {'fields': fields, 'body': 'json', 'reply': 'OK'}
    dialect = china_config.parse({**SETTINGS, 'callback': callback, 'charset': 'utf-8'})
    client, _send = make_client(config=Config(user='U', key='K', base='', dialect=dialect))
    card = {'pwd': '4111-2222', 'no': 'SN-9'}
    body = json.dumps({'no': OUR_REF, 'state': '2', 'card': card}).encode()
    assert client.parse_callback({}, body, '').secrets == ('4111-2222', 'SN-9')
    assert mask('a 4111-2222, b SN-9', ('4111-2222', '', 'SN-9')) == f'a {MASK}, b {MASK}'
