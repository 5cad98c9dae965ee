"""Field classes for secrets: encrypted at rest, masked wherever they leave the server."""

from odoo import fields
from odoo.exceptions import ValidationError

from .tools import secret_box

MASK = '•' * 8


class _Encrypted:
    """Keep cipher text in the database and in the ORM's cache, plain text in Python.

    `record.secret` is the plain text; whatever leaves the server (read, export, display
    name) is a mask. Declare such fields with `groups='base.group_system', copy=False`.
    """

    def convert_to_cache(self, value, record, validate=True):
        text = super().convert_to_cache(value, record, validate)
        if not text or secret_box.is_sealed(text):
            return text or None
        if text == MASK:
            raise ValidationError(
                record.env._('%(field)s: enter the secret itself, not its mask.', field=self.string)
            )
        return secret_box.seal(text)

    def convert_to_record(self, value, record):
        return secret_box.unseal(value) if value else False

    def convert_to_read(self, value, record, use_display_name=True):
        return MASK if value else False

    def convert_to_export(self, value, record):
        return MASK if value else ''

    def convert_to_display_name(self, value, record):
        return MASK if value else False


class EncryptedChar(_Encrypted, fields.Char):
    """A short secret; see `_Encrypted`."""


class EncryptedText(_Encrypted, fields.Text):
    """A long secret such as a private key; see `_Encrypted`."""
