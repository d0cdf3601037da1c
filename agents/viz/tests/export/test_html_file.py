"""Charts as HTML files."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import re

import pytest

from askwire_protocol.messages.charts import ChartRequest, ExportAnswer, ExportRequest
from askwire_viz.charts import make_chart
from askwire_viz.export.html_file import MAX_LISTED_ROWS, write_html
from askwire_viz.export.prepare import prepare

_HOSTILE = '</script><script>alert(1)</script>"><img src=x onerror=alert(1)>'


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(text)
    return parser.found


@pytest.fixture(scope="module")
def page(samples: dict[str, ChartRequest]) -> str:
    """The bar chart as a file."""
    answer = make_chart(samples["bar"])
    return write_html("Fruit", answer.text, answer.item, ["fruit", "total"], samples["bar"].rows)


def test_file_needs_nothing_from_outside(page: str) -> None:
    """No element loads anything, and the policy forbids it."""
    for tag, attributes in _tags(page):
        assert tag not in ("link", "iframe", "object", "embed", "base")
        assert not {"src", "href", "srcset", "data"} & attributes.keys()
    policy = next(a["content"] for t, a in _tags(page) if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


def test_policy_allows_exactly_our_scripts(page: str) -> None:
    """Each script that runs has its digest in the policy, and no digest is left over."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    assert set(re.findall(r"'sha256-([^']+)'", page)) == digests


def test_chart_has_a_name_for_those_who_cannot_see_it(page: str) -> None:
    """The picture has a role, a label and a caption, and the rows are beside it as a table."""
    tags = _tags(page)
    chart = next(attributes for tag, attributes in tags if attributes.get("id") == "chart")
    assert chart["role"] == "img"
    assert "Highest: 5 at apples" in str(chart["aria-label"])
    names = [tag for tag, _ in tags]
    assert {"figure", "figcaption", "table", "th"} <= set(names)
    assert next(attributes for tag, attributes in tags if tag == "html")["lang"] == "en"


def test_hostile_texts_make_no_element() -> None:
    """Title, names and values with markup add no tag and end no script."""
    request = ExportRequest(format="html", rows=[[_HOSTILE, 1], ["b", 2]], columns=(_HOSTILE, "n"), title=_HOSTILE)
    answer = prepare(request, ("html",))
    assert isinstance(answer, ExportAnswer)
    tags = [tag for tag, _ in _tags(answer.content)]
    assert "img" not in tags
    assert tags.count("script") in (0, 3)
    assert "<script>alert" not in answer.content


def test_table_is_cut(samples: dict[str, ChartRequest]) -> None:
    """A file lists a bounded number of rows and says so."""
    text = write_html("", "many", None, ["n"], [[place] for place in range(MAX_LISTED_ROWS + 5)])
    assert text.count("<tr>") == MAX_LISTED_ROWS + 1
    assert "The first 1,000 of 1,005 rows." in text


def test_rows_without_a_chart_are_still_a_file() -> None:
    """What no chart fits is a file with the table."""
    answer = prepare(ExportRequest(format="html", rows=[{"name": "x"}]), ("html",))
    assert isinstance(answer, ExportAnswer)
    assert "<td>x</td>" in answer.content
    assert "<figure>" not in answer.content
    assert answer.bytes == len(answer.content.encode())
