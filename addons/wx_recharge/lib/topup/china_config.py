"""The settings of a China style supplier as staff write them, read into its dialect.

Source: spec/topup_suppliers.md §4.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from .china_dialect import (
    FIELDS,
    PLACEHOLDER,
    PLACEHOLDERS,
    SKU_CODE,
    Answers,
    Call,
    Callback,
    Dialect,
    Sign,
    StaticProduct,
)
from .china_reader import ConfigError, Reader, member
from .china_texts import CHARSETS, FORMATS
from .normalized import FINAL_STATES, ErrorClass, State
from .products import Kind, Processing

__all__ = ['ConfigError', 'Dialect', 'parse']

# What a supplier may tell; the other states are ours.
_TOLD_STATES = FINAL_STATES | {State.ACCEPTED, State.PROCESSING}
_ROUTE = re.compile(r'[a-z0-9_]{0,20}')


def parse(settings: object) -> Dialect:
    """Return the dialect that the settings describe.

    :raise ConfigError: names the key that is wrong
    """
    reader = Reader(settings)
    routes = reader.child('submit')
    dialect = Dialect(
        submit=MappingProxyType({route: routes.needed(route, _call) for route in _routes(routes)}),
        query=reader.each('query', _query),
        answers=_answers(reader.child('answers')),
        states=reader.enums('states', State),
        balance=reader.optional('balance', _call),
        catalogue=reader.optional('catalogue', _catalogue),
        quote=reader.optional('quote', _call),
        lookup=reader.optional('lookup', _call),
        callback=reader.optional('callback', _callback),
        products=reader.each('products', _product),
        kinds=reader.enums('kinds', Kind),
        speeds=reader.enums('speeds', Processing),
        operators=reader.texts('operators'),
        form=reader.choice('form', FORMATS),
        charset=reader.choice('charset', CHARSETS),
        unit=reader.choice('unit', ('yuan', 'fen')),
        phone=reader.choice('phone', ('cn11', 'digits', 'e164')),
        country=reader.text('country', 'CN'),
        currency=reader.text('currency', 'CNY'),
        max_process_s=reader.number('max_process_s', 72 * 3600),
        per_number_gap_s=reader.number('per_number_gap_s', 0),
        query_window_days=reader.number('query_window_days', 0) or None,
        throttle_wait_s=reader.number('throttle_wait_s', 30),
    )
    reader.end()
    if not dialect.query:
        raise ConfigError('query', 'at least one call is needed')
    if not dialect.states:
        raise ConfigError('states', 'at least one state is needed')
    for word, state in dialect.states.items():
        if state not in _TOLD_STATES:
            raise ConfigError(f'states.{word}', f'must be one of {", ".join(sorted(_TOLD_STATES))}')
    return dialect


def _routes(routes: Reader) -> list[str]:
    found = [str(route) for route in routes.keys()]
    if not found:
        raise ConfigError('submit', 'at least one call is needed')
    for route in found:
        if not _ROUTE.fullmatch(route):
            raise ConfigError(routes.path(route), 'must be of small letters and digits')
    return found


def _call(reader: Reader) -> Call:
    params = reader.texts('params')
    for name, template in params.items():
        for placeholder in PLACEHOLDER.findall(template):
            if placeholder not in PLACEHOLDERS:
                raise ConfigError(
                    f'{reader.path("params")}.{name}', f'{{{placeholder}}} is not known'
                )
    call = Call(
        path=reader.text('path'),
        params=params,
        fields=_fields(reader),
        method=reader.choice('method', ('POST', 'GET')),
        body=reader.choice('body', ('form', 'json')),
        server=reader.choice('server', ('main', 'data')),
        sign=reader.optional('sign', _sign),
        nested=reader.text('nested', ''),
    )
    if call.sign and call.sign.form == 'template':
        known = {*params, 'user', 'key'}
        for placeholder in PLACEHOLDER.findall(call.sign.text):
            if placeholder not in known:
                raise ConfigError(reader.path('sign.text'), f'{{{placeholder}}} is no parameter')
    reader.end()
    return call


def _fields(reader: Reader, *needed: str) -> Mapping[str, str]:
    fields = reader.texts('fields', needed)
    for name in fields:
        if name not in FIELDS:
            raise ConfigError(f'{reader.path("fields")}.{name}', 'is no field of ours')
    return fields


def _query(reader: Reader) -> Call:
    _fields(reader, 'state')
    return _call(reader)


def _catalogue(reader: Reader) -> Call:
    _fields(reader, 'sku')
    return _call(reader)


def _sign(reader: Reader) -> Sign:
    sign = Sign(
        form=reader.choice('form', ('pairs', 'values', 'template')),
        text=reader.text('text'),
        field=reader.text('field', 'sign'),
        upper=reader.flag('upper'),
        skip_empty=reader.flag('skip_empty'),
        array=reader.text('array', 'Array'),
    )
    if '{key}' not in sign.text:
        raise ConfigError(reader.path('text'), 'without {key} anybody could sign')
    if sign.form != 'template' and '{params}' not in sign.text:
        raise ConfigError(reader.path('text'), 'needs {params}')
    reader.end()
    return sign


def _answers(reader: Reader) -> Answers:
    answers = Answers(
        code=reader.text('code'),
        ok=reader.words('ok'),
        text=reader.text('text', ''),
        data=reader.text('data', ''),
        classes=reader.enums('classes', ErrorClass),
        texts=reader.enums('texts', ErrorClass),
        not_found=reader.words('not_found'),
    )
    if not answers.ok:
        raise ConfigError(reader.path('ok'), 'at least one code is needed')
    reader.end()
    return answers


def _callback(reader: Reader) -> Callback:
    callback = Callback(
        fields=_fields(reader, 'our_ref', 'state'),
        sign=reader.optional('sign', _sign),
        reply=reader.text('reply', ''),
        body=reader.choice('body', ('form', 'json')),
    )
    reader.end()
    return callback


def _product(reader: Reader) -> StaticProduct:
    face = reader.money('face')
    if not face:
        raise ConfigError(reader.path('face'), 'must be a positive amount')
    product = StaticProduct(
        sku=reader.text('sku'),
        name=reader.text('name', ''),
        kind=member(Kind, reader.text('kind', 'airtime'), reader.path('kind')),
        face=face,
        cost=reader.money('cost'),
        operator=reader.text('operator', ''),
        processing=member(
            Processing, reader.text('processing', 'instant'), reader.path('processing')
        ),
    )
    if not SKU_CODE.fullmatch(product.sku.rpartition(':')[2]):
        raise ConfigError(reader.path('sku'), 'is no code')
    reader.end()
    return product
