"""The revisions of a project, read from files that may be in the middle of an edit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from migration_lab.migrations.history import History, read_history

PROJECT = Path(__file__).resolve().parents[2] / "src" / "migration_lab" / "lessons" / "project"


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def step(folder: Path, revision: str, down: object, message: str = "") -> None:
    write(folder, f"{revision}_x.py", f'"""{message}\n\nmore"""\nrevision = {revision!r}\ndown_revision = {down!r}\n')


def order(history: History) -> list[str]:
    return [revision.revision for revision in history.revisions]


def test_revisions_come_from_first_to_last_whatever_their_names(tmp_path: Path) -> None:
    step(tmp_path, "a", "b", "third")
    step(tmp_path, "c", None, "first")
    step(tmp_path, "b", "c", "second")
    history = read_history(tmp_path)
    assert [(one.revision, one.down_revisions, one.message) for one in history.revisions] == [
        ("c", (), "first"),
        ("b", ("c",), "second"),
        ("a", ("b",), "third"),
    ]
    assert history.heads == ("a",)
    assert history.revisions[0].path == tmp_path / "c_x.py"
    assert history.problems == ()


def test_branches_and_their_merge(tmp_path: Path) -> None:
    step(tmp_path, "0001", None)
    step(tmp_path, "0002a", "0001")
    step(tmp_path, "0002b", "0001")
    assert read_history(tmp_path).heads == ("0002a", "0002b")
    step(tmp_path, "0003", ("0002a", "0002b"))
    history = read_history(tmp_path)
    assert history.heads == ("0003",)
    assert order(history) == ["0001", "0002a", "0002b", "0003"]
    assert history.applied(("0002b",)) == {"0001", "0002b"}
    assert history.applied(("0003",)) == {"0001", "0002a", "0002b", "0003"}
    assert history.applied(()) == set()
    assert history.applied(("unknown",)) == {"unknown"}


def test_annotated_assignments_as_in_alembics_own_template(tmp_path: Path) -> None:
    write(
        tmp_path,
        "0002_x.py",
        "from typing import Sequence, Union\n"
        "revision: str = '0002'\ndown_revision: Union[str, Sequence[str], None] = '0001'\nbranch_labels: None = None\n",
    )
    (revision,) = read_history(tmp_path).revisions
    assert (revision.revision, revision.down_revisions, revision.message) == ("0002", ("0001",), "")


def test_an_annotation_without_a_value_is_no_revision(tmp_path: Path) -> None:
    write(tmp_path, "x.py", "revision: str\n")
    assert read_history(tmp_path).problems == ("x.py: no line «revision = '...'»",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("revision = '0002'\ndef upgrade(:\n", "broken.py, line 2: invalid syntax"),
        ("", "broken.py: no line «revision = '...'»"),
        ("revision = 2\n", "broken.py: no line «revision = '...'»"),
        ("OLD = '1'\nrevision = OLD + '2'\n", "broken.py: revision is no plain value"),
        ("revision = '2'\ndown_revision = OLD\n", "broken.py: down_revision is no plain value"),
        ("revision = '2'\ndown_revision = 1\n", "broken.py: down_revision is neither"),
        ("revision = '2'\ndown_revision = {'1'}\n", "broken.py: down_revision is neither"),
        ("revision = '2'\nx = '\0'\n", "broken.py"),
        (f"revision = '2'\nx = {'-' * 100_000}1\n", "broken.py"),
        (f"revision = '2'\nx = {'(' * 1000}\n", "broken.py"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_line_and_the_others_stay(tmp_path: Path, text: str, words: str) -> None:
    step(tmp_path, "0001", None)
    write(tmp_path, "broken.py", text)
    history = read_history(tmp_path)
    assert order(history) == ["0001"]
    (problem,) = history.problems
    assert problem.startswith(words)
    assert "\n" not in problem
    assert "0x" not in problem  # an address would make each look at the file another one


def test_what_is_no_text_and_what_is_no_file_are_lines_too(tmp_path: Path) -> None:
    (tmp_path / "latin.py").write_bytes(b"revision = '\xff'\n")
    (tmp_path / "folder.py").mkdir()
    problems = read_history(tmp_path).problems
    assert [problem.split(":")[0] for problem in problems] == ["folder.py", "latin.py"]


def test_two_files_with_one_revision_are_told(tmp_path: Path) -> None:
    step(tmp_path, "0001", None)
    write(tmp_path, "copy.py", "revision = '0001'\ndown_revision = None\n")
    history = read_history(tmp_path)
    assert order(history) == ["0001"]
    assert history.problems == ("copy.py: revision 0001 is already the one of 0001_x.py",)


def test_a_circle_and_a_missing_parent_still_show_every_revision(tmp_path: Path) -> None:
    step(tmp_path, "a", "b")
    step(tmp_path, "b", "a")
    step(tmp_path, "c", "gone")
    step(tmp_path, "d", "d")
    history = read_history(tmp_path)
    assert sorted(order(history)) == ["a", "b", "c", "d"]
    assert history.applied(("a",)) == {"a", "b"}


def test_nothing_is_run(tmp_path: Path) -> None:
    write(tmp_path, "x.py", f"open({str(tmp_path / 'proof')!r}, 'w')\nrevision = '1'\ndown_revision = None\n")
    assert order(read_history(tmp_path)) == ["1"]
    assert not (tmp_path / "proof").exists()


def test_a_folder_that_is_missing_has_no_history(tmp_path: Path) -> None:
    assert read_history(tmp_path / "missing") == History()


def test_it_reads_what_alembic_writes_and_agrees_with_it(tmp_path: Path) -> None:
    project = shutil.copytree(PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__"))
    (project / "migrations" / "versions").mkdir(exist_ok=True)
    config = Config(project / "alembic.ini")
    command.revision(config, "first", rev_id="0001")
    command.revision(config, "left 'quoted'", rev_id="0002a")
    command.revision(config, "right", rev_id="0002b", head="0001", splice=True)
    command.merge(config, ["0002a", "0002b"], "together", rev_id="0003")
    history = read_history(project / "migrations" / "versions")
    alembic = ScriptDirectory.from_config(config)
    assert history.heads == tuple(alembic.get_heads())
    for revision in history.revisions:
        script = alembic.get_revision(revision.revision)
        assert script is not None
        assert revision.message == script.doc
        assert set(revision.down_revisions) == set(script._versioned_down_revisions)
