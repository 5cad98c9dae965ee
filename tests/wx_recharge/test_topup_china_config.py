"""The dialect of a China style supplier: what staff may write. Source: §4, §6 trap 12."""

import copy
import json
from dataclasses import FrozenInstanceError

import pytest

from topup import china_config, china_presets
from topup.china_config import ConfigError
from topup.china_dialect import PLACEHOLDERS
from topup.normalized import ErrorClass, State
from topup.products import Kind, Processing

MINIMAL = {
    'submit': {
        '': {
            'path': '/order',
            'params': {'mobile': '{phone}', 'no': '{ref}'},
            'sign': {'form': 'pairs', 'text': '{params}{key}'},
        }
    },
    'query': [{'path': '/query', 'params': {'no': '{ref}'}, 'fields': {'state': 'state'}}],
    'answers': {'code': 'code', 'ok': ['0000']},
    'states': {'1': 'processing', '2': 'succeeded'},
}


def settings(path='', value=None, **values):
    """Return the least settings with one part spoilt."""
    made = {**copy.deepcopy(MINIMAL), **values}
    if path:
        *way, last = path.split('.')
        place = made
        for name in way:
            place = place[int(name)] if isinstance(place, list) else place[name]
        place[last] = value
    return made


# === WHAT IS READ === #


def test_least_settings_leave_the_rest_to_safe_values():
    dialect = china_config.parse(settings())
    assert (dialect.unit, dialect.phone, dialect.country) == ('yuan', 'cn11', 'CN')
    assert (dialect.callback, dialect.quote, dialect.catalogue) == (None, None, None)
    assert dialect.max_process_s == 72 * 3600
    assert dialect.states == {'1': State.PROCESSING, '2': State.SUCCEEDED}
    assert dialect.submit[''].method == 'POST'


def test_full_settings_are_read():
    dialect = china_config.parse(
        settings(
            unit='fen',
            phone='digits',
            max_process_s=60,
            per_number_gap_s=5,
            query_window_days=3,
            kinds={'2': 'data'},
            operators={'移动': 'cmcc'},
            products=[
                {'sku': 'slow:50', 'face': '50.00', 'cost': 48.5, 'processing': 'slow'},
            ],
            answers={
                'code': 'code',
                'ok': [0, '0000'],
                'classes': {'17': 'account'},
                'texts': {'余额不足': 'account'},
                'not_found': [404],
            },
        )
    )
    assert (dialect.unit, dialect.phone, dialect.query_window_days) == ('fen', 'digits', 3)
    assert (dialect.per_number_gap_s, dialect.max_process_s) == (5, 60)
    assert dialect.kinds == {'2': Kind.DATA}
    assert dialect.answers.ok == {'0', '0000'}
    assert dialect.answers.not_found == {'404'}
    assert dialect.answers.classes == {'17': ErrorClass.ACCOUNT}
    product = dialect.products[0]
    assert (product.sku, product.kind, product.processing) == (
        'slow:50',
        Kind.AIRTIME,
        Processing.SLOW,
    )


def test_dialect_cannot_be_changed():
    dialect = china_config.parse(settings())
    with pytest.raises(FrozenInstanceError):
        dialect.unit = 'fen'
    with pytest.raises(TypeError):
        dialect.states['9'] = State.SUCCEEDED
    with pytest.raises(TypeError):
        dialect.submit['x'] = dialect.submit['']


@pytest.mark.parametrize('name', ['yrapi', 'juhe'])
def test_presets_are_settings_that_staff_may_copy_as_json(name):
    text = json.dumps(dict(china_presets.SETTINGS[name]), ensure_ascii=False)
    preset = {'yrapi': china_presets.YRAPI, 'juhe': china_presets.JUHE}[name]
    assert china_config.parse(json.loads(text)) == preset


# === WHAT IS REFUSED === #


