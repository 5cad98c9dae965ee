"""Keys derived from the master key, which is not in the database, and what they protect.

`WX_MASTER_KEY` (or the file named by `WX_MASTER_KEY_FILE`) holds one or more keys of at
least 32 characters, separated by commas: the first one encrypts, all of them decrypt, so
that a key is rotated by putting a new one in front.
"""

import base64
import functools

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from odoo.exceptions import UserError

from .settings import read_secret

SEALED = 'wx1:'
MIN_KEY_LENGTH = 32


class SecretError(UserError):
    """The master key is missing, too short, or not the one that encrypted a value."""


def seal(text):
    """Encrypt `text` for the database.

    :raise SecretError: no usable master key
    """
    return SEALED + _box(_master_keys()).encrypt(text.encode()).decode()


def unseal(value):
    """Decrypt what `seal` returned.

    :raise SecretError: no usable master key, or the value was encrypted with another one
    """
    try:
        return _box(_master_keys()).decrypt(value.removeprefix(SEALED).encode()).decode()
    except InvalidToken:
        raise SecretError(
            'A stored secret cannot be decrypted: WX_MASTER_KEY is not the key it was '
            'encrypted with. Restore the key, or enter the secret again.'
        ) from None


def is_sealed(value):
    """Tell whether `value` is something that `seal` returned under one of our keys."""
    if not value.startswith(SEALED):
        return False
    try:
        unseal(value)
    except SecretError:
        return False
    return True


def derived_key(purpose):
    """Return 32 bytes for one purpose, e.g. signing tokens, from the first master key."""
    return _derive(_master_keys()[0], purpose)


def _master_keys():
    keys = tuple(key.strip() for key in (read_secret('wx_master_key') or '').split(','))
    if not all(len(key) >= MIN_KEY_LENGTH for key in keys):
        raise SecretError(
            'WX_MASTER_KEY (or WX_MASTER_KEY_FILE) must hold a key of at least '
            f'{MIN_KEY_LENGTH} characters; see docs/install.md.'
        )
    return keys


@functools.lru_cache(maxsize=16)
def _derive(master, purpose):
    return HKDF(
        algorithm=hashes.SHA256(), length=32, salt=b'wx_base', info=purpose.encode()
    ).derive(master.encode())


@functools.lru_cache(maxsize=4)
def _box(masters):
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(_derive(master, 'fields'))) for master in masters]
    )
