"""What the built pages say, read without a browser."""

from __future__ import annotations

import html
import re
import shutil
import sys
from functools import partial
from pathlib import Path

import nbformat
from course_site.engine_page import write_engine_page
from course_site.errors_page import write_errors_page
from course_site.execution import Lesson
from course_site.measuring import course_engines, shown_on
from course_site.zoo import hazards
from course_site.zoo_page import write_zoo_page

from migration_lab.engines import find_engine
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


def test_the_engine_tables_say_what_each_engine_did_that_is_there(pages: dict[str, Page]) -> None:
    text = pages["engines.html"].text
    for engine in course_engines():
        if engine.missing:
            assert engine.missing in text
        else:
            assert text.count(engine.name) == (2 if engine.dialect == "sqlite" else 1)
    assert "✗ refused: Cannot add a NOT NULL column with default value NULL" in text
    assert "✗ lost in silence: users: trigger careful" in text
    assert "✓ kept" in text
    assert "✓ works; the table is rebuilt" in text
    if not find_engine("mariadb").missing:
        assert "✓ works; old rows get 0" in text


def test_each_hazard_of_the_zoo_has_what_a_rehearsal_found_and_its_twin(pages: dict[str, Page], zoo: Path) -> None:
    text, source = pages["zoo.html"].text, pages["zoo.html"].source
    shown = [one for one in hazards(zoo) if shown_on(one)]
    headings = [html.unescape(re.sub("<.*?>", "", found)) for found in re.findall(r"<h3>(.*?)<a ", source)]
    assert sorted(headings) == sorted(hazard.title for hazard in shown)
    assert source.count("<details>") == sum(len(hazard.kinds) for hazard in shown)
    assert "error unique-lost users.(username): A UNIQUE is gone: duplicates can come." in text
    assert "a clean report." in text
    assert "migration_lab_" not in text
    for hazard in shown:
        for key in shown_on(hazard):
            assert {rule for rule, _, _ in hazard.findings(find_engine(key))} <= set(
                re.findall(r"[a-z]+(?:-[a-z]+)+", text)
            )


def test_each_error_is_a_heading_with_its_run_its_meaning_and_a_lesson(pages: dict[str, Page]) -> None:
    text, source = pages["errors.html"].text, pages["errors.html"].source
    found = re.findall(r"<h3>(.*?)<a ", source)
    headings = [html.unescape(heading) for heading in found]
    assert headings[0] == "Cannot add a NOT NULL column with default value NULL"
    assert len(set(headings)) == len(headings) >= 20
    assert source.count("<strong>In plain words:") == source.count("<strong>What it left behind:") >= len(headings)
    assert source.count("<strong>Seen in:") + source.count("<strong>The lesson about it:") == len(headings)
    assert "isn’t in the course’s book" not in text
    assert "migration_lab_" not in text  # the databases' own names, which differ from build to build
    if not find_engine("postgresql").missing:
        assert 'column "is_active" of relation "users" contains null values' in headings
    if not find_engine("mariadb").missing:
        assert "(1265, \"Data truncated for column 'is_active' at row 1\")" in headings
        assert f"{find_engine('mariadb').name} lets it pass, and old rows get 0." in text


def test_an_engine_that_is_missing_is_said_in_one_line_on_both_pages(tmp_path: Path) -> None:
    lessons = [Lesson(path.stem, "", 0, "", nbformat.read(path, as_version=4)) for path in NOTEBOOKS]
    for name, write in (
        ("engines.md", write_engine_page),
        ("errors.md", partial(write_errors_page, lessons=lessons)),
        ("zoo.md", lambda page, engines, missing: write_zoo_page(page, ROOT / "tests" / "zoo", engines, missing)),
    ):
        page = tmp_path / name
        shutil.copyfile(ROOT / "site" / "pages" / name, page)
        write(page, [], ["MariaDB is missing: apt install it_now"])
        assert "\n\nMariaDB is missing: apt install it\\_now\n\n" in page.read_text(encoding="utf-8")


def test_the_api_has_every_name_that_a_notebook_imports(pages: dict[str, Page]) -> None:
    api = {name: page for name, page in pages.items() if name.startswith("api/")}
    for module, name in (("migration_lab", "open_lesson"), ("migration_lab.views", "live_view")):
        assert f"{module}.{name}" in api[f"api/{module}.html"].anchors
    assert "migration_lab.statements.record_statements" in api["api/migration_lab.statements.html"].anchors


def test_no_page_tells_where_it_was_built(site: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for place in (str(site.parent), str(ROOT), sys.prefix):
            assert place not in page.source, f"{name} names {place}"
