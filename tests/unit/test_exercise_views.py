"""What a learner sees of an exercise: task, buttons, verdict, progress; escaped, and readable without a kernel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migration_lab.exercises import Finding, Outcome, Verdict
from migration_lab.lessons.lock import InUseError
from migration_lab.migrations.failure import explain
from migration_lab.views import ExerciseView, exercise, show_progress
from migration_lab.views.exercises import exercise as module
from migration_lab.views.exercises.verdict import draw_verdict
from migration_lab.views.pictures.prose import prose
from migration_lab.work import progress


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scratch_db of the test's own."""
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(tmp_path))
    return tmp_path


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All that is displayed."""
    things: list[Any] = []
    monkeypatch.setattr(module, "display", things.append)
    return things


@pytest.fixture
def task(shown: list[Any]) -> Iterator[ExerciseView]:
    """An open exercise."""
    view = exercise("03.1")
    yield view
    view.attempt.lesson.close()


def test_the_task_is_readable_without_a_kernel(task: ExerciseView, shown: list[Any]) -> None:
    """A saved notebook shows the task as text and as HTML."""
    bundle = shown[0]._repr_mimebundle_()
    assert "Exercise 03.1" in bundle["text/plain"]
    assert "<code>is_admin</code>" in bundle["text/html"]


def test_the_learner_gets_a_real_project(task: ExerciseView, scratch: Path) -> None:
    """Folder, versions, config and engine are those of scratch_db/exercise_03_1."""
    assert task.folder == scratch / "exercise_03_1"
    assert task.versions == task.folder / "migrations" / "versions"
    assert task.config.config_file_name == str(task.folder / "alembic.ini")
    assert str(task.engine.url.database).endswith("app.db")


def test_check_shows_and_never_raises(task: ExerciseView, shown: list[Any]) -> None:
    """The call shows a verdict and keeps it."""
    task.check()
    assert task.verdict is not None
    assert task.verdict.outcome is Outcome.NOT_TRIED
    assert "Not tried yet" in str(shown[-1])


def test_buttons_do_what_the_calls_do(task: ExerciseView) -> None:
    """Check, Hint, Solution, Start over: each leaves its words under the buttons, and the buttons ready again."""
    said = task.widget.children[2]
    expected = {"Check": "Not tried yet", "Hint": "Hint 1 of 3", "Solution": "sa.false()", "Start over": "Back at"}
    for button in task.widget.children[1].children[:4]:
        label = button.description
        button.click()
        assert expected[label] in said.value
        assert 'role="status"' in said.value
        assert (button.description, button.disabled) == (label, False)
        assert button.tooltip


def test_an_error_while_trying_is_shown_not_raised(task: ExerciseView, shown: list[Any]) -> None:
    """Run All on an unsolved notebook goes on."""
    with task.trying():
        raise RuntimeError("boom <b>")
    assert "boom &lt;b&gt;" in shown[-1].html


def test_open_in_another_kernel(task: ExerciseView, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way out is a line that can be copied."""
    task.attempt.lesson._open.clear()  # as another kernel sees it
    with pytest.raises(InUseError, match=re.escape("exercise('03.1', folder='exercise_03_1_second')")):
        exercise("03.1")


def test_a_verdict_says_it_in_words_and_escapes() -> None:
    """What is missing comes first; nothing from a database is HTML."""
    findings = (Finding(True, "rows kept"), Finding(False, "<script>", "look <here>"))
    drawing = draw_verdict(Verdict(Outcome.NOT_YET, findings, seconds=0.5), "a <note>")
    assert "<script>" not in drawing.html
    assert "<here>" not in drawing.html
    assert "<note>" not in drawing.html
    assert drawing.html.index("not yet</b>") < drawing.html.index("✓ right</b>")
    assert str(drawing).splitlines()[0] == "… Not yet: 1 of 2 points to go."
    error = draw_verdict(Verdict(Outcome.ERROR, findings, explain(ValueError("<i>"))))
    assert "<details>" in error.html
    assert "<i>" not in error.html


def test_progress_is_a_table_per_lesson_in_words(scratch: Path) -> None:
    """Done, tried and not yet can be told without colour; a damaged file is mentioned."""
    progress.record_check("03.1", "right")
    progress.record_check("04.4", "error")
    drawing = show_progress()
    assert "<caption>Lesson 03: server default</caption>" in drawing.html
    assert "✓ done" in drawing.html
    assert "… tried" in drawing.html
    assert "1 check" in drawing.html
    assert "04" not in show_progress("03").text
    progress.progress_file().write_text("{", encoding="utf-8")
    assert "damaged" in show_progress().text


def test_prose() -> None:
    """Paragraphs, lists, stress and code; all of it escaped."""
    html = prose("One `a < b` and **two**\nlines *here*.\n\n- first\n- second `x*y*z`")
    assert html == (
        "<p>One <code>a &lt; b</code> and <b>two</b> lines <em>here</em>.</p>"
        '<ul class="parts"><li>first</li><li>second <code>x*y*z</code></li></ul>'
    )
