"""Files are shown as code: in colours, whole, without markup of their own; a difference is told in words too."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from migration_lab.lessons import scratch
from migration_lab.views import show_file
from migration_lab.views.pictures.code import CODE_STYLE, code_lines, draw_code
from migration_lab.views.pictures.drawing import STYLE, Drawing

MIGRATION = '''"""add <b>is_active</b>

Revision ID: 0002
"""

from alembic import op  # a comment

revision = "0002"


@final
def upgrade() -> None:
    op.execute("UPDATE users SET is_active = 1 WHERE 3 < 4 & 'x'")
'''
IMAGE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A migration in a lesson's folder."""
    monkeypatch.setenv(scratch.VARIABLE, str(tmp_path / "scratch"))
    folder = tmp_path / "scratch" / "02_failure"
    folder.mkdir(parents=True)
    path = folder / "0002.py"
    path.write_text(MIGRATION, encoding="utf-8")
    return path


def page_text(drawing: Drawing) -> str:
    """What stands on the page, styles left out."""
    body = drawing.html.replace(STYLE, "").replace(CODE_STYLE, "")
    return html.unescape(re.sub("<[^>]+>", "", body))


def test_a_file_is_shown_whole_with_its_place_and_as_text_too(file: Path) -> None:
    drawing = show_file(file)
    assert page_text(drawing) == "scratch_db/02_failure/0002.py" + MIGRATION.rstrip()
    assert str(drawing) == f"scratch_db/02_failure/0002.py\n{MIGRATION}"
    assert page_text(show_file(str(file))) == page_text(drawing)


def test_code_has_the_looks_of_an_editor(file: Path) -> None:
    looks = re.findall(r'<span class="(\w+)">([^<]*)</span>', show_file(file).body)
    for look in (
        ("keyword", "from"),
        ("comment", "# a comment"),
        ("string", "&quot;0002&quot;"),
        ("decorator", "@final"),
        ("name", "upgrade"),
        ("keyword", "None"),
        ("string", "Revision ID: 0002"),  # a line of a text of several lines
    ):
        assert look in looks


@pytest.mark.parametrize(
    "text", [MIGRATION, IMAGE, "", "\n\n", "\tx\r\n y", "def (:\n  '''", "größe 🦆 \ud800", "x" * 9]
)
@pytest.mark.parametrize("name", ["x.py", "alembic.ini", "query.sql", "unknown.of_nothing", IMAGE])
def test_lines_of_code_are_the_files_own_and_nothing_in_them_is_markup(text: str, name: str) -> None:
    lines = [html.unescape(re.sub(r"</?span[^>]*>", "", line)) for line in code_lines(text, name)]
    shown = text.replace("\r\n", "\n").encode("utf-8", "backslashreplace").decode("utf-8")
    assert "\n".join(lines) == shown
    assert "<img" not in draw_code(text, name)


def test_a_difference_has_signs_for_the_eye_and_words_for_the_ear(file: Path) -> None:
    before = MIGRATION.replace(" = 1", " = 2").replace("@final\n", "")
    drawing = show_file(file, before=before)
    assert "scratch_db/02_failure/0002.py: 2 lines added, 1 removed" in drawing.body
    assert (
        re.findall(r'<ins><span class="sign">\+ </span><span class="spoken">added: </span>', drawing.body)
        == ['<ins><span class="sign">+ </span><span class="spoken">added: </span>'] * 2
    )
    assert drawing.body.count('<del><span class="sign">− </span><span class="spoken">removed: </span>') == 1
    lines = str(drawing).splitlines()[1:]
    assert [line[2:] for line in lines if not line.startswith("− ")] == MIGRATION.splitlines()
    assert [line[2:] for line in lines if not line.startswith("+ ")] == before.splitlines()
    assert page_text(drawing).count("added: ") == 2


def test_where_no_line_differs_it_says_so_and_folds_the_file_away(file: Path) -> None:
    drawing = show_file(file, before=MIGRATION)
    assert "scratch_db/02_failure/0002.py: no line differs" in drawing.body
    assert "<details><summary>The file</summary><pre" in drawing.body
    assert "<ins>" not in drawing.body
    assert "<del>" not in drawing.body


def test_a_file_elsewhere_is_named_without_its_folders(tmp_path: Path, file: Path) -> None:
    other = tmp_path / "elsewhere.py"
    other.write_text("x = 1\n", encoding="utf-8")
    assert str(show_file(other)) == "elsewhere.py\nx = 1\n"


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        show_file(tmp_path / "nothing.py")
