"""Which names and fields hold secrets, and what is shown instead of them."""

import re

from odoo import models

from . import const_log

SECRET_NAME = re.compile(
    r'passw|passphrase|secret|token|credential|cipher|private_?key|api_?key|apiv\d_?key'
    r'|(^|_)(key|otp|pin|pwd)$',
    re.IGNORECASE,
)
SECRET_GROUPS = frozenset({'base.group_system', 'rbac_ext.group_system', '.'})
DEPTH = 8


def is_secret_name(name):
    """Tell whether an argument or key of that name is taken for a secret."""
    return bool(SECRET_NAME.search(name))


def is_secret_field(field):
    """Tell whether a field's values must not be seen in logs: by its name, class or groups."""
    if is_secret_name(field.name):
        return True
    if any('encrypt' in parent.__name__.lower() for parent in type(field).__mro__):
        return True
    groups = field.groups.split(',') if isinstance(field.groups, str) else ()
    return any(group.strip() in SECRET_GROUPS for group in groups)


def masked(value, model, depth=DEPTH):
    """Return `value` with secrets replaced, as something that JSON can hold.

    :param value: argument of a method
    :param model: recordset or model class whose field names keys may be
    """
    if depth == 0:
        return '…'
    if isinstance(value, dict):
        return {
            str(key): const_log.MASK
            if _is_secret_key(key, model)
            else masked(item, model, depth - 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(item, model, depth - 1) for item in list(value)[: const_log.LOG_IDS]]
    if isinstance(value, models.BaseModel):
        return f'{value._name}{value.ids}'
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        return f'<{len(value)} bytes>'
    return str(value)[: const_log.LOG_TEXT]


def _is_secret_key(key, model):
    if not isinstance(key, str):
        return False
    field = model._fields.get(key)
    return is_secret_name(key) or (field is not None and is_secret_field(field))
