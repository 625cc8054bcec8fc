"""What is drawn: nothing of the database's becomes markup, marks are words, and no drawing outgrows the page."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import ipywidgets
import pytest
from IPython.core.formatters import DisplayFormatter
from sqlalchemy import create_engine, text

from migration_lab import Lesson, open_lesson
from migration_lab.lessons import scratch
from migration_lab.migrations.failure import explain
from migration_lab.migrations.history import History, Revision
from migration_lab.migrations.statements import Statement, record_statements
from migration_lab.rehearsal import Finding, Place, RehearsalReport
from migration_lab.snapshot import (
    Cell,
    EngineVersion,
    Page,
    Row,
    Snapshot,
    Table,
    open_read_only,
    read_snapshot,
    snapshot_file,
)
from migration_lab.views import (
    NoFailure,
    Prediction,
    expect_failure,
    reset_button,
    show,
    show_diff,
    show_failure,
    show_rehearsal,
    show_statements,
)
from migration_lab.views.controls.buttons import action_button
from migration_lab.views.pictures.database import draw_database
from migration_lab.views.pictures.drawing import LONGEST, STYLE, Drawing

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "migration_lab"
SQLITE = EngineVersion("SQLite", (3, 53, 4))
IMAGE = "<img src=x onerror=alert(1)>"
HOSTILE = [
    IMAGE,
    'users"; drop table x; --',
    "</td></tr></table></div><script>alert(1)</script>",
    "'\"><b onmouseover='alert(1)'>",
    "&lt;b&gt; &amp; &#60;",
    "<!-- ",
    "<style>* { display: none }</style>",
    "größe 🦆 日本語 \u202eright",
    "{{x}} ${x} %s {0}",
    "]]><![CDATA[",
]
ELEMENTS = {
    "div", "p", "b", "br", "span", "ul", "ol", "li", "pre", "details", "summary",
    "table", "caption", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"class", "scope", "style", "role", "aria-label", "tabindex"}
CLASSES = {
    "", "mlab", "mathjax_ignore", "grid", "panes", "pane", "title", "note", "trouble", "null", "words", "sql",
    "failure", "fine", "appeared", "changed", "vanished", "number", "gone", "mark", "was", "parts", "revisions",
    "box", "whole", "long",
}  # fmt: skip


class Markup(HTMLParser):
    """The elements of some HTML, nested as they must be, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.cells: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "br":
            self.open.append(tag)
        if tag in ("td", "th", "caption"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if {"td", "th", "caption"} & set(self.open):
            self.cells[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")

    @property
    def text(self) -> str:
        return "".join(self.texts)


def parse(drawing: Drawing) -> Markup:
    """The drawing's markup, which must be of our own elements and attributes only."""
    assert drawing.html.startswith(STYLE)
    markup = Markup(drawing.html.removeprefix(STYLE))
    for tag, attributes in markup.elements:
        assert tag in ELEMENTS
        assert set(attributes) <= ATTRIBUTES
        assert set((attributes.get("class") or "").split(" ")) <= CLASSES
    drawing.html.encode("utf-8")  # Jupyter sends it so
    for kind, content in drawing._repr_mimebundle_().items():
        assert kind in ("text/html", "text/plain")
        assert not [sign for sign in content if ord(sign) < 32 and sign not in "\n\t"], "control characters"
        json.dumps(content, ensure_ascii=False).encode("utf-8")
    return markup


@pytest.fixture(params=["sqlite3", "pysqlite3"])
def driver(request: pytest.FixtureRequest) -> ModuleType:
    """Each driver, where it is installed."""
    module: ModuleType = pytest.importorskip(request.param)
    return module


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lesson]:
    """A seeded lesson."""
    monkeypatch.setenv(scratch.VARIABLE, str(tmp_path))
    opened = open_lesson("02_failure")
    yield opened
    opened.close()


def snapshot_of(script: str, driver: ModuleType | None = None, **limits: Any) -> Snapshot:
    import sqlite3

    with closing((driver or sqlite3).connect(":memory:")) as connection:
        connection.executescript(script)
        return read_snapshot(connection, **limits)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# --- what a database holds stays text


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_values_of_a_database_are_text_in_every_drawing(driver: ModuleType, name: str) -> None:
    table, other = quoted(name), quoted(f"{name}2")
    before = snapshot_of(
        f"CREATE TABLE {table} ({table} PRIMARY KEY, old); INSERT INTO {table} VALUES (1, 'x'), (2, 'y');"
    )
    after = snapshot_of(
        f"""CREATE TABLE {table} ({table} {table} PRIMARY KEY DEFAULT {literal(name)} COLLATE NOCASE,
            {other} CONSTRAINT {table} CHECK ({other} <> {literal(name)}) REFERENCES {table} ({table}));
        INSERT INTO {table} VALUES (1, 'x'), ({literal(name)}, NULL);
        CREATE INDEX {quoted(name + "i")} ON {table} ({other}) WHERE {other} = {literal(name)};
        CREATE TRIGGER {quoted(name + "t")} AFTER INSERT ON {table} BEGIN SELECT 1; END;
        CREATE VIEW {quoted(name + "v")} AS SELECT {literal(name)};""",
        driver,
    )
    history = History(
        (Revision(name, (), name, Path(name)), Revision("2", (name,), "", Path("x"))), (f"{name}: {name}",)
    )
    for drawing in (
        show(after, name),
        show_diff(before, after, name),
        show_diff(after, before),
        show_diff(Snapshot(SQLITE), after),
        show_diff(after, Snapshot(SQLITE)),
        draw_database(after, history, title=name, problem=name),
        draw_database(Snapshot(SQLITE, (name, "unknown")), history, problem=name),
    ):
        markup = parse(drawing)
        assert name in markup.text
        assert name in drawing.text
    cells = parse(show(after)).cells
    assert f"{name}: 2 rows" in cells
    assert name in cells
    assert f"'{name}'" in cells


@pytest.mark.parametrize("words", HOSTILE)
def test_failures_statements_and_guesses_are_text_too(words: str) -> None:
    engine = create_engine("sqlite://")
    with record_statements() as statements, expect_failure("no such column"), engine.connect() as connection:
        connection.execute(text(f"SELECT x{quoted(words)}").bindparams(), {})
    for drawing in (
        show_failure(explain(ValueError(words))),
        show_failure(ValueError(words)),
        show_statements([Statement(words, (words,), 0.1, 3, words)]),
        show_statements(statements, reads=True),
        Prediction(words, {"a": words}).outcome("a"),
    ):
        markup = parse(drawing)
        assert words in markup.text or repr(words) in markup.text or quoted(words) in markup.text
    for widget in widgets(Prediction(words, {"a": words}).widget):
        if isinstance(widget, ipywidgets.HTML):
            assert {tag for tag, _ in Markup(widget.value).elements} <= {"b"}


def widgets(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from widgets(child)


def test_control_characters_become_visible_and_half_characters_can_be_sent() -> None:
    value = "a\x00b\x1b[31mc\x7f\r\nd\te"
    table = Table("t", "", page=Page(("x",), (Row(("1",), (Cell("text", value, len(value)),)),)), row_count=1)
    drawing = show(Snapshot(SQLITE, tables={"t": table}))
    assert "'a␀b␛[31mc␡␍\nd\te'" in parse(drawing).cells
    assert "\x1b" not in str(drawing)
    broken = Drawing("", "half \ud800")
    assert str(broken) == "half \\ud800"
    assert "\\ud800" in parse(show(Snapshot(SQLITE), "half \ud800")).text


def test_text_that_is_no_text_and_blobs_and_odd_numbers_are_shown(driver: ModuleType) -> None:
    snapshot = snapshot_of(
        """CREATE TABLE t (x); INSERT INTO t VALUES (CAST(x'ff3c623e' AS TEXT)), (x'00ff3c'), (zeroblob(5000000)),
        (1e308 * 10), (-9223372036854775808), (0.1), (''), ('NULL'), (NULL);""",
        driver,
    )
    cells = parse(show(snapshot)).cells
    shown = cells[cells.index("x") + 1 :][:9]
    assert shown[0] == "'\ufffd<b>'"
    assert shown[1] == "x'00FF3C' (3 bytes)"
    assert shown[2].endswith("(5,000,000 bytes)")
    assert shown[4:] == ["-9223372036854775808", "0.1", "''", "'NULL'", "NULL"]


# --- a real table, with words for what changed


def change_everything() -> tuple[Snapshot, Snapshot]:
    before = snapshot_of(
        """CREATE TABLE users (id INTEGER PRIMARY KEY, gone TEXT, name TEXT UNIQUE, email TEXT);
        INSERT INTO users VALUES (1, 'g1', 'adi', NULL), (2, 'g2', 'john', NULL);
        CREATE TABLE old (x); CREATE VIEW sight AS SELECT 1;
        CREATE TRIGGER watch AFTER INSERT ON users BEGIN SELECT 1; END;"""
    )
    after = snapshot_of(
        """CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT DEFAULT 'x', is_active BOOLEAN);
        INSERT INTO users VALUES (1, 'adi', 'a@b.c', 1), (3, 'eva', NULL, 1);
        CREATE TABLE new (x); CREATE INDEX quick ON users (name);"""
    )
    return before, after


def test_what_changed_is_marked_in_words() -> None:
    cells = parse(show_diff(*change_everything())).cells
    assert "is_active + new" in cells  # the column, over the rows and in the schema
    assert "'a@b.c' was NULL ~ changed" in cells
    assert "3 + new" in cells
    assert "gone − gone" in cells  # a column that is gone, in the schema
    assert "email ~ changed" in cells
    words = parse(show_diff(*change_everything())).text
    for each in ("UNIQUE (name) − gone", "trigger watch − gone", "index quick (on (name)) + new"):
        assert each in words
    for each in ("table new + new", "table old − gone", "view sight − gone"):
        assert each in words


def test_a_row_that_is_gone_stands_under_its_own_columns() -> None:
    markup = parse(show_diff(*change_everything()))
    heads = markup.cells.index("is_active + new")
    row = markup.cells[markup.cells.index("2 − gone") :][:4]
    assert markup.cells[heads - 3 : heads] == ["id", "name", "email"]
    assert row == ["2 − gone", "'john'", "NULL", ""]


def test_without_its_colours_the_drawing_says_the_same() -> None:
    """Each element that a colour marks holds a sign and a word."""
    source = show_diff(*change_everything()).body
    for name, sign in (("appeared", "+ new"), ("changed", "~ changed"), ("vanished", "− gone")):
        for part in source.split(f'class="{name}"')[1:]:
            end = part.index("</tr>") if "</tr>" in part else len(part)
            assert sign in part[: max(end, 200)]


def test_tables_have_a_caption_and_heads_with_a_scope() -> None:
    before, after = change_everything()
    statement = show_statements([Statement("SELECT 1")], reads=True)
    for drawing in (show(after), show_diff(before, after), statement):
        elements = parse(drawing).elements
        tables = [position for position, (tag, _) in enumerate(elements) if tag == "table"]
        assert tables
        for position in tables:
            assert elements[position + 1][0] == "caption"
        assert all(attributes.get("scope") in ("col", "row") for tag, attributes in elements if tag == "th")
    cells = parse(show(after)).cells
    assert "users: 2 rows" in cells
    assert "new: no rows" in cells
    assert "Schema of users" in cells


def test_every_drawing_has_a_plain_text_that_says_the_same() -> None:
    before, after = change_everything()
    words = str(show_diff(before, after, "A title"))
    assert words.startswith("A title\nusers: 2 rows\n  id | name | email | is_active\n  1 | 'adi' | 'a@b.c' | 1\n")
    assert "users: column is_active appeared (BOOLEAN, NULL allowed)" in words
    assert "users: row 1 changed: email NULL -> 'a@b.c'" in words
    assert str(show_diff(after, after)).endswith("Nothing changed.")
    assert "Nothing changed." in show_diff(after, after).html
    assert str(show_statements([Statement("UPDATE t\n SET x = 1", (1,), 0.01, 1)])) == "  1  UPDATE t SET x = 1 -- (1,)"
    formats, _ = DisplayFormatter().format(show(after))
    assert set(formats) == {"text/html", "text/plain"}


def test_the_history_says_where_the_database_is_in_words() -> None:
    history = History(tuple(Revision(str(n), (str(n - 1),) if n > 1 else (), f"step {n}", Path()) for n in (1, 2, 3)))
    text = parse(draw_database(Snapshot(SQLITE, ("2",)), history)).text
    assert "● 1 step 1 (applied)● 2 step 2 (the database is here)○ 3 step 3 (not applied yet, newest)" in text
    assert "nothing applied" in parse(draw_database(None, history)).text
    lost = parse(draw_database(Snapshot(SQLITE, ("9",)), history)).text
    assert "the database is at 9, which no file has" in lost


# --- bounded


def test_a_table_of_many_rows_is_drawn_as_one_of_a_hundred(tmp_path: Path, driver: ModuleType) -> None:
    pictures, steps = [], []
    for count in (100, 200_000):
        path = tmp_path / f"{count}.db"
        with closing(driver.connect(path)) as connection:
            connection.executescript(
                f"""CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, is_active BOOLEAN);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
                INSERT INTO users SELECT i, printf('user%07d', i), 1 FROM n; ANALYZE;
                DROP TABLE IF EXISTS sqlite_stat4;"""
            )
        with closing(open_read_only(path, driver)) as connection:
            done = 0

            def progress() -> int:
                nonlocal done
                done += 1
                return 0

            connection.set_progress_handler(progress, 1)
            pictures.append(draw_database(read_snapshot(connection, count_limit=50)))
            steps.append(done)
    assert steps[1] <= steps[0] * 1.05
    assert "the first 20 of more than 50 rows" in pictures[1].html
    for one, other in ((pictures[0].html, pictures[1].html), (pictures[0].text, pictures[1].text)):
        assert abs(len(one) - len(other)) <= len(one) * 0.03


def test_long_names_values_and_rules_do_not_make_a_drawing_long(driver: ModuleType) -> None:
    long = "x" * 200_000
    name = "y" * 10_000
    before = snapshot_of(f"CREATE TABLE t (x); CREATE TABLE {name} (x)", driver)
    after = snapshot_of(
        f"""CREATE TABLE {name} ({name} {name} DEFAULT '{long}' CHECK (x <> '{long}'), x);
        CREATE TABLE t (x DEFAULT '{long}'); INSERT INTO t VALUES ('{long}');
        CREATE VIEW v{name} AS SELECT '{long}';
        CREATE INDEX i{name} ON t (x) WHERE x <> '{long}';
        CREATE TRIGGER t{name} AFTER INSERT ON t BEGIN SELECT 1; END;""",
        driver,
    )
    history = History((Revision(name, (), long, Path()),), (long,))
    for drawing in (
        show(after), show_diff(before, after), show_diff(after, before), draw_database(after, history, problem=long),
        draw_database(Snapshot(SQLITE, (name,)), history, title=""),
    ):  # fmt: skip
        parse(drawing)
        assert len(drawing.body) < 40 * (LONGEST + 200)
        assert len(drawing.text) < 40 * (LONGEST + 200)
    assert "(200,000 characters)" in show(after).body
    assert "(10,000 characters)" in show(after).body


def test_many_columns_tables_and_views_do_not_make_a_drawing_long(driver: ModuleType) -> None:
    columns = ", ".join(f"c{n}" for n in range(300))
    wide = snapshot_of(f"CREATE TABLE wide ({columns}); INSERT INTO wide (c0, c299) VALUES (1, 2);", driver)
    markup = parse(show(wide))
    assert "wide: 1 row · 250 more columns not shown" in markup.cells
    assert "c299" in markup.cells  # in the schema
    wider = snapshot_of(f"CREATE TABLE wide ({', '.join(f'c{n}' for n in range(1999))})", driver)
    assert "Schema of wide · 1,699 more columns not shown" in parse(show(wider)).cells
    many = snapshot_of("".join(f"CREATE TABLE t{n} (x); CREATE VIEW v{n} AS SELECT 1;" for n in range(500)), driver)
    assert "488 more tables: t12" in parse(show(many)).text
    assert len(show(many).body) < 30_000


def test_many_statements_and_long_parameters_do_not_make_a_drawing_long() -> None:
    drawing = show_statements([Statement("INSERT INTO t VALUES (?)", [("x" * 1000,)] * 10_000)] * 1000)
    assert len(drawing.html) < 200 * (LONGEST + 500)
    assert "800 more statements" in parse(drawing).text


# --- failures on purpose


def test_an_expected_failure_is_shown_and_the_cell_goes_on(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    with expect_failure("Cannot add a NOT NULL column") as caught, lesson.engine.begin() as connection:
        connection.execute(text("ALTER TABLE users ADD COLUMN is_active BOOLEAN NOT NULL"))
    assert caught.failure is not None
    assert caught.failure.sql == "ALTER TABLE users ADD COLUMN is_active BOOLEAN NOT NULL"
    printed = capsys.readouterr().out
    assert printed.startswith(
        "✗ OperationalError: Cannot add a NOT NULL column with default value NULL\nthe statement: ALTER"
    )


def test_a_failure_may_be_expected_by_its_type() -> None:
    with expect_failure("^ValueError: no$") as caught:
        raise ValueError("no")
    assert caught.failure is not None


def test_a_failure_that_does_not_come_fails_the_cell() -> None:
    with pytest.raises(NoFailure, match=r"should have failed with «x \+ y», and it passed"), expect_failure("x + y"):
        pass


def test_a_failure_of_another_kind_fails_the_cell_and_shows_the_real_one() -> None:
    with pytest.raises(NoFailure, match="and failed otherwise") as caught, expect_failure("no such table"):
        raise ValueError("something else")
    assert isinstance(caught.value.__cause__, ValueError)


def test_where_it_must_pass_a_failure_is_raised_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with expect_failure("no", when=False) as caught:
        pass
    assert caught.failure is None
    assert capsys.readouterr().out == "No error: it passed.\n"
    with pytest.raises(ValueError, match=r"^no$"), expect_failure("no", when=False):
        raise ValueError("no")


def test_an_interrupt_is_never_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt), expect_failure():
        raise KeyboardInterrupt


def test_a_failure_has_its_parts_and_the_traceback_folded_away(lesson: Lesson) -> None:
    with expect_failure("no such column") as caught, lesson.engine.connect() as connection:
        connection.execute(text("SELECT nope FROM users"))
    assert caught.failure is not None
    markup = parse(show_failure(caught.failure))
    tags = [tag for tag, _ in markup.elements]
    assert ("div", {"class": "failure", "role": "group", "aria-label": "Failure"}) in markup.elements
    assert tags.index("details") > tags.index("pre")
    assert "open" not in dict(markup.elements)["details"]
    for words in (
        "✗ OperationalError: no such column: nope",
        "SELECT nope FROM users",
        "In plain words:",
        "What helps:",
    ):
        assert words in markup.text
    assert "Traceback (most recent call last)" in markup.text


def test_statements_show_rows_time_and_refusals_and_say_what_they_leave_out(lesson: Lesson) -> None:
    with record_statements() as statements, expect_failure("UNIQUE"), lesson.engine.begin() as connection:
        connection.execute(text("SELECT 1"))
        connection.execute(text("UPDATE users SET email = username"))
        connection.execute(text("UPDATE users SET email = 'same'"))
    markup = parse(show_statements(statements))
    assert "Statements sent" in markup.cells
    assert "UPDATE users SET email = 'same'✗ UNIQUE constraint failed: users.email" in markup.cells
    assert "SELECT 1" not in markup.cells
    assert "1 statement that only reads is not shown" in markup.text
    assert markup.cells[markup.cells.index("UPDATE users SET email = username") + 1] == "2"
    assert "SELECT 1" in parse(show_statements(statements, reads=True)).cells


# --- guesses and buttons


def test_a_guess_is_noted_and_held_against_what_happened() -> None:
    prediction = Prediction("What now?", {"a": "It works", "b": "It fails"})
    choice, note = prediction.widget.children[1:]
    assert prediction.guess is None
    assert str(prediction.outcome("b")) == "What happened: It fails\nYou made no guess this time."
    choice.value = "a"
    assert prediction.guess == "a"
    assert note.value.startswith("Noted")
    assert str(prediction.outcome("b")) == "What happened: It fails\nYour guess was: It works"
    assert note.value == "What happened: It fails. Your guess was: It works"
    choice.value = "b"
    assert str(prediction.outcome("b")).endswith("You guessed it.")


def test_an_outcome_that_is_none_of_the_answers_fails_the_cell() -> None:
    with pytest.raises(KeyError, match="c"):
        Prediction("What now?", {"a": "It works"}).outcome("c")


def test_a_question_can_be_read_without_a_kernel() -> None:
    bundle = Prediction("What <now>?", {"a": "It works", "b": IMAGE})._repr_mimebundle_()
    assert bundle["text/plain"] == f"What <now>?\n- It works\n- {IMAGE}"
    assert "application/vnd.jupyter.widget-view+json" in bundle
    markup = Markup(str(bundle["text/html"]).removeprefix(STYLE))
    assert "Your guess: What <now>?" in markup.text
    assert IMAGE in markup.text


def click(box: Any) -> str:
    button, words = box.children
    button.click()
    assert not button.disabled
    return str(words.value)


def test_a_button_says_what_it_did_or_why_it_failed() -> None:
    def fail() -> str:
        raise OSError(IMAGE)

    assert click(action_button("Do it", lambda: "done & <b>")) == "done &amp; &lt;b&gt;"
    assert click(action_button("Do it", fail)) == "⚠ OSError: &lt;img src=x onerror=alert(1)&gt;"


def test_the_reset_button_puts_the_lesson_back_and_says_so_when_it_cannot(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("migration_lab.views.controls.buttons.display", shown.append)
    reset_button(lesson)
    with lesson.engine.begin() as connection:
        connection.execute(text("DROP TABLE users"))
    assert click(shown[0]).startswith("Back at the start.")
    assert snapshot_file(lesson.database).tables["users"].row_count == 2
    lesson.close()
    assert click(shown[0]).startswith("⚠ ScratchError: 02_failure was closed")


# --- the layers


LEARNERS = {"project", "revisions", "start", "right", "wrong"}  # folders of files that end in a project of their own
BELOW = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if not {"views", "__main__.py", *LEARNERS} & set(path.relative_to(PACKAGE).parts)
)
BLOCKED = ("IPython", "ipywidgets", "migration_lab.views")


def test_everything_below_the_views_can_be_imported_where_there_are_no_widgets() -> None:
    names = [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__") for path in BELOW
    ]
    script = f"""
import importlib, sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.startswith({BLOCKED!r}):
            raise ImportError("blocked: " + name)
sys.meta_path.insert(0, Block())
for name in {names!r}:
    importlib.import_module(name)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_report_is_drawn_with_its_findings_the_worst_first_and_nothing_in_it_becomes_markup(hostile: str) -> None:
    findings = tuple(
        Finding(
            rule, "users", hostile, f"Meaning of {hostile}", hostile, "0002", Place("0002_add.py", 7), (hostile,), 2
        )
        for rule in ("unique-lost", "rows-appeared", "values-dropped")
    )
    drawn = show_rehearsal(
        RehearsalReport("SQLite 3.53.4", "app.db", ("0001",), ("0002",), findings=findings, tables=1)
    )
    assert hostile in parse(drawn).text
    lines = drawn.text.splitlines()
    assert lines[0] == "✗ 1 error, 1 warning, 1 notice"
    kinds = [line.partition(":")[0] for line in lines if line.startswith(("error", "warning", "notice"))]
    assert kinds == ["error", "warning", "notice"]
    assert lines.count("  0002_add.py, line 7") == 3
    assert 'aria-label="error"' in drawn.html


def test_a_clean_report_says_so() -> None:
    drawn = show_rehearsal(RehearsalReport("SQLite 3.53.4", "app.db", ("0001",), ("0002",), tables=2, rows=1234))
    assert drawn.text.splitlines()[0] == "✓ nothing found"
    assert "1,234 rows in 2 tables compared" in drawn.text
