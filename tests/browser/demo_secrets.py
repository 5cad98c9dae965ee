"""The secrets of the demo data, read from the sources so that a new one is not forgotten."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

ADDONS = Path(__file__).parents[2] / 'addons'
FIELD = re.compile(r'^\s+(\w+) = Encrypted(?:Char|Text)\(', re.MULTILINE)
MODEL = re.compile(r"^\s+_(?:name|inherit) = '([\w.]+)'", re.MULTILINE)


def secret_fields() -> dict[str, set[str]]:
    """Return the names of the encrypted fields by model."""
    found: dict[str, set[str]] = {}
    for path in ADDONS.glob('*/models/*.py'):
        for source in path.read_text().split('\nclass '):
            names = set(FIELD.findall(source))
            model = MODEL.search(source)
            if names and model:
                found.setdefault(model[1], set()).update(names)
    return found


def demo_secrets() -> set[str]:
    """Return the texts that must never be shown: every demo value of an encrypted field."""
    fields = secret_fields()
    texts: set[str] = set()
    for path in ADDONS.glob('*/demo/*.xml'):
        for record in ET.parse(path).iter('record'):
            for field in record.iter('field'):
                if field.get('name') in fields.get(record.get('model', ''), ()):
                    texts.update(needles(field.text or ''))
    return texts


def needles(value: str) -> set[str]:
    """Return what to look for; of a PEM text each line, since line ends differ on the wire."""
    lines = {line.strip() for line in value.splitlines()}
    return {line for line in lines if line and not line.startswith('-----')}
