"""A chart as one HTML file that needs nothing from outside and runs nothing but the chart library."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from askwire_viz.labels import in_words, start_large
from askwire_viz.library import read_library

__all__ = ["MAX_LISTED_ROWS", "write_html"]

MAX_LISTED_ROWS = 1_000

_START = """
const item = JSON.parse(document.getElementById("item").textContent);
Bokeh.embed.embed_item(item, "chart");
"""
_STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { margin: 1.5rem auto; max-width: 70rem; padding: 0 1rem; }
figure { margin: 0; }
figcaption { margin: .75rem 0; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #76767655; padding: .25rem .75rem; text-align: left; }
"""


def write_html(
    title: str, text: str, item: dict[str, Any] | None, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> str:
    """Return the file: the chart with its text, and the rows as a table where there are any."""
    heading = html.escape(title or "Chart")
    parts = [f"<h1>{heading}</h1>"]
    scripts = ""
    if item is not None:
        parts.append(
            f'<figure><div id="chart" role="img" aria-label="{html.escape(text or title or "Chart")}"></div>'
            f"<figcaption>{html.escape(text)}</figcaption></figure>"
        )
        data = _escape_script(msgspec.json.encode(item).decode())
        scripts = (
            f'<script id="item" type="application/json">{data}</script>\n'
            f"<script>{_library_text()}</script>\n<script>{_START}</script>"
        )
    elif text:
        parts.append(f"<p>{html.escape(text)}</p>")
    if rows:
        parts.append(_write_table(names, rows, opened=item is None))
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{heading}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n{scripts}\n</body>\n</html>\n"
    )


def _write_table(names: Sequence[str], rows: Sequence[Sequence[Any]], *, opened: bool) -> str:
    head = "".join(f'<th scope="col">{html.escape(start_large(in_words(name)))}</th>' for name in names)
    listed = rows[:MAX_LISTED_ROWS]
    body = "".join("<tr>" + "".join(f"<td>{_write_cell(cell)}</td>" for cell in row) + "</tr>" for row in listed)
    more = f"<p>The first {len(listed):,} of {len(rows):,} rows.</p>" if len(listed) < len(rows) else ""
    state = " open" if opened else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<details{state}><summary>Rows</summary>{table}{more}</details>"


def _write_cell(cell: Any) -> str:
    if cell is None:
        return ""
    return html.escape(cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False))


@functools.cache
def _library_text() -> str:
    # The script holds no end tag of its own; a version that does must not end ours.
    return read_library().content.replace("</script", "<\\/script")


@functools.cache
def _policy() -> str:
    scripts = " ".join(f"'sha256-{_digest(text)}'" for text in (_library_text(), _START))
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _escape_script(data: str) -> str:
    # No "<" at all: neither an end tag nor a comment can begin. U+2028 and U+2029 are fine in JSON.
    return data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