@pytest.mark.parametrize(
    ('path', 'value', 'key'),
    [
        ('submit', {}, 'submit'),
        ('submit', None, 'submit'),
        ('submit', 'x', 'submit'),
        ('submit.', None, 'submit.'),
        ('submit', {'Fast!': {}}, 'submit.Fast!'),
        ('submit..path', '', 'submit..path'),
        ('submit..path', 5, 'submit..path'),
        ('submit..method', 'PUT', 'submit..method'),
        ('submit..body', 'xml', 'submit..body'),
        ('submit..params.mobile', '{fone}', 'submit..params.mobile'),
        ('submit..params.mobile', 5, 'submit..params.mobile'),
        ('submit..params', ['x'], 'submit..params'),
        ('submit..colour', 'red', 'submit..colour'),
        ('submit..sign.text', '{params}', 'submit..sign.text'),
        ('submit..sign.text', '{key}', 'submit..sign.text'),
        ('submit..sign.form', 'sha', 'submit..sign.form'),
        ('submit..sign.upper', 'yes', 'submit..sign.upper'),
        ('submit..sign', {'form': 'template', 'text': '{key}{nr}'}, 'submit..sign.text'),
        ('submit..sign.salt', 'x', 'submit..sign.salt'),
        ('query', [], 'query'),
        ('query', {}, 'query'),
        ('query.0.path', None, 'query.0.path'),
        ('query.0.fields.state', 5, 'query.0.fields.state'),
        ('query.0.fields', {}, 'query.0.fields.state'),
        ('query.0.fields.stat', 's', 'query.0.fields.stat'),
        ('submit..fields', {'ref': 'no'}, 'submit..fields.ref'),
        ('answers', [], 'answers'),
        ('answers.code', '', 'answers.code'),
        ('answers.ok', [], 'answers.ok'),
        ('answers.ok', [True], 'answers.ok'),
        ('answers.ok', '0', 'answers.ok'),
        ('answers.classes', {'1': 'fatal'}, 'answers.classes.1'),
        ('answers.fine', 1, 'answers.fine'),
        ('states', {}, 'states'),
        ('states', 0, 'states'),
        ('states', {'1': 'done'}, 'states.1'),
        ('states', {'1': 'unknown'}, 'states.1'),
        ('states', {'1': 'draft'}, 'states.1'),
        ('callback', {'fields': {'state': 's'}}, 'callback.fields.our_ref'),
        ('callback', {'fields': {'our_ref': 'o'}}, 'callback.fields.state'),
        ('catalogue', {'path': '/p', 'fields': {}}, 'catalogue.fields.sku'),
        ('products', [{'sku': '50'}], 'products.0.face'),
        ('products', [{'sku': '50', 'face': -1}], 'products.0.face'),
        ('products', [{'sku': '5 0', 'face': 1}], 'products.0.sku'),
        ('products', [{'sku': '50', 'face': 1, 'kind': 'gold'}], 'products.0.kind'),
        ('products', [7], 'products.0'),
        ('products', 7, 'products'),
        ('unit', 'dollar', 'unit'),
        ('phone', 'national', 'phone'),
        ('max_process_s', -1, 'max_process_s'),
        ('max_process_s', '60', 'max_process_s'),
        ('max_process_s', True, 'max_process_s'),
        ('typo', 1, 'typo'),
    ],
)
def test_mistake_names_its_key(path, value, key):
    with pytest.raises(ConfigError) as caught:
        china_config.parse(settings(path, value))
    assert caught.value.key == key
    assert str(caught.value).startswith(f'{key}: ')


@pytest.mark.parametrize('value', [None, [], 'x', 5])
def test_settings_must_be_an_object(value):
    with pytest.raises(ConfigError) as caught:
        china_config.parse(value)
    assert caught.value.key == '$'


@pytest.mark.parametrize('key', ['submit', 'query', 'answers', 'states'])
def test_nothing_that_matters_has_a_default(key):
    made = settings()
    del made[key]
    with pytest.raises(ConfigError) as caught:
        china_config.parse(made)
    assert caught.value.key.split('.')[0] == key


def test_placeholders_are_those_of_the_docs():
    assert PLACEHOLDERS >= {'user', 'key', 'ref', 'phone', 'sku', 'amount', 'callback_url'}
