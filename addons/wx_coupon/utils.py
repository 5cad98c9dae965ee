"""Stateless helpers: yuan and fen, codes."""

import re
import secrets
from decimal import ROUND_HALF_UP, Decimal

from .const import CODE_ALPHABET, CODE_CHARS, CODE_GROUP_CHARS, CODE_INPUT, ROWS_AT_ONCE


def to_fen(yuan):
    """Return an amount that somebody typed in yuan as whole fen."""
    return int((Decimal(str(yuan or 0)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def yuan_text(fen):
    """Return an amount as people read it."""
    return f'¥{Decimal(fen) / 100:.2f}'


def discount_text(record):
    """Return what a template or a coupon takes off, as people read it."""
    if record.kind == 'fixed':
        return yuan_text(record.amount_fen)
    if not record.cap_fen:
        return f'{record.percent} %'
    return record.env._(
        '%(percent)s %%, at most %(cap)s', percent=record.percent, cap=yuan_text(record.cap_fen)
    )


def make_code():
    """Return a code that nobody can guess."""
    return ''.join(secrets.choice(CODE_ALPHABET) for _char in range(CODE_CHARS))


def batched(rows):
    """Cut rows into lists that one statement takes well."""
    return (rows[start : start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE))


def print_code(code):
    """Return a code as people read it best: in groups."""
    return '-'.join(
        code[start : start + CODE_GROUP_CHARS] for start in range(0, CODE_CHARS, CODE_GROUP_CHARS)
    )


def read_code(typed):
    """Return the code that somebody typed, with or without groups; None when it cannot be one."""
    if not re.fullmatch(CODE_INPUT, typed):
        return None
    code = re.sub(r'[ -]', '', typed).upper()
    return code if re.fullmatch(rf'[{CODE_ALPHABET}]{{{CODE_CHARS}}}', code) else None
