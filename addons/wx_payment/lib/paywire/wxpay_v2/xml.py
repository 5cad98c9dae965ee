"""The flat XML of v2, read strictly: one root, one level of texts, each name once.

What makes XML dangerous or ambiguous (DTD, entities, attributes, processing instructions, nesting,
repeated names) has no place in these messages and is refused.
Source: spec/wechat_pay_v2.md §1, §6.
"""

import re
from collections.abc import Mapping
from xml.parsers import expat
from xml.sax.saxutils import escape

from ..errors import Malformed

MAX_BYTES = 256 * 1024
MAX_FIELDS = 2000

ROOT = 'xml'

_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]{0,63}', re.ASCII)


def write(fields: Mapping[str, str]) -> bytes:
    """Return the message; empty values are left out, as they are not signed either."""
    items = (f'<{name}>{escape(value)}</{name}>' for name, value in fields.items() if value)
    return f'<{ROOT}>{"".join(items)}</{ROOT}>'.encode()


def read(raw: bytes, *, root: str = ROOT) -> dict[str, str]:
    """Return the texts of a message by name.

    :param raw: the bytes as received, UTF-8
    :param root: name of the outermost element
    :raise Malformed: anything but a flat message of a reasonable size
    """
    if len(raw) > MAX_BYTES:
        raise Malformed('The XML is too large.')
    try:
        # Decoded here, so that no encoding declared inside of it counts.
        text = raw.decode('utf-8-sig')
        reader = _Reader(root)
        reader.parser.Parse(text.encode(), True)
    except (UnicodeDecodeError, expat.ExpatError) as error:
        raise Malformed('The body is not XML.') from error
    return reader.fields


class _Reader:
    """Collects the fields while expat goes through the message."""

    def __init__(self, root: str) -> None:
        self.fields: dict[str, str] = {}
        self._root = root
        self._depth = 0
        self._pieces: list[str] = []
        self.parser = expat.ParserCreate('UTF-8')
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._collect
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.EntityDeclHandler = _refuse
        self.parser.ProcessingInstructionHandler = _refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if attributes or self._depth > 2:
            raise Malformed('The XML is not flat.')
        if self._depth == 1 and name != self._root:
            raise Malformed('The XML has another root.')
        if self._depth == 2:
            self._check_name(name)

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name) or name in self.fields:
            raise Malformed('A name of the XML is repeated or no name of a field.')
        if len(self.fields) >= MAX_FIELDS:
            raise Malformed('The XML has too many fields.')

    def _collect(self, text: str) -> None:
        if self._depth == 2:
            self._pieces.append(text)
        elif text.strip():
            raise Malformed('The XML has a text outside of its fields.')

    def _end(self, name: str) -> None:
        if self._depth == 2:
            self.fields[name] = ''.join(self._pieces)
            self._pieces.clear()
        self._depth -= 1


def _refuse(*_arguments: object) -> None:
    raise Malformed('The XML has a document type, an entity or an instruction.')
