"""The reference pages are those that the tables give."""

from __future__ import annotations

from pathlib import Path

import pytest

from askwire_resources.reference import main, render_pages
from askwire_resources.settings import BackendSettings, DataSettings, NlpSettings, VizSettings, settings_of

_FOLDER = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(render_pages()))
def test_page_is_up_to_date(name: str) -> None:
    """`python -m askwire_resources.reference docs/reference` was run after the last change."""
    assert (_FOLDER / name).read_text(encoding="utf-8") == render_pages()[name]


def test_every_setting_is_on_the_page() -> None:
    """No setting is left out."""
    page = render_pages()["settings.md"]
    for kind in (NlpSettings, DataSettings, VizSettings, BackendSettings):
        for _, setting in settings_of(kind):
            assert f"| `{setting.env}` |" in page


def test_pages_are_written_where_told(tmp_path: Path) -> None:
    """The script writes every page into the folder that it is given."""
    assert main([str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} == set(render_pages())
    assert main(["a", "b"]) == 2
