"""The answer's envelope: which characters are signed, and what they say.

The signature covers the node exactly as it was received, so the JSON decoder is asked where the
node begins and ends instead of counting braces, and only the signed characters are read.
Source: spec/alipay.md §2.2, §10 (8).
"""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..errors import Malformed
from .parsing import JsonObject

ERROR_ROOT = 'error_response'

_SPACE = re.compile(r'[ \t\n\r]*')


def _refuse_constant(name: str) -> Any:
    raise ValueError(f'{name} is no JSON.')


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)


@dataclass(frozen=True)
class Envelope:
    """An answer, not verified yet.

    :ivar bytes signed: the node as received, which the signature covers
    :ivar Any node: what these bytes say; a text when the content is encrypted
    :ivar str signature: '' when there is none
    :ivar str serial_no: ``alipay_cert_sn``, '' in public-key mode
    """

    signed: bytes
    node: Any
    signature: str
    serial_no: str

    def content(self) -> JsonObject:
        """Return the node.

        :raise Malformed: it is no object
        """
        if not isinstance(self.node, dict):
            raise Malformed('The answer is no JSON object.')
        return self.node


def open_envelope(raw: bytes, method: str) -> Envelope:
    """Return the envelope of an answer.

    :param raw: body as received, UTF-8
    :param method: the method that was called
    :raise Malformed: no JSON object, no such node or a name that occurs twice
    """
    try:
        text = raw.decode()
        members = _members(text)
    except (ValueError, RecursionError) as error:
        raise Malformed('The body is not JSON.') from error
    root = f'{method.replace(".", "_")}_response'
    if root not in members:
        root = ERROR_ROOT
    if root not in members:
        raise Malformed('The answer is not that of the method.')
    node, start, end = members[root]
    return Envelope(
        signed=text[start:end].encode(),
        node=node,
        signature=_text(members, 'sign'),
        serial_no=_text(members, 'alipay_cert_sn'),
    )


def _members(text: str) -> dict[str, tuple[Any, int, int]]:
    """Return name → value, start and end of the members of the outermost object."""
    members: dict[str, tuple[Any, int, int]] = {}
    position = _skip(text, 0, '{')
    while True:
        name, position = _DECODER.raw_decode(text, _skip(text, position))
        if not isinstance(name, str) or name in members:
            raise ValueError('A name is no text or occurs twice.')
        start = _skip(text, _skip(text, position, ':'))
        value, position = _DECODER.raw_decode(text, start)
        members[name] = (value, start, position)
        after = _skip(text, position)
        if text[after : after + 1] != ',':
            break
        position = after + 1
    if _skip(text, _skip(text, position, '}')) != len(text):
        raise ValueError('Something follows the object.')
    return members


def _skip(text: str, position: int, mark: str = '') -> int:
    """Return the place behind white space and then `mark`."""
    found = _SPACE.match(text, position)
    position = found.end() if found else position
    if not text.startswith(mark, position):
        raise ValueError(f'{mark} is missing.')
    return position + len(mark)


def _text(members: dict[str, tuple[Any, int, int]], name: str) -> str:
    value = members[name][0] if name in members else ''
    return value if isinstance(value, str) else ''
