"""Plain pages a person presses on: no script, one style, everything escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse

_FRAME = """<!doctype html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>{title}</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/phone/static/pages.css" />
  </head>
  <body>
    <main data-testid="page">
      <h1>{title}</h1>
      {body}
    </main>
  </body>
</html>
"""


def page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    """Return a page; `parts` are HTML made by the functions below."""
    body = '\n      '.join(parts)
    answer = HTMLResponse(_FRAME.format(title=escape(title), body=body), status)
    answer.headers['Cache-Control'] = 'no-store'
    return answer


def text(words: str, name: str) -> str:
    """Return a paragraph; `name` is what a test finds it by."""
    return f'<p data-testid="{escape(name)}">{escape(words)}</p>'


def facts(items: Mapping[str, str]) -> str:
    """Return a list of names and values."""
    rows = (f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>' for name, value in items.items())
    return f'<dl>{"".join(rows)}</dl>'


def link(address: str, words: str, name: str) -> str:
    """Return a link."""
    return f'<p><a href="{escape(address)}" data-testid="{escape(name)}">{escape(words)}</a></p>'


def form(
    address: str,
    hidden: Mapping[str, str],
    buttons: Mapping[str, str],
    field: tuple[str, str] | None = None,
) -> str:
    """Return a form.

    :param hidden: values that travel with it
    :param buttons: words on the buttons by the value of `action` they send
    :param field: name and words of a line to fill in
    """
    kept = ''.join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}" />'
        for name, value in hidden.items()
    )
    asked = ''
    if field:
        name, words = field
        asked = (
            f'<label>{escape(words)}<input name="{escape(name)}" autocomplete="off" '
            f'data-testid="{escape(name)}" required /></label>'
        )
    pressed = ''.join(
        f'<button name="action" value="{escape(value)}" data-testid="{escape(value)}">'
        f'{escape(words)}</button>'
        for value, words in buttons.items()
    )
    return f'<form method="post" action="{escape(address)}">{kept}{asked}{pressed}</form>'


async def filled_in(request: Request) -> dict[str, str]:
    """Return what a form sent."""
    return dict(parse_qsl((await request.body()).decode('utf-8', 'replace')))
