"""Lessons in folders with unusual names; and no file open when a folder is replaced, which Windows would refuse."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest

from migration_lab.lab.run import run_notebook
from migration_lab.lessons import ScratchError
from migration_lab.lessons.lesson import Lesson, open_lesson, reset_all
from migration_lab.lessons.replace import copy_folder, replace_folder
from migration_lab.views import live_view
from migration_lab.work.pack import pack_work
from migration_lab.work.restore import restore_work

ROOT = Path(__file__).resolve().parents[2]


def copy_course(folder: Path, *lessons: str) -> Path:
    """A course in ``folder``: these lessons, and an empty scratch_db."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "scratch_db").mkdir()
    for name in lessons:
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder / "notebooks")
    return folder


def run_course(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """``make run`` there, without make."""
    environment = {name: value for name, value in os.environ.items() if name != "MIGRATION_LAB_SCRATCH"}
    environment |= {"PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "migration_lab", "run", *names]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_a_lesson_runs_in_a_folder_with_spaces_and_letters_of_every_kind(tmp_path: Path) -> None:
    course = copy_course(tmp_path / "Ünïcode ordner mit Leerzeichen 漢字 #1 [it's] @home & more", "02_failure")
    done = run_course(course)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (course / "_build/scratch_db/02_failure/app.db").is_file()


def test_alembic_in_a_terminal_works_there_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = copy_course(tmp_path / "Ünïcode ordner mit Leerzeichen")
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(course / "scratch_db"))
    opened = open_lesson("02_failure")
    try:
        command = [sys.executable, "-m", "alembic", "current"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(
            command, cwd=opened.folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )
    finally:
        opened.close()
    assert "0001 (head)" in done.stdout, done.stderr


def test_a_path_that_alembic_cannot_take_is_refused_in_one_line(tmp_path: Path) -> None:
    """alembic.ini gives '%' a meaning."""
    course = copy_course(tmp_path / "100 % sure", "02_failure")
    done = run_course(course)
    assert done.returncode == 1
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("02_failure"))
    assert "Alembic can't work in" in line
    assert "has a '%' in its name: move the course" in line


@pytest.mark.parametrize("sign", ["?", os.pathsep])
def test_so_are_the_signs_of_urls_and_of_the_python_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    course = copy_course(tmp_path / f"a {sign} b")
    monkeypatch.delenv("MIGRATION_LAB_SCRATCH", raising=False)
    monkeypatch.chdir(course / "notebooks")
    with pytest.raises(ScratchError, match=re.escape(f"has a '{sign}' in its name: move the course")):
        open_lesson("02_failure")


def open_files(folder: Path) -> list[str]:
    """The files in ``folder`` that this process holds open, or one that it started.

    Windows would refuse to move or delete these.
    """
    found = []
    ours = [psutil.Process(), *psutil.Process().children(recursive=True)]
    for entry in (one for process in ours for one in Path(f"/proc/{process.pid}/fd").iterdir()):
        try:
            target = entry.readlink()
        except OSError:
            continue  # the one that lists the folder
        if target.is_relative_to(folder):
            found.append(str(target))
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are only seen in /proc (Linux)")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = copy_course(tmp_path / "course") / "scratch_db"
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(folder))
    yield folder
    for opened in list(Lesson._open.values()):
        opened.close()


@pytest.fixture
def replaced(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What was open in scratch_db at each replacement of a folder."""
    seen: list[list[str]] = []
    original = replace_folder

    def watched(new: Path, target: Path) -> None:
        seen.append([path for path in open_files(scratch) if ".locks" not in path])
        original(new, target)

    monkeypatch.setattr("migration_lab.lessons.lesson.replace_folder", watched)
    return seen


@needs_proc
def test_the_search_for_open_files_sees_a_connection(scratch: Path) -> None:
    opened = open_lesson("02_failure")
    view = live_view(opened)
    view.refresh()
    assert any(path.endswith("app.db") for path in open_files(scratch)), "a live view keeps its database open"
    view.close()
    assert not any(path.endswith("app.db") for path in open_files(scratch))


@needs_proc
def test_no_file_of_a_lesson_is_open_when_its_folder_is_replaced(replaced: list[list[str]]) -> None:
    """By a reset and by opening it again, after all that a lesson does with its database."""
    opened = open_lesson("02_failure")
    view = live_view(opened)
    view.refresh()
    with opened.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET email = 'x' WHERE id = 1")
    opened.snapshot()
    view.refresh()
    opened.reset()
    view.refresh()
    again = open_lesson("02_failure")
    view.close()
    again.close()
    assert replaced == [[], [], []]


@needs_proc
def test_no_file_of_a_lesson_is_open_in_a_kernel_with_a_live_view_that_follows(tmp_path: Path) -> None:
    """There a process of the view's own looks twenty times a second."""
    course = copy_course(tmp_path / "course")
    text = Path(__file__).read_text(encoding="utf-8")
    searching = next(
        ast.get_source_segment(text, node)
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == "open_files"
    )
    cells = [
        f"import psutil, time\nfrom pathlib import Path\n{searching}",
        "from migration_lab import open_lesson\nfrom migration_lab.lessons import lesson as module\n"
        "from migration_lab.views import live_view\n"
        "opened = open_lesson('02_failure')\nview = live_view(opened)",
        "def watched(new, target, original=module.replace_folder):\n"
        "    time.sleep(0.3)\n"
        "    seen.append([path for path in open_files(opened.folder) if '.locks' not in path])\n"
        "    original(new, target)\n"
        "seen = []\nmodule.replace_folder = watched\ntime.sleep(0.3)",
        "assert open_files(opened.folder), 'the view has it open'\nopened.reset()\nassert seen == [[]], seen",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    path = course / "notebooks" / "watched.ipynb"
    nbformat.write(notebook, path)
    result = run_notebook(path, tmp_path / "out.ipynb")
    assert result.error == ""


@needs_proc
def test_packing_and_putting_back_leave_no_file_open(scratch: Path) -> None:
    open_lesson("02_failure").close()
    notebooks = scratch.parent / "notebooks"
    restore_work(pack_work(notebooks, scratch), notebooks, scratch)
    assert open_files(scratch) == []
    assert reset_all() == ["02_failure"]


def test_a_copy_of_a_read_only_installation_can_be_written_to(tmp_path: Path) -> None:
    source = tmp_path / "installed"
    (source / "migrations").mkdir(parents=True)
    (source / "migrations/env.py").write_text("pass\n", encoding="utf-8")
    for path in (source / "migrations/env.py", source / "migrations", source):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        copy_folder(source, tmp_path / "copy")
    finally:
        for path in (source, source / "migrations"):
            path.chmod(0o755)
    copies = [tmp_path / "copy", *(tmp_path / "copy").rglob("*")]
    assert len(copies) == 3
    assert all(path.stat().st_mode & 0o200 for path in copies)
