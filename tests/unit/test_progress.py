"""What the learner has done is kept: over restarts, over resets, over two kernels at once, and over a damaged file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from migration_lab.__main__ import main
from migration_lab.lessons.lesson import open_lesson, reset_all
from migration_lab.work import progress


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scratch_db of the test's own."""
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(tmp_path))
    return tmp_path


def test_nothing_done_yet() -> None:
    """Reading makes no file."""
    assert progress.read_progress() == progress.Progress()
    assert not progress.progress_file().exists()


def test_done_stays_done() -> None:
    """A later failure takes nothing away; what was not tried counts for nothing."""
    assert progress.record_check("03.1", "not tried yet") == ""
    assert progress.read_progress().entry("03.1").state == "not yet"
    progress.record_check("03.1", "error")
    assert progress.read_progress().entry("03.1").state == "tried"
    progress.record_check("03.1", "right")
    progress.record_check("03.1", "not yet")
    entry = progress.read_progress().entry("03.1")
    assert (entry.state, entry.checks) == ("done", 3)
    assert entry.done_at


def test_it_outlives_a_reset() -> None:
    """Starting every lesson afresh leaves the progress alone."""
    progress.record_check("03.1", "right")
    open_lesson("03_server_default").close()
    assert reset_all() == ["03_server_default"]
    assert progress.read_progress().entry("03.1").state == "done"


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", '{"exercises": 5}', '{"exercises": {"03.1": {"state": "won"}}}', '{"exercises": {"03.1": null}}',
     '{"exercises": {"03.1": {"state": "done", "colour": 1}}}', "\0\0"],
)  # fmt: skip
def test_a_damaged_file_is_kept_aside(damage: str, scratch: Path) -> None:
    """It is said once, nothing is deleted, and counting goes on."""
    progress.progress_file().write_text(damage, encoding="utf-8")
    problem = progress.record_check("04.1", "right")
    aside = next(scratch.glob("progress_damaged_*.json"))
    assert aside.name in problem
    assert aside.read_text(encoding="utf-8") == damage
    assert progress.read_progress().problem == ""
    assert progress.read_progress().entry("04.1").state == "done"


def test_bytes_that_are_no_text(scratch: Path) -> None:
    """The same for a file that isn't even UTF-8."""
    progress.progress_file().write_bytes(b"\xff\xfe\xfa")
    assert "damaged" in progress.read_progress().problem
    assert list(scratch.glob("progress_damaged_*.json"))


def test_a_place_that_cannot_be_written_is_said_not_raised(scratch: Path) -> None:
    """A check must end in a verdict, whatever the disk does."""
    progress.progress_file().mkdir()
    assert "could not be saved" in progress.record_check("03.1", "right")


def test_two_processes_at_once_lose_nothing(scratch: Path) -> None:
    """Each writes 30 entries of its own, and bumps one that both share."""
    code = (
        "import sys; from migration_lab.work import progress\n"
        "for n in range(30):\n"
        "    progress.record_check(f'{sys.argv[1]}.{n}', 'right'); progress.record_check('shared', 'error')"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, name]) for name in ("a", "b")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = progress.read_progress()
    assert len(found.entries) == 61
    assert found.entry("shared").checks == 60


def test_one_line_for_a_workshop() -> None:
    """JSON on one line, each exercise in it, done or not."""
    progress.record_check("03.1", "right")
    text = progress.as_json()
    assert "\n" not in text
    told = json.loads(text)
    assert (told["done"], told["tried"]) == (1, 0)
    assert told["of"] == len(told["exercises"])
    assert told["exercises"]["03.1"]["state"] == "done"


def test_the_command_tells_it_in_words_and_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A workshop's script reads the line, a person the words."""
    progress.record_check("03.1", "right")
    assert main(["progress", "--json"]) == 0
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    assert json.loads(line)["exercises"]["03.1"]["state"] == "done"
    assert main(["progress"]) == 0
    assert "1 of " in capsys.readouterr().out
