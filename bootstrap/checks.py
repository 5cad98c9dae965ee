"""`make lint`: style, types, Odoo's conventions, well-formed data files, size limits."""

import ast
import csv
import os
import subprocess
import xml.parsers.expat
from collections.abc import Callable, Iterator
from pathlib import Path

from . import paths
from .console import say
from .processes import python

OUR_CODE = ('bootstrap', 'sandbox', 'bench', 'addons', 'tests')
TYPED = ('bootstrap', 'sandbox', 'bench')
FILE_LINES = 300
BODY_LINES = 60


def run() -> int:
    """Run all checks, print the findings of each and return the exit code."""
    checks: dict[str, Callable[[], int]] = {
        'ruff check': lambda: _call('ruff', 'check', *_existing(OUR_CODE)),
        'ruff format': lambda: _call('ruff', 'format', '--check', '--quiet', *_existing(OUR_CODE)),
        'mypy': lambda: _call('mypy', *_existing(TYPED), *_libraries()),
        'pylint-odoo': _pylint,
        'data files': lambda: _report(_broken_data_files(paths.ADDONS)),
        'sizes': lambda: _report(_oversized(map(paths.ROOT.joinpath, _existing(OUR_CODE)))),
    }
    failed = []
    for name, check in checks.items():
        say(f'==> {name}')
        if check():
            failed.append(name)
    say(f'lint failed: {", ".join(failed)}' if failed else 'lint passed')
    return 1 if failed else 0


def _existing(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if any((paths.ROOT / name).rglob('*.py'))]


def _libraries() -> list[str]:
    """Return the addons' pure packages, the part of them that is typed."""
    found = paths.ADDONS.glob('*/lib/*/__init__.py')
    return sorted(str(path.parent.relative_to(paths.ROOT)) for path in found)


def _call(module: str, *arguments: str) -> int:
    environment = {**os.environ, 'MYPYPATH': ':'.join(map(str, paths.ADDONS.glob('*/lib')))}
    return subprocess.call(python('-m', module, *arguments), cwd=paths.ROOT, env=environment)


def _pylint() -> int:
    addons = sorted(str(path.parent) for path in paths.ADDONS.glob('*/__manifest__.py'))
    if not addons:
        return 0
    return _call('pylint', '--score=n', f'--rcfile={paths.ROOT / "pyproject.toml"}', *addons)


def _report(findings: Iterator[str]) -> int:
    found = sorted(findings)
    for finding in found:
        say(finding)
    return len(found)


def _broken_data_files(folder: Path) -> Iterator[str]:
    """Yield XML and SVG files that are not well-formed and CSV files with ragged rows."""
    for path in folder.rglob('*'):
        name = path.relative_to(folder)
        if path.suffix in ('.xml', '.svg'):
            # Our own files are no attack; expat alone reports the place of an error.
            try:
                xml.parsers.expat.ParserCreate().Parse(path.read_bytes(), True)
            except xml.parsers.expat.ExpatError as error:
                yield f'{name}: {error}'
        elif path.suffix == '.csv':
            with path.open(newline='') as file:
                rows = list(csv.reader(file))
            for number, row in enumerate(rows, 1):
                if len(row) != len(rows[0]):
                    yield f'{name}:{number}: {len(row)} columns instead of {len(rows[0])}'


def _oversized(folders: Iterator[Path]) -> Iterator[str]:
    """Yield files and functions beyond the limits; test files may be longer."""
    for folder in folders:
        for path in folder.rglob('*.py'):
            text = path.read_text()
            name = path.relative_to(folder.parent)
            lines = text.count('\n')
            if lines > FILE_LINES and 'tests' not in name.parts:
                yield f'{name}: {lines} lines, more than {FILE_LINES}'
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = _body_lines(node)
                    if length > BODY_LINES:
                        yield f'{name}:{node.lineno}: {node.name} has {length} lines'


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body
    if ast.get_docstring(node) is not None and len(body) > 1:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1
