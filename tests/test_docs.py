"""The documentation is whole and fresh: links resolve, tables are those of the code, nothing is left out."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from askwire_agent.metrics import Metrics as AgentMetrics
from askwire_backend.metrics import Metrics as BackendMetrics
from askwire_backend.service import BackendService
from askwire_protocol.close_codes import CloseCode
from askwire_protocol.envelope import Envelope
from askwire_protocol.errors import ErrorCode
from askwire_protocol.reference import main, render_parts, replace_parts
from askwire_protocol.schema.envelope_fields import ENVELOPE_MEANINGS
from askwire_protocol.schema.json_schema import all_messages
from askwire_protocol.schema.table import MESSAGES
from askwire_resources.settings import BackendSettings, DataSettings, NlpSettings, VizSettings, settings_of

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = (README, *sorted(DOCS.rglob("*.md")))
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def _load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_reference"] = module
    spec.loader.exec_module(module)
    return module


def _relative_links(page: Path) -> Iterator[tuple[Path, str]]:
    for target in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if "://" not in target and not target.startswith("mailto:"):
            path, _, anchor = target.partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    """Every relative link leads to a file that is there, and to a heading of it."""
    broken = [
        f"{target}#{anchor}" if anchor else str(target)
        for target, anchor in _relative_links(page)
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in _anchors(target))
    ]

    assert not broken


def test_every_page_is_found_from_the_readme() -> None:
    """No page is left alone."""
    found, waiting = {README}, [README]
    while waiting:
        for target, _ in _relative_links(waiting.pop()):
            if target.suffix == ".md" and target.exists() and target not in found:
                found.add(target)
                waiting.append(target)

    assert set(PAGES) - found == set()


@pytest.mark.parametrize("page", sorted(_load_script().render_all()), ids=lambda page: str(page.relative_to(ROOT)))
def test_generated_parts_are_fresh(page: Path) -> None:
    """`python docs/make_reference.py` was run after the last change of what the pages are made from."""
    assert page.read_text(encoding="utf-8") == _load_script().render_all()[page]


@pytest.mark.parametrize("kind", [NlpSettings, DataSettings, VizSettings, BackendSettings])
def test_every_setting_is_in_the_reference(kind: type[NlpSettings]) -> None:
    """No environment variable is left out."""
    page = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")

    assert [setting.env for _, setting in settings_of(kind) if f"| `{setting.env}` |" not in page] == []


def test_every_metric_is_in_the_reference() -> None:
    """What the processes serve at /metrics is in the table, by the names that are served."""
    page = (DOCS / "reference" / "metrics.md").read_text(encoding="utf-8")
    served = (AgentMetrics().render() + BackendMetrics().render()).decode()
    names = set(re.findall(r"^# TYPE (\w+) ", served, re.MULTILINE))

    assert names
    assert sorted(name for name in names if not name.endswith("_created") and f"| `{name}` |" not in page) == []


def test_metrics_in_expressions_exist() -> None:
    """The expressions that the page recommends name metrics that there are."""
    page = (DOCS / "reference" / "metrics.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    used = set(re.findall(r"askwire_\w+", page))

    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in used} - listed == set()


def test_every_code_is_in_the_reference() -> None:
    """No error code and no close code is left out."""
    page = (DOCS / "reference" / "protocol.md").read_text(encoding="utf-8")

    assert [code for code in ErrorCode if f"| `{code}` |" not in page] == []
    assert [code for code in CloseCode if f"| `{code.value}` |" not in page] == []


def test_every_message_type_is_in_the_reference() -> None:
    """All messages and their answers are in the table of the page."""
    page = (DOCS / "reference" / "protocol.md").read_text(encoding="utf-8")

    assert [message.type for message in all_messages(MESSAGES) if f"| `{message.type}` |" not in page] == []


def test_every_field_of_the_envelope_is_explained() -> None:
    """Each field has its meaning, and no meaning is left over."""
    assert {item.encode_name for item in msgspec.structs.fields(Envelope)} == set(ENVELOPE_MEANINGS)


def test_every_route_is_in_the_reference() -> None:
    """The page of the HTTP API names all routes of the backend, with their methods."""
    page = (DOCS / "reference" / "http-api.md").read_text(encoding="utf-8")
    service = BackendService(BackendSettings())
    routes = [*service._api.build_app().router.routes(), *service._health_app.router.routes()]
    named = {
        f"{route.method} {route.resource.canonical}"
        for route in routes
        if route.resource is not None and route.method != "HEAD"
    }

    assert "POST /v1/ask" in named
    assert sorted(name for name in named if f"`{name}`" not in page) == []


def test_close_codes_that_are_sent_are_told() -> None:
    """The page says which of our close codes are in use: those that servers name in their sources."""
    sources = [
        path
        for folder in ("agents/runtime/src", "backend/src", "protocol/src")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "close_codes.py"
    ]
    used = {name for path in sources for name in re.findall(r"CloseCode\.([A-Z_]+)", path.read_text(encoding="utf-8"))}
    page = (DOCS / "reference" / "protocol.md").read_text(encoding="utf-8")
    sentence = re.search(r"servers close with ([^.]*) in this release", page)

    assert sentence is not None
    told = set(map(int, re.findall(r"\d{4}", sentence[1])))
    assert {CloseCode[name].value for name in used} <= told
    # 1002, 1007 and 1009 are sent by the WebSocket library itself
    assert told - {CloseCode[name].value for name in used} == {1002, 1007, 1009}


def test_a_page_without_its_markers_is_refused() -> None:
    """A part whose markers were deleted is a mistake, not a page that silently grows old."""
    with pytest.raises(ValueError, match="0 parts named messages"):
        replace_parts("# Protocol\n", {"messages": "x"})


def test_script_of_the_protocol_prints_or_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a page the parts are printed, with one they are written between its markers; more is wrong use."""
    page = tmp_path / "protocol.md"
    page.write_text("".join(f"<!-- made: {name} -->\n<!-- end: {name} -->\n" for name in render_parts()), "utf-8")

    assert main([]) == 0
    assert "| `heartbeat` |" in capsys.readouterr().out
    assert main([str(page)]) == 0
    assert "| `heartbeat` |" in page.read_text(encoding="utf-8")
    assert main(["a", "b"]) == 2


def test_script_of_the_documentation_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """`python docs/make_reference.py` on fresh pages leaves them as they are."""
    script = _load_script()
    before = {page: page.read_bytes() for page in script.render_all()}

    assert script.main() == 0
    assert "pages made" in capsys.readouterr().out
    assert {page: page.read_bytes() for page in before} == before
