"""Every exercise, with its right answers and its wrong ones, on either SQLite; and what a check does with worse."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command

from migration_lab.engines.sqlite import VARIABLE
from migration_lab.engines.sqlite import sqlite_driver as driver
from migration_lab.exercises import NoSuchExercise, Outcome, find, numbers
from migration_lab.exercises.judging import LIMIT, judge
from migration_lab.exercises.rehearsal import prepare
from migration_lab.lessons import ScratchError
from migration_lab.migrations import project_config
from migration_lab.rehearsal import Rehearsals
from migration_lab.work import Attempt, open_exercise
from migration_lab.work.progress import read_progress

EVERYTHING = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
DRIVERS = ["sqlite3", "pysqlite3"] if sys.platform == "linux" else ["sqlite3"]
NOTEBOOK_WIDTH = 76  # characters that a learner sees of a line without scrolling
PATIENCE = 120.0  # seconds, where the verdict matters and not how soon it comes
BY_HAND = "03.1"  # the exercise that the worse migrations below are tried on
IN_A_DEPLOY = "10.3"  # and the one whose migration is a step of a deploy

pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
    pytest.mark.filterwarnings("ignore:Unnamed CHECK constraint on reflected table"),
]


def about(answer: Path) -> str:
    """What an answer says of itself: its docstring, or for a folder the file beside its own."""
    noted = answer / "about.txt" if answer.is_dir() else answer
    return noted.read_text(encoding="utf-8") if noted.exists() else ""


def runs_on(answer: Path, name: str) -> bool:
    """Whether that driver's SQLite is new enough for the answer."""
    since = re.search(r"^Since: SQLite (\d+)\.(\d+)", about(answer), re.MULTILINE)
    version = tuple(int(part) for part in driver(name).sqlite_version.split("."))
    return since is None or version >= (int(since[1]), int(since[2]))


def in_turns(number: str, names: list[str], turn: int) -> list[str]:
    """On which of these SQLites something is tried: where others are at work meanwhile, each costs seconds."""
    exercise = find(number)
    takes_long = exercise.deploy is not None or any(scene.meanwhile for scene in exercise.scenes)
    return [names[turn % len(names)]] if takes_long and not EVERYTHING else names


def tried_on(number: str, answer: Path, kind: str, place: int) -> list[str]:
    """The drivers that an answer is tried on: all that know it, or in a quick run each in turn, but for the first."""
    able = [name for name in DRIVERS if runs_on(answer, name)]
    both = EVERYTHING or (kind == "right" and place == 0)
    return in_turns(number, able, place) if both else [able[place % len(able)]]


ANSWERS = [
    pytest.param(number, kind, answer.stem, name, id=f"{number} {kind} {answer.stem} {name}")
    for number in numbers()
    for kind in ("right", "wrong")
    for place, answer in enumerate(find(number).answers(kind))
    for name in tried_on(number, answer, kind, place)
]


@pytest.fixture(params=DRIVERS)
def sqlite_in_use(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both SQLites in turn."""
    monkeypatch.setenv(VARIABLE, request.param)
    return str(request.param)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A scratch_db of the test's own, and a Python that forgets the project's models afterwards."""
    root = tmp_path / "scratch_db"
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(root))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    sys.modules.pop("models", None)
    yield root
    sys.modules.pop("models", None)


@pytest.fixture
def opened() -> Iterator[list[Attempt]]:
    """Attempts put here are closed at the end."""
    attempts: list[Attempt] = []
    yield attempts
    for attempt in attempts:
        attempt.lesson.close()


@pytest.fixture(scope="module")
def rehearsals() -> Iterator[Rehearsals]:
    """One process for all, which spares a hundred tests half a second each."""
    with Rehearsals() as running:
        yield running


def write_answer(attempt: Attempt, answer: Path) -> None:
    """Do what the learner does: put the files in place, and upgrade."""
    for inside, text in attempt.exercise.answer_files(answer).items():
        path = attempt.folder / inside
        path.write_text(text, encoding="utf-8")
        if not text:
            path.unlink()
    upgrade(attempt)


def upgrade(attempt: Attempt) -> None:
    """Upgrade the learner's own database, as far as it goes."""
    try:
        command.upgrade(project_config(attempt.folder, stdout=io.StringIO()), "head")
    except Exception:
        return


