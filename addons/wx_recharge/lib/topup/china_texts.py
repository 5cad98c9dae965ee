"""Bodies that are not JSON in UTF-8: flat XML, Chinese character sets.

Source: spec/topup_suppliers.md §4.3 (dingyin: XML in GB2312), §6 trap 12.
"""

from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qsl
from xml.parsers import expat

from .errors import SignatureError
from .transport import mapping, parse_json

CHARSETS = ('utf-8', 'gb18030')
FORMATS = ('json', 'xml')
MAX_DEPTH = 16


def parse(body: bytes, *, form: str, charset: str) -> Any:
    """Return the document of an answer, None for anything that cannot be read."""
    try:
        text = body.decode(charset)
    except UnicodeDecodeError:
        return None
    return parse_xml(text) if form == 'xml' else parse_json(text.encode())


def fields_of(body: bytes, *, form: str, charset: str) -> Mapping[str, object]:
    """Return all fields of a callback, decoded: its signature covers every one of them.

    :raise SignatureError: it is neither a form nor an object
    """
    if form == 'json':
        return mapping(parse(body, form='json', charset=charset))
    try:
        text = body.decode(charset)
        pairs = parse_qsl(text, keep_blank_values=True, encoding=charset, errors='strict')
    except ValueError:
        raise SignatureError('the callback is no form') from None
    return dict(pairs)


def parse_xml(text: str) -> Any:
    """Return the elements of an XML document as an object, None when it is no plain one.

    An element with elements inside is an object, one with text a text; of several of one name
    a list is made. Declarations of entities are refused: no supplier needs them.
    """
    reader = _Reader()
    try:
        # The declaration names the character set of the bytes, which are decoded already.
        reader.parser.Parse(text.partition('?>')[2] if text.startswith('<?xml') else text, True)
    except (expat.ExpatError, _Refused):
        return None
    return reader.document


class _Refused(Exception):
    """Something in the document that an answer never has."""


class _Reader:
    """Collects the elements while expat goes through the document."""

    def __init__(self) -> None:
        self.document: Any = None
        self._open: list[dict[str, Any]] = []
        self._text = ''
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    def _start(self, _name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) > MAX_DEPTH:
            raise _Refused
        self._open.append({})
        self._text = ''

    def _characters(self, text: str) -> None:
        self._text += text

    def _end(self, name: str) -> None:
        value: Any = self._open.pop() or self._text.strip()
        self._text = ''
        if not self._open:
            self.document = value
            return
        parent = self._open[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def _refuse(self, *_declaration: object) -> NoReturn:
        raise _Refused
