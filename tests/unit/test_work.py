"""The learner's work as a zip: what goes in, and that it comes back whole, in its place, and over nothing."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from migration_lab.lessons.lesson import Lesson, open_lesson
from migration_lab.work import pack as work
from migration_lab.work import restore as work_restore
from migration_lab.work.pack import CONTENTS, pack_work
from migration_lab.work.restore import restore_work
from migration_lab.work.zip_file import WorkError, read_zip

NOTE: dict[str, object] = {
    "cell_type": "code",
    "metadata": {},
    "source": "1 + 1",
    "outputs": [],
    "execution_count": None,
}
PROGRESS = {"exercises": {"03.1": {"state": "done", "checks": 2, "hints": 0, "solution_seen": False, "done_at": ""}}}


class Course:
    """A course in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.notebooks, self.scratch = root / "notebooks", root / "scratch_db"
        self.notebooks.mkdir(parents=True)
        self.scratch.mkdir()

    def note(self, name: str, source: str) -> Path:
        path = self.notebooks / f"{name}.ipynb"
        content = {"cells": [{**NOTE, "source": source}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def pack(self) -> bytes:
        return pack_work(self.notebooks, self.scratch)

    def restore(self, content: bytes) -> str:
        return restore_work(content, self.notebooks, self.scratch)

    def everything(self) -> dict[str, bytes]:
        """All files but locks and logs, by path."""
        root = self.notebooks.parent
        paths = (path for path in root.rglob("*") if path.is_file() and ".locks" not in path.parts)
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}

    def replaced(self) -> Path:
        (folder,) = (self.scratch / "kept").glob("replaced_*")
        return folder


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Course]:
    """A course with two notebooks, a lesson that was worked on and closed, and some progress."""
    made = Course(tmp_path / "course")
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(made.scratch))
    made.note("02_failure", "1 + 1")
    made.note("Größe und Maß", "2 + 2")
    lesson = open_lesson("02_failure")
    (lesson.versions / "0002_añadir_ü.py").write_text('revision = "0002"\ndown_revision = "0001"\n', encoding="utf-8")
    lesson.close()
    (made.scratch / "progress.json").write_text(json.dumps(PROGRESS), encoding="utf-8")
    (made.scratch / "kept/mine").mkdir(parents=True)
    (made.scratch / "kept/mine/models.py").write_text("# kept\n", encoding="utf-8")
    yield made
    for open_one in list(Lesson._open.values()):
        open_one.close()


@pytest.fixture
def elsewhere(tmp_path: Path, course: Course, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Another machine's course, with nothing done yet."""
    made = Course(tmp_path / "elsewhere")
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(made.scratch))
    made.note("02_failure", "original")
    return made


def zip_of(files: Mapping[str, bytes | str], *, about: object = None) -> bytes:
    buffer = io.BytesIO()
    about = {"made_by": "migration_lab", "format": 1} if about is None else about
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {CONTENTS: json.dumps(about), **files}.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_everything_a_learner_made_comes_back_elsewhere(course: Course, elsewhere: Course) -> None:
    words = elsewhere.restore(course.pack())
    theirs, ours = course.everything(), elsewhere.everything()
    for name, content in theirs.items():
        if not name.endswith(".db"):
            assert ours[name] == content, name
    with sqlite3.connect(elsewhere.scratch / "02_failure/app.db") as connection:
        assert connection.execute("SELECT username FROM users").fetchall() == [("adi",), ("john",)]
    connection.close()
    assert words.startswith("Your work is back: 2 notebooks, 1 folder of scratch_db.")
    assert not (elsewhere.scratch / ".restore").exists()


def test_what_stood_there_is_kept(course: Course, elsewhere: Course) -> None:
    lesson = open_lesson("02_failure")
    (lesson.folder / "models.py").write_text("# newer\n", encoding="utf-8")
    lesson.close()
    (elsewhere.scratch / "progress.json").write_text('{"exercises": {}}', encoding="utf-8")
    words = elsewhere.restore(course.pack())
    kept = elsewhere.replaced()
    assert (kept / "02_failure/models.py").read_text(encoding="utf-8") == "# newer\n"
    assert (kept / "02_failure/app.db").is_file()
    assert "original" in (kept / "notebooks/02_failure.ipynb").read_text(encoding="utf-8")
    assert (kept / "progress.json").read_text(encoding="utf-8") == '{"exercises": {}}'
    assert f"scratch_db/kept/{kept.name}" in words