def meant_finding(answer: Path) -> str:
    """The words of the finding that a wrong answer is there to be caught by."""
    found = re.search(r"Caught by: (.+?)(?:\"\"\")?$", about(answer), re.MULTILINE)
    assert found, f"{answer} doesn't say what it is caught by"
    return found[1].strip()


def broken_words(answer: Path) -> list[str]:
    """The words of the exercise's text that a wrong answer breaks."""
    return re.findall(r"^Breaks: (.+)$", about(answer), re.MULTILINE)


def words(attempt: Attempt, outcome: Outcome, rehearsals: Rehearsals | None = None) -> str:
    """All findings of a check that must end in ``outcome``."""
    verdict = attempt.check(limit=PATIENCE, rehearsals=rehearsals)
    told = "\n".join(f"{'✓' if one.right else '✗'} {one.text} | {one.look}" for one in verdict.findings)
    assert verdict.outcome is outcome, f"{verdict.summary}\n{told}"
    return told


@pytest.mark.parametrize(("number", "kind", "answer", "sqlite_in_use"), ANSWERS, indirect=["sqlite_in_use"])
def test_answer(
    number: str, kind: str, answer: str, sqlite_in_use: str, opened: list[Attempt], rehearsals: Rehearsals
) -> None:
    """A right answer passes; a wrong one doesn't, and the finding that is meant for it is among those told."""
    attempt = open_exercise(number)
    opened.append(attempt)
    path = next(one for one in attempt.exercise.answers(kind) if one.stem == answer)
    write_answer(attempt, path)
    verdict = attempt.check(limit=PATIENCE, rehearsals=rehearsals)
    told = "\n".join(f"{'✓' if one.right else '✗'} {one.text} | {one.look}" for one in verdict.findings)
    if kind == "right":
        assert verdict.outcome is Outcome.RIGHT, told
    else:
        assert verdict.outcome in (Outcome.NOT_YET, Outcome.ERROR), told
        assert any(meant_finding(path) in one.text for one in verdict.missing), told
        assert all(one.look for one in verdict.missing)


@pytest.mark.parametrize(
    ("number", "sqlite_in_use"),
    [(number, name) for number in numbers() for name in in_turns(number, DRIVERS, int(number[-1]))],
    indirect=["sqlite_in_use"],
)
def test_the_start_does_not_pass(
    number: str, sqlite_in_use: str, opened: list[Attempt], rehearsals: Rehearsals
) -> None:
    """The start and the untouched skeleton count as not tried, and would not pass if they were judged."""
    attempt = open_exercise(number)
    opened.append(attempt)
    words(attempt, Outcome.NOT_TRIED, rehearsals)
    attempt.folder.joinpath(attempt.exercise.path).write_text(attempt.exercise.skeleton, encoding="utf-8")
    upgrade(attempt)
    words(attempt, Outcome.NOT_TRIED, rehearsals)
    judged = judge(attempt.exercise, attempt.folder, rehearsals=rehearsals, untried=True)
    assert judged.outcome in (Outcome.NOT_YET, Outcome.ERROR)
    attempt.restore_database()
    words(attempt, Outcome.NOT_TRIED, rehearsals)
    assert read_progress().entry(number).state == "not yet"


@pytest.mark.parametrize("number", numbers())
def test_what_an_exercise_is_made_of(number: str, tmp_path: Path) -> None:
    """Three right answers for any SQLite, three wrong ones, hints, and rows that the learner hasn't seen."""
    exercise = find(number)
    assert exercise.number == number
    assert len([one for one in exercise.answers("right") if all(runs_on(one, name) for name in DRIVERS)]) >= 3
    assert len(exercise.answers("wrong")) >= 3
    for answer in exercise.answers("right"):
        lines = "\n".join(exercise.answer_files(answer).values()).splitlines()
        assert max(map(len, lines)) <= NOTEBOOK_WIDTH, answer
    assert len(exercise.hints) >= 2
    for place, scene in enumerate(exercise.scenes):
        versions = tmp_path / str(place)
        copy = prepare(scene, _project(tmp_path, place), versions)
        rows = [sum(table.row_count for table in shot.tables.values()) for shot in (copy.start, copy.before)]
        assert rows[1] > rows[0] if scene.hidden else place > 0


def _project(folder: Path, place: int) -> Path:
    made = folder / f"learner_{place}"
    made.mkdir()
    return made


