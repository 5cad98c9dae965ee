"""Signatures of the Chinese suppliers. Source: spec/topup_suppliers.md §4.1, §4.2."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def md5(text: str) -> str:
    """Return the lower hex MD5 of a text in UTF-8."""
    return hashlib.md5(text.encode()).hexdigest()


def sign_yrapi(parameters: Mapping[str, str], key: str) -> str:
    """Return the signature over all parameters but `sign`, sorted and not URL-encoded."""
    pairs = [f'{name}={parameters[name]}' for name in sorted(parameters) if name != 'sign']
    return md5(f'{"&".join(pairs)}&apikey={key}').upper()


def sign_juhe(*parts: str) -> str:
    """Return the signature over texts that follow each other without separators."""
    return md5(''.join(parts))
