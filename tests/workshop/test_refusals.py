"""Where a room can't be held, or not safely, one line says so and the exit code is 2."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import in_one_worker, needs_a_room

from workshop.accounts import AccountError, make_account, remove_account
from workshop.memory import memory_groups
from workshop.reach import closed_folders, with_reach
from workshop.settings import COURSE

pytestmark = in_one_worker
# What is refused here comes after the question of who may hold a workshop: let that be answered.
ROOT = sys.platform != "win32" and os.geteuid() == 0
MODE = [] if ROOT else ["--everyone-can-read-everything"]


def workshop(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with arguments."""
    return subprocess.run(
        [sys.executable, "-m", "workshop", *arguments],
        cwd=COURSE,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become nobody")
def test_without_root_it_refuses_to_pretend() -> None:
    # In this process's own Python nobody may not even reach, so become nobody inside of it.
    code = "import os, sys; from workshop.__main__ import main; os.setgid(65534); os.setuid(65534); sys.exit(main([]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=COURSE, capture_output=True, text=True, check=False)
    assert "Not root" in refusal(done)
    assert "--everyone-can-read-everything" in done.stderr


@pytest.mark.skipif(not ROOT, reason="only root is refused this")
def test_as_root_nobody_gets_an_account_that_can_do_everything() -> None:
    assert "every learner would be root" in refusal(workshop("--everyone-can-read-everything"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--no-such-thing"], "unrecognized arguments"),
        (["--memory", "5M"], "is no size of 300M or more"),
        ([*MODE, "--port", "70000"], "Can't listen"),
        ([*MODE, "--address", "256.0.0.1"], "Can't listen"),
        pytest.param(["--homes", "/" + "x" * 60], "too long a path", marks=needs_a_room),
    ],
)
def test_what_makes_no_sense_is_one_line(arguments: list[str], words: str) -> None:
    assert words in refusal(workshop(*arguments))


def test_a_taken_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port}" in refusal(workshop(*MODE, "--port", port))


def test_a_word_that_is_too_short_is_one_line() -> None:
    assert "at least 8 characters" in refusal(workshop(*MODE, WORKSHOP_WORD="short"))


@pytest.mark.skipif(shutil.which("useradd") is None or os.geteuid() != 0, reason="needs root and useradd")
def test_an_account_that_isnt_ours_is_neither_used_nor_removed(tmp_path: Path) -> None:
    somebody = pwd.getpwuid(65534).pw_name
    with pytest.raises(AccountError, match="not made by a workshop"):
        make_account(somebody, tmp_path)
    with pytest.raises(AccountError, match="it stays"):
        remove_account(somebody)
    assert pwd.getpwnam(somebody)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A course in a folder that only its owner can enter, inside one that everyone can."""
    folder = tmp_path / "closed"
    (folder / "course" / "notebooks").mkdir(parents=True)
    (folder / "course" / "lesson").write_text("a lesson")
    (folder / "private").write_text("nobody's business")
    (folder / "course").chmod(0o755)
    folder.chmod(0o700)
    yield folder
    folder.chmod(0o700)


def test_a_folder_that_keeps_learners_out_is_found(closed: Path) -> None:
    outermost = next(iter(closed_folders([closed / "course"])))
    assert outermost in [closed, *closed.parents]
    assert not outermost.stat().st_mode & 0o001


@pytest.mark.skipif(shutil.which("unshare") is None or os.geteuid() != 0, reason="needs root and unshare")
def test_learners_reach_the_course_in_a_closed_folder_and_nothing_else_of_it(closed: Path, tmp_path: Path) -> None:
    look = f"cat '{closed}/course/lesson'; ls -A '{closed}'"
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", look]
    command = with_reach(become, [closed / "course"], tmp_path / "frames")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert (done.stdout, done.stderr) == ("a lessoncourse\n", "")
    # Only in that process's view: here, all is as it was.
    assert closed.stat().st_mode & 0o777 == 0o700
    assert (closed / "private").read_text() == "nobody's business"


def test_the_newer_control_groups_are_written_as_linux_wants_them(tmp_path: Path) -> None:
    """A stand-in for /sys/fs/cgroup of version 2, which this machine needn't have."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    (tmp_path / "cgroup.subtree_control").write_text("")
    groups = memory_groups(Path("/some/state"), root=tmp_path)
    assert groups is not None
    assert groups.limit("ana", 1 << 30) == groups.folder / "ana" / "cgroup.procs"
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory"
    assert (groups.folder / "cgroup.subtree_control").read_text() == "+memory"
    assert (groups.folder / "ana" / "memory.max").read_text() == str(1 << 30)


def test_where_there_are_no_control_groups_there_is_no_pretence(tmp_path: Path) -> None:
    assert memory_groups(Path("/some/state"), root=tmp_path) is None