@pytest.mark.parametrize("number", numbers())
def test_each_part_of_the_text_is_broken_by_a_wrong_answer(number: str) -> None:
    """What a text asks for is checked: each part between two commas is in the words that some wrong answer breaks.

    Sentences that only tell the situation are listed as such in the task, and each wrong answer breaks something.
    """
    exercise = find(number)
    text = " ".join(exercise.text.split())
    quotes = {quote: answer.stem for answer in exercise.answers("wrong") for quote in broken_words(answer) or [""]}
    assert not {quote: answer for quote, answer in quotes.items() if not quote or quote not in text}
    checked = {place for quote in quotes for place in range(text.index(quote), text.index(quote) + len(quote))}
    untold = set(exercise.situation)
    unchecked = []
    for sentence in re.finditer(r"\S.*?(?:[.:;?!]\)?(?=\s|$)|$)", text):
        told = {start for start in exercise.situation if sentence[0].removeprefix("- ").startswith(start)}
        untold -= told
        for part in re.finditer(r"\S.*?(?:,(?=\s)|$)", sentence[0]):
            places = range(sentence.start() + part.start(), sentence.start() + part.end())
            if not told and checked.isdisjoint(places):
                unchecked.append(part[0])
    assert not unchecked
    assert not untold, "no sentence begins so"


@pytest.mark.parametrize("number", numbers())
def test_the_notebook_holds_the_skeleton(number: str) -> None:
    """The cell that the learner fills in is the exercise's skeleton, and the cell before it opens the exercise."""
    exercise = find(number)
    notebook = next((Path(__file__).parents[2] / "notebooks").glob(f"{exercise.lesson}_*.ipynb"))
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]}
    place = number[-1]
    assert f'task_{place} = exercise("{number}")' in cells[f"exercise-{place}"]
    head, _, text = cells[f"exercise-{place}-migration"].partition("\n")
    assert head.replace(".versions}", ".folder}/migrations/versions") == (
        f'%%writefile "{{task_{place}.folder}}/{exercise.path}"'
    )
    assert text == exercise.skeleton.rstrip()
    assert f"task_{place}.check()" in cells[f"exercise-{place}-check"]
    assert cells["exercises-progress"] == f'show_progress("{exercise.lesson}")'


def test_an_unknown_number_names_the_known_ones() -> None:
    """Whoever mistypes sees what there is."""
    with pytest.raises(NoSuchExercise, match=r"09\.9.*03\.1"):
        find("09.9")


WORSE = {
    "raises": ("raise RuntimeError('no')", "The upgrade raised RuntimeError: no"),
    "exits": ("raise SystemExit(3)", "The upgrade raised SystemExit: 3"),
    "asks": ("input()", "The upgrade raised EOFError"),
    "doesn't parse": ("op.add_column(", "The upgrade raised SyntaxError"),
    "loops": ("while True: pass", "The upgrade did not finish within"),
    "ends the process": ("import os; os._exit(7)", "exit code 7"),
    "leaves a lock": (
        "import builtins, sqlite3\n"
        "    builtins.kept = sqlite3.connect('app.db', isolation_level=None)\n"
        "    builtins.kept.execute('BEGIN IMMEDIATE')",
        "database is locked",
    ),
}


