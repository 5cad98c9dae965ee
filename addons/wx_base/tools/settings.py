"""Settings that live outside the database: environment first, then odoo.conf."""

import os

from odoo.tools import config


def get_setting(name):
    """Return a setting's text or None.

    :param str name: lower case, e.g. `wx_public_url`; the variable is its upper-case form
    """
    return os.environ.get(name.upper()) or config.get(name) or None


def read_secret(name):
    """Return a secret given directly or by the file that `<name>_file` points to."""
    path = get_setting(f'{name}_file')
    if path:
        with open(path, encoding='utf-8') as secret:
            return secret.read().strip() or None
    return get_setting(name)