def test_a_second_go_changes_no_notebook_and_loses_nothing(course: Course, elsewhere: Course) -> None:
    content = course.pack()
    elsewhere.restore(content)
    before = elsewhere.everything()
    assert "0 notebooks" in elsewhere.restore(content)
    after = elsewhere.everything()
    assert before.items() <= after.items() | {(name, data) for name, data in before.items() if name.endswith(".json")}
    assert len(list((elsewhere.scratch / "kept").glob("mine*"))) == 1, "what is kept already isn't kept twice"


def test_a_folder_that_a_kernel_has_open_stays_and_its_copy_goes_to_kept(course: Course, elsewhere: Course) -> None:
    lesson = open_lesson("02_failure")
    words = elsewhere.restore(course.pack())
    assert not (lesson.versions / "0002_añadir_ü.py").exists()
    assert (elsewhere.scratch / "kept/02_failure_put_back/migrations/versions/0002_añadir_ü.py").is_file()
    assert "In use, so as it was: 02_failure" in words


def test_a_notebook_with_the_same_cells_is_left_alone(course: Course) -> None:
    """It may be open, and JupyterLab would ask whether to overwrite it; outputs come with running it."""
    content = course.pack()
    path = course.note("02_failure", "1 + 1")
    path.write_text(path.read_text(encoding="utf-8").replace('"metadata": {}', '"metadata": {"new": 1}'), "utf-8")
    before = path.read_bytes()
    assert "0 notebooks" in course.restore(content)
    assert path.read_bytes() == before


def test_names_with_accents_have_one_spelling_whichever_system_wrote_them(course: Course, elsewhere: Course) -> None:
    with zipfile.ZipFile(io.BytesIO(course.pack())) as archive:
        names = archive.namelist()
        assert names == [unicodedata.normalize("NFC", name) for name in names]
        decomposed = {unicodedata.normalize("NFD", name): archive.read(name) for name in names if name != CONTENTS}
    elsewhere.restore(zip_of(decomposed))
    assert (elsewhere.notebooks / "Größe und Maß.ipynb").is_file()


def test_a_zip_that_was_unpacked_and_packed_again_is_fine(course: Course, elsewhere: Course) -> None:
    """Safari unpacks what it downloads; the Finder then packs it with a folder around it, and its own files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(course.pack())) as old, zipfile.ZipFile(buffer, "w") as new:
        new.writestr("my_work/", "")
        new.writestr("my_work/.DS_Store", b"\0")
        new.writestr("__MACOSX/my_work/._x", b"\0")
        for name in old.namelist():
            new.writestr(f"my_work/{name}", old.read(name))
    assert "2 notebooks" in elsewhere.restore(buffer.getvalue())


def test_large_databases_stay_out_and_the_zip_says_so(course: Course) -> None:
    with sqlite3.connect(course.scratch / "02_failure/app.db") as connection:
        connection.execute("CREATE TABLE large (filling)")
        connection.execute("INSERT INTO large VALUES (zeroblob(?))", (work.DATABASE_LIMIT,))
    connection.close()
    with zipfile.ZipFile(io.BytesIO(course.pack())) as archive:
        assert "scratch_db/02_failure/app.db" not in archive.namelist()
        assert "scratch_db/02_failure/models.py" in archive.namelist()
        (line,) = json.loads(archive.read(CONTENTS))["left_out"]
    assert line.startswith("scratch_db/02_failure/app.db: too large")


def test_a_database_that_is_locked_stays_out_instead_of_blocking(course: Course) -> None:
    connection = sqlite3.connect(course.scratch / "02_failure/app.db", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        with zipfile.ZipFile(io.BytesIO(course.pack())) as archive:
            (line,) = json.loads(archive.read(CONTENTS))["left_out"]
    finally:
        connection.close()
    assert "locked" in line


def test_what_is_packed_can_always_be_put_back(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of the two agree, also where there is more than fits: the most precious goes in first."""
    (course.scratch / "kept/mine/large.py").write_bytes(os.urandom(work.TOTAL_LIMIT - 5000))
    content = course.pack()
    files = read_zip(content)
    assert "scratch_db/02_failure/models.py" in files
    assert len(content) < 10 * 2**20, "Jupyter takes 10 MiB in one message"


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "/etc/evil.py",
        "notebooks/../../evil.ipynb",
        "scratch_db/02_failure/../../evil.py",
        "scratch_db\\..\\..\\evil.py",
        "C:/evil.py",
        "scratch_db/02_failure/C:evil.py",
        "scratch_db/02_failure/con.py",
        "scratch_db/02_failure/trailing .py /x.py",
        "scratch_db/.locks/x.py",
        "scratch_db/kept/.hidden/x.py",
        "scratch_db/02_failure/run.sh",
        "scratch_db/README.md",
        "notebooks/deeper/x.ipynb",
        "notebooks/x.py",
        "src/migration_lab/lessons/lesson.py",
        ".bashrc",
    ],
)
def test_a_file_that_is_no_part_of_the_work_is_refused_and_nothing_is_written(elsewhere: Course, name: str) -> None:
    before = elsewhere.everything()
    with pytest.raises(WorkError) as caught:
        elsewhere.restore(zip_of({"scratch_db/progress.json": json.dumps(PROGRESS), name: "1"}))
    assert "\n" not in str(caught.value)
    assert elsewhere.everything() == before


