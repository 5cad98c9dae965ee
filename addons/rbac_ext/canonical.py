"""Arguments of a call as text: what is approved is exactly what can be written down."""

import json

from odoo import models
from odoo.exceptions import UserError

from . import masking

RECORDS = '$records'


def encode(env, args, kwargs):
    """Return the arguments as canonical JSON: plain values and records, nothing else.

    :raise UserError: an argument is of another kind, or named like a secret, which must not
        wait in the database
    """
    for name in kwargs:
        if masking.is_secret_name(name):
            raise UserError(env._('The secret "%(name)s" cannot wait for approval.', name=name))
    content = {'args': _plain(env, list(args)), 'kwargs': _plain(env, dict(kwargs))}
    return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False)


def decode(env, text):
    """Return `(args, kwargs)` of a text made by `encode`; records belong to `env`."""
    content = json.loads(text)
    return _restore(env, content['args']), _restore(env, content['kwargs'])


def _plain(env, value):
    if value is None or isinstance(value, bool | int | str):
        # Not a subclass with ideas of its own: the text is what comes back.
        return value
    if isinstance(value, float) and value == value and abs(value) != float('inf'):
        return value
    if isinstance(value, list | tuple):
        return [_plain(env, item) for item in value]
    if isinstance(value, dict):
        return _plain_dict(env, value)
    if isinstance(value, models.BaseModel) and len(value.ids) == len(value):
        return {RECORDS: [value._name, value.ids]}
    raise UserError(
        env._(
            'An act that needs approval takes only plain values and saved records, not %(kind)s.',
            kind=type(value).__name__,
        )
    )


def _plain_dict(env, value):
    for key in value:
        if not isinstance(key, str) or key == RECORDS:
            raise UserError(env._('An act that needs approval takes only plain values.'))
        if masking.is_secret_name(key):
            raise UserError(env._('The secret "%(name)s" cannot wait for approval.', name=key))
    return {key: _plain(env, item) for key, item in value.items()}


def _restore(env, value):
    if isinstance(value, list):
        return [_restore(env, item) for item in value]
    if isinstance(value, dict):
        if RECORDS in value:
            model, ids = value[RECORDS]
            return env[model].browse(ids)
        return {key: _restore(env, item) for key, item in value.items()}
    return value
