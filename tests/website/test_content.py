"""What the built pages say, read without a browser."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat

from migration_lab.engines import installed_engines
from migration_lab.engines.sqlite import has_native_set_not_null
from website.conftest import ROOT
from website.pages import Page

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_first_page_has_the_map_with_the_minutes_of_each_notebook(pages: dict[str, Page]) -> None:
    text = pages["index.html"].text
    for path in NOTEBOOKS:
        about = nbformat.read(path, as_version=4).metadata["migration_lab"]
        assert about["title"] in text
        assert f" {about['minutes']} " in text
    assert "make lab" in text
    assert "make test" in text


def test_a_page_shows_what_its_notebook_did_in_the_databases_own_words(pages: dict[str, Page]) -> None:
    assert "OperationalError: Cannot add a NOT NULL column with default value NULL" in (
        pages["lessons/02_failure.html"].text
    )
    words = "constraint failed" if has_native_set_not_null() else 'near "ALTER": syntax error'
    assert words in pages["lessons/04_backfill.html"].text


def test_every_code_cell_was_run(pages: dict[str, Page]) -> None:
    """A page of a notebook that stopped would lack its closing cells' outputs: the last one that shows something."""
    assert "Overwriting scratch_db/02_failure/models.py" in pages["lessons/02_failure.html"].text
    assert "version: 0001 -&gt; 0002" in pages["lessons/06_choose.html"].source


def test_live_views_are_plain_tables(pages: dict[str, Page]) -> None:
    for path in NOTEBOOKS:
        if "live_view(lesson)" in path.read_text(encoding="utf-8"):
            page = pages[f"lessons/{path.stem}.html"]
            assert "Here it stands as the notebook left it." in page.text
            assert f"Live: {path.stem}/app.db" in page.text
            assert "<caption>users:" in page.source


def test_no_widget_is_left_that_would_need_a_kernel(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for trace in ("widget-view", "widget-state", "requirejs", "html-manager", "HBox(", "VBox("):
            assert trace not in page.source, f"{name}: {trace}"


def test_the_words_of_widgets_are_shown(pages: dict[str, Page]) -> None:
    assert "Reset 02_failure" in pages["lessons/02_failure.html"].text
    chooser = pages["lessons/06_choose.html"].text
    assert "Type of the new column: Boolean" in chooser
    assert "☑ Must every row have a value?" in chooser
    assert "→ A server default, dropped later" in chooser


def test_the_cheat_sheet_is_the_lessons_own(pages: dict[str, Page]) -> None:
    lesson = nbformat.read(ROOT / "notebooks" / "06_choose.ipynb", as_version=4)
    (source,) = [cell.source for cell in lesson.cells if cell.get("id") == "cheat-sheet"]
    text = pages["cheat_sheet.html"].text
    for line in source.splitlines():
        if line.startswith("| ") and "---" not in line:
            for cell in line.strip("| ").split(" | "):
                unlinked = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", cell)
                assert unlinked.replace("`", "").replace("*", "").strip() in text


def test_the_engine_tables_say_what_each_installed_engine_did(pages: dict[str, Page]) -> None:
    text = pages["engines.html"].text
    for engine in installed_engines():
        assert text.count(engine.name) == 2
    assert "✗ refused: Cannot add a NOT NULL column with default value NULL" in text
    assert "✗ lost in silence: users: trigger careful" in text
    assert "✓ kept" in text
    assert ("✓ works; the table is rebuilt") in text


def test_the_api_has_every_name_that_a_notebook_imports(pages: dict[str, Page]) -> None:
    api = {name: page for name, page in pages.items() if name.startswith("api/")}
    for module, name in (("migration_lab", "open_lesson"), ("migration_lab.views", "live_view")):
        assert f"{module}.{name}" in api[f"api/{module}.html"].anchors
    assert "migration_lab.statements.record_statements" in api["api/migration_lab.statements.html"].anchors


def test_no_page_tells_where_it_was_built(site: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for place in (str(site.parent), str(ROOT), sys.prefix):
            assert place not in page.source, f"{name} names {place}"