def bomb() -> bytes:
    return zip_of({"scratch_db/kept/x/x.py": b"\0" * (work.TOTAL_LIMIT * 4)})


def linked() -> bytes:
    buffer = io.BytesIO(zip_of({}))
    with zipfile.ZipFile(buffer, "a") as archive:
        entry = zipfile.ZipInfo("scratch_db/kept/x/x.py")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def twice() -> bytes:
    return zip_of({"scratch_db/kept/x/a.py": "1", "scratch_db/kept/x/A.py": "2"})


def damaged() -> bytes:
    content = bytearray(zip_of({"scratch_db/kept/x/x.py": os.urandom(1000)}))
    content[400] ^= 0xFF
    return bytes(content)


def file_and_folder() -> bytes:
    return zip_of({"scratch_db/kept/x/a.py": "1", "scratch_db/kept/x/a.py/b.py": "2"})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (bomb, "more than 8 MiB"),
        (linked, "a link"),
        (twice, "twice"),
        (damaged, "damaged"),
        (file_and_folder, "Nothing was put back"),
        (lambda: b"not a zip", "no zip"),
        (lambda: b"", "no zip"),
        (lambda: zip_of({}, about={"made_by": "someone"}), "isn't one of this course's"),
        (lambda: zip_of({}, about={"made_by": "migration_lab", "format": 2}), "another version"),
        (lambda: zip_of({"notebooks/x.ipynb": "{}"}), "damaged"),
        (lambda: zip_of({"notebooks/x.ipynb": "[" * 100_000}), "damaged"),
        (lambda: zip_of({"scratch_db/progress.json": "[]"}), "damaged"),
        (lambda: zip_of({"scratch_db/02_failure/models.py": "1"}), "without its .migration-lab.json"),
        (lambda: os.urandom(work.TOTAL_LIMIT * 2 + 1), "too large"),
    ],
)
def test_a_bad_zip_is_one_clear_line_and_changes_nothing(course: Course, make: Callable[[], bytes], words: str) -> None:
    before = course.everything()
    with pytest.raises(WorkError, match=words) as caught:
        course.restore(make())
    assert "\n" not in str(caught.value)
    assert course.everything() == before


def test_a_folder_that_the_course_did_not_make_is_not_replaced(course: Course, elsewhere: Course) -> None:
    (elsewhere.scratch / "02_failure").mkdir()
    (elsewhere.scratch / "02_failure/diary.py").write_text("# mine\n", encoding="utf-8")
    before = elsewhere.everything()
    with pytest.raises(WorkError, match="the course didn't make it"):
        elsewhere.restore(course.pack())
    assert elsewhere.everything() == before, "the notebooks, which come first, are back as well"


@pytest.mark.parametrize("step", range(1, 9))
def test_a_failure_at_any_step_leaves_everything_as_it_was(
    course: Course, elsewhere: Course, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    open_lesson("02_failure").close()
    (elsewhere.scratch / "progress.json").write_text('{"exercises": {}}', encoding="utf-8")
    content, before = course.pack(), elsewhere.everything()
    steps = 0
    original = work_restore._Restoring._move

    def failing(self: work_restore._Restoring, source: Path, target: Path) -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            raise OSError("No space left on device")
        original(self, source, target)

    monkeypatch.setattr(work_restore._Restoring, "_move", failing)
    with pytest.raises(WorkError, match="Nothing was put back: No space left on device"):
        elsewhere.restore(content)
    assert elsewhere.everything() == before


def test_a_leftover_of_a_kill_does_not_stop_the_next_go(course: Course, elsewhere: Course) -> None:
    (elsewhere.scratch / ".restore/notebooks").mkdir(parents=True)
    (elsewhere.scratch / ".restore/notebooks/old.ipynb").write_text("{}", encoding="utf-8")
    elsewhere.restore(course.pack())
    assert not (elsewhere.notebooks / "old.ipynb").exists()
