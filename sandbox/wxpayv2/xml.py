"""Flat XML in and out. Source: spec/wechat_pay_v2.md §1, §6."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

BIGGEST = 65536


class XmlError(Exception):
    """The text is no flat XML document."""


def read(raw: bytes) -> dict[str, str]:
    """Return the elements under `<xml>`.

    :raise XmlError: not well formed, a DOCTYPE, nested, repeated, or too long
    """
    if len(raw) > BIGGEST or b'<!DOCTYPE' in raw or b'<!ENTITY' in raw:
        raise XmlError('no document type, no entities, no more than 64 KiB')
    try:
        root = ElementTree.fromstring(raw.decode())
    except (ElementTree.ParseError, ValueError) as error:
        raise XmlError('not well formed') from error
    fields: dict[str, str] = {}
    for element in root:
        if len(element) or element.tag in fields:
            raise XmlError('nested or repeated elements')
        fields[element.tag] = element.text or ''
    if root.tag != 'xml':
        raise XmlError('the root should be xml')
    return fields


def write(fields: Mapping[str, str], root: str = 'xml') -> bytes:
    """Return the document; everything but numbers goes into CDATA."""
    parts = (f'<{name}>{_text(value)}</{name}>' for name, value in fields.items())
    return f'<{root}>{"".join(parts)}</{root}>'.encode()


def _text(value: str) -> str:
    if re.fullmatch(r'\d+', value):
        return value
    return f'<![CDATA[{value.replace("]]>", "]]]]><![CDATA[>")}]]>'