@pytest.mark.parametrize("kind", WORSE)
def test_worse_migrations(kind: str, opened: list[Attempt]) -> None:
    """Through the real child process: whatever a migration does, the check says so, after 10 s at the latest."""
    code, expected = WORSE[kind]
    assert LIMIT <= 10
    attempt = open_exercise(BY_HAND)
    opened.append(attempt)
    text = attempt.exercise.skeleton.replace("pass  # your migration", code)
    attempt.versions.joinpath(attempt.exercise.file).write_text(text, encoding="utf-8")
    verdict = attempt.check(limit=LIMIT if kind == "loops" else PATIENCE)
    assert verdict.outcome is Outcome.ERROR
    assert expected in verdict.findings[0].text, verdict.findings
    assert verdict.findings[0].look
    attempt.start_over()
    assert attempt.check().outcome is Outcome.NOT_TRIED
    assert read_progress().entry(BY_HAND).state == "tried"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise SystemExit(3)", "“alembic upgrade hotfix” failed: SystemExit: 3"),
        ("import os; os._exit(7)", "“alembic upgrade hotfix” failed: its process ended by itself, with exit code 7"),
        ("print('{}'); input()", "“alembic upgrade hotfix” failed: EOF when reading a line"),
        ("while True: pass", "The deploy did not finish in time"),
    ],
)
def test_worse_migrations_in_a_deploy(code: str, expected: str, opened: list[Attempt]) -> None:
    """They run in a process of their own, too: the kernel and the next check are none the worse for it."""
    attempt = open_exercise(IN_A_DEPLOY)
    opened.append(attempt)
    text = attempt.exercise.skeleton.replace("pass  # your migration", code)
    attempt.versions.joinpath(attempt.exercise.file).write_text(text, encoding="utf-8")
    verdict = attempt.check(limit=1 if "while" in code else PATIENCE)
    assert expected in verdict.findings[0].text, verdict.findings
    assert verdict.seconds < PATIENCE
    attempt.start_over()
    assert attempt.check().outcome is Outcome.NOT_TRIED


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("class User(", "between can't be served: SyntaxError: '(' was never closed (models.py, line 1)"),
        ("raise SystemExit(3)", "between can't be served: its process ended by itself, with exit code 3"),
        ("while True: pass", "The deploy did not finish in time"),
    ],
)
def test_a_version_that_can_not_be_imported_is_a_step_that_failed(
    code: str, expected: str, opened: list[Attempt]
) -> None:
    attempt = open_exercise("10.2")
    opened.append(attempt)
    (attempt.folder / attempt.exercise.path).write_text(f"{code}\n", encoding="utf-8")
    verdict = attempt.check(limit=1 if "while" in code else PATIENCE)
    assert expected in verdict.findings[0].text, verdict.findings
    assert "KeyError" not in str(verdict)
    assert verdict.seconds < PATIENCE


@pytest.mark.parametrize(
    "text",
    ["STEPS = 6\n", "STEPS = sorted([])\n", "steps = []\n", "STEPS = ['backfill'] * 6\n", "STEPS = ['backfill', 1]\n"],
)
def test_steps_that_are_no_list_of_the_six_are_told_in_one_line(text: str, opened: list[Attempt]) -> None:
    attempt = open_exercise("10.1")
    opened.append(attempt)
    (attempt.folder / attempt.exercise.path).write_text(text, encoding="utf-8")
    (finding,) = attempt.check().findings
    assert finding.text.startswith("ValueError: ")
    assert "six steps" in finding.text


@pytest.mark.skipif(sys.platform == "win32", reason="a signal")
def test_an_interrupted_check_of_a_deploy_says_so_and_the_next_one_is_right(opened: list[Attempt]) -> None:
    attempt = open_exercise(IN_A_DEPLOY)
    opened.append(attempt)
    text = attempt.exercise.skeleton.replace("pass  # your migration", "import time; time.sleep(600)")
    attempt.versions.joinpath(attempt.exercise.file).write_text(text, encoding="utf-8")
    stop = threading.Timer(2, signal.pthread_kill, [threading.get_ident(), signal.SIGINT])
    stop.start()
    verdict = attempt.check(limit=PATIENCE)
    assert (verdict.outcome, verdict.findings[0].text) == (Outcome.ERROR, "The check was interrupted")
    write_answer(attempt, attempt.exercise.answers("right")[0])
    assert attempt.check(limit=PATIENCE).outcome is Outcome.RIGHT


def test_a_lock_that_outlives_the_migration(opened: list[Attempt]) -> None:
    """The migration has a lock taken once Alembic is through: the check says so."""
    attempt = open_exercise(BY_HAND)
    opened.append(attempt)
    code = (
        "import builtins, sqlite3\n"
        "    def hold(*_):\n"
        "        builtins.kept = sqlite3.connect('app.db', isolation_level=None)\n"
        "        builtins.kept.execute('BEGIN IMMEDIATE')\n"
        "    sa.event.listen(op.get_bind().engine, 'checkin', hold)"
    )
    text = attempt.exercise.skeleton.replace("pass  # your migration", code)
    attempt.versions.joinpath(attempt.exercise.file).write_text(text, encoding="utf-8")
    verdict = attempt.check(limit=PATIENCE)
    assert verdict.outcome is Outcome.ERROR
    assert "left the database locked" in verdict.findings[0].text


def test_a_right_answer_through_the_child_process(sqlite_in_use: str, opened: list[Attempt]) -> None:
    """The way the learner's check goes: right is right there, too."""
    attempt = open_exercise(BY_HAND)
    opened.append(attempt)
    write_answer(attempt, attempt.exercise.answers("right")[0])
    verdict = attempt.check(limit=PATIENCE)
    assert verdict.outcome is Outcome.RIGHT, verdict
    assert read_progress().entry(BY_HAND).state == "done"
    attempt.start_over()
    assert attempt.check().outcome is Outcome.NOT_TRIED
    assert read_progress().entry(BY_HAND).state == "done"


