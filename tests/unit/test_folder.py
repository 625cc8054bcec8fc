"""Replacing one folder by another, with and without a system that can exchange two names."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from migration_lab.lessons import replace as folder
from migration_lab.lessons.replace import clear_leftovers, delete_folder, leftover_targets, replace_folder


@pytest.fixture(params=["one step", "two steps"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With the system's own exchange of two names, where it has one, and without."""
    if request.param == "two steps":
        monkeypatch.setattr(folder, "_exchange", lambda one, other: False)
    return str(request.param)


def make(path: Path, content: str) -> Path:
    (path / "inside").mkdir(parents=True)
    (path / "inside" / "file").write_text(content, encoding="utf-8")
    return path


def content(path: Path) -> str:
    return (path / "inside" / "file").read_text(encoding="utf-8")


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.iterdir())


def test_a_folder_takes_the_place_of_another_and_nothing_is_left_beside_it(tmp_path: Path, either_way: str) -> None:
    target = make(tmp_path / "größe x", "old")
    replace_folder(make(tmp_path / "new", "new"), target)
    assert content(target) == "new"
    assert names(tmp_path) == ["größe x"]


def test_a_folder_takes_a_free_place(tmp_path: Path, either_way: str) -> None:
    replace_folder(make(tmp_path / "new", "new"), tmp_path / "target")
    assert content(tmp_path / "target") == "new"
    assert names(tmp_path) == ["target"]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux, which can exchange two names")
def test_linux_exchanges_the_two_in_one_step(tmp_path: Path) -> None:
    one, other = make(tmp_path / "one", "1"), make(tmp_path / "other", "2")
    assert folder._exchange(one, other)
    assert (content(one), content(other)) == ("2", "1")
    assert not folder._exchange(one, tmp_path / "missing")


def test_a_refusal_of_the_system_leaves_the_old_folder_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_exchange", lambda one, other: False)
    target = make(tmp_path / "target", "old")
    with pytest.raises(OSError, match="missing"):
        replace_folder(tmp_path / "missing", target)
    assert content(target) == "old"
    assert names(tmp_path) == ["target"]


def test_what_a_kill_between_two_steps_left_is_put_back(tmp_path: Path) -> None:
    make(tmp_path / ".old-target-7", "old")
    make(tmp_path / ".new-target-7", "half")
    make(tmp_path / ".old-target_2-7", "another's")
    clear_leftovers(tmp_path / "target")
    assert content(tmp_path / "target") == "old"
    assert names(tmp_path) == [".old-target_2-7", "target"]


def test_what_a_kill_after_the_replacement_left_is_deleted(tmp_path: Path) -> None:
    make(tmp_path / "target", "new")
    make(tmp_path / ".old-target-7", "old")
    make(tmp_path / ".old-target-8", "older")
    clear_leftovers(tmp_path / "target")
    assert content(tmp_path / "target") == "new"
    assert names(tmp_path) == ["target"]


def test_leftovers_name_the_folder_that_they_belong_to(tmp_path: Path) -> None:
    for name in (".new-02_a-7", ".old-02_a-8", ".old-03_b_2-9", ".new-x", ".locks", "02_a", "new-04_c-7", ".new--7"):
        (tmp_path / name).mkdir()
    assert leftover_targets(tmp_path) == {tmp_path / "02_a", tmp_path / "03_b_2"}


def test_deleting_tries_again_where_a_file_is_held_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, held = make(tmp_path / "target", "x"), [PermissionError("in use")] * 3
    unlink = os.unlink

    def refuse_first(*arguments: object, **options: object) -> None:
        if held:
            raise held.pop()
        unlink(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "unlink", refuse_first)
    monkeypatch.setattr("migration_lab.lessons.replace.time.sleep", lambda seconds: None)
    delete_folder(target)
    assert not target.exists()
    delete_folder(target)  # gone already


def test_deleting_gives_up_on_a_file_that_stays_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, "in use")

    target = make(tmp_path / "target", "x")
    monkeypatch.setattr(os, "unlink", refuse)
    monkeypatch.setattr("migration_lab.lessons.replace.time.sleep", lambda seconds: None)
    with pytest.raises(PermissionError, match="in use"):
        delete_folder(target)
    assert content(target) == "x"