def test_own_database_is_part_of_it(opened: list[Attempt], rehearsals: Rehearsals) -> None:
    """Right files are not all: the learner has to run them, and again after an edit."""
    attempt = open_exercise(BY_HAND)
    opened.append(attempt)
    file = attempt.versions / attempt.exercise.file
    file.write_text(attempt.exercise.skeleton.replace("pass  # your migration", "return"), encoding="utf-8")
    upgrade(attempt)
    answer = attempt.exercise.answers("right")[0].read_text(encoding="utf-8")
    file.write_text(answer, encoding="utf-8")
    assert "Your own database differs from what your files make" in words(attempt, Outcome.NOT_YET, rehearsals)
    attempt.restore_database()
    assert "Your own database is at 0001, not at 0002" in words(attempt, Outcome.NOT_YET, rehearsals)
    upgrade(attempt)
    words(attempt, Outcome.RIGHT, rehearsals)
    attempt.lesson.database.write_bytes(b"no database at all, and long enough to look like one" * 40)
    assert "Your own database can't be read" in words(attempt, Outcome.NOT_YET, rehearsals)
    attempt.lesson.database.unlink()
    assert "Your own database can't be read" in words(attempt, Outcome.NOT_YET, rehearsals)


def test_own_database_locked(sqlite_in_use: str, opened: list[Attempt], rehearsals: Rehearsals) -> None:
    """A forgotten transaction: check and restore say so instead of waiting, and start over gets rid of it."""
    attempt = open_exercise(BY_HAND)
    opened.append(attempt)
    write_answer(attempt, attempt.exercise.answers("right")[0])
    with closing(driver().connect(attempt.lesson.database, isolation_level=None)) as forgotten:
        forgotten.execute("BEGIN EXCLUSIVE")
        assert "Your own database can't be read" in words(attempt, Outcome.NOT_YET, rehearsals)
        with pytest.raises(
            ScratchError, match=r"app\.db can't be written .*locked.*: close what holds it, or start over"
        ):
            attempt.restore_database()
        if sys.platform == "win32":
            forgotten.close()  # Windows deletes no open file: there, the kernel has to be restarted
        attempt.start_over()
        words(attempt, Outcome.NOT_TRIED, rehearsals)


def test_a_missing_project_is_no_exception(opened: list[Attempt], rehearsals: Rehearsals) -> None:
    """Files that are gone, models that don't parse: a verdict, and no traceback."""
    attempt = open_exercise(BY_HAND)
    opened.append(attempt)
    (attempt.folder / "models.py").write_text("class User(", encoding="utf-8")
    assert "SyntaxError" in words(attempt, Outcome.ERROR, rehearsals)
    (attempt.folder / "alembic.ini").unlink()
    words(attempt, Outcome.ERROR, rehearsals)


def test_a_project_that_names_its_database_by_an_absolute_path_is_told_and_that_database_stays(
    opened: list[Attempt], rehearsals: Rehearsals
) -> None:
    """A check runs on copies: the learner's own database is the learner's."""
    attempt = open_exercise(BY_HAND)
    opened.append(attempt)
    write_answer(attempt, attempt.exercise.answers("right")[0])
    attempt.restore_database()
    before = attempt.lesson.database.read_bytes()
    ini = attempt.folder / "alembic.ini"
    text = ini.read_text(encoding="utf-8")
    ini.write_text(text.replace("%(here)s/app.db", str(attempt.lesson.database)), encoding="utf-8")
    told = words(attempt, Outcome.ERROR, rehearsals)
    assert f"it connects to {attempt.lesson.database}, which is not the copy" in told
    assert attempt.lesson.database.read_bytes() == before


def test_hints_and_solution(opened: list[Attempt]) -> None:
    """Hints come one by one, the last stays; what was looked at is noted."""
    attempt = open_exercise(BY_HAND)
    opened.append(attempt)
    hints = attempt.exercise.hints
    assert [attempt.hint() for _ in range(len(hints) + 1)] == [*hints, hints[-1]]
    solution = attempt.solution()
    assert "server_default" in solution[f"migrations/versions/{attempt.exercise.file}"]
    entry = read_progress().entry(BY_HAND)
    assert (entry.hints, entry.solution_seen, entry.state) == (len(hints), True, "not yet")
