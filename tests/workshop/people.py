"""A room for tests, and the people in it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from workshop.accounts import our_accounts
from workshop.load_test import room_settings
from workshop.memory import memory_groups
from workshop.room import TOOLS, Room, remove_learners, running
from workshop.settings import INSTRUCTOR, Settings
from workshop.visitor import Kernel, Visitor


def missing() -> str:
    """Why no room can be held here, empty where one can."""
    if sys.platform != "linux":
        return "learners' system accounts are made as Linux does it"
    if os.geteuid() != 0:
        return "learners' system accounts need root"
    if importlib.util.find_spec("jupyterhub") is None:
        return "JupyterHub isn't installed: pip install -e '.[workshop]'"
    lacking = [tool for tool in (*TOOLS, "node", "npm") if shutil.which(tool) is None]
    return f"missing: {', '.join(lacking)}" if lacking else ""


PATIENCE = 60
needs_a_room = pytest.mark.skipif(bool(missing()), reason=missing() or "-")
# One worker holds all rooms: each is a hub and servers, and two at once would be slower than one after the other.
in_one_worker = pytest.mark.xdist_group("workshop")


@contextlib.contextmanager
def held_room(prefix: str, **changes: Any) -> Iterator[Room]:
    """A running room in a folder of its own. With the end of the block nothing of it is left, and that is checked."""
    with tempfile.TemporaryDirectory(prefix="ml-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # learners' accounts pass through it
        settings = replace(room_settings(folder, prefix=prefix), **changes)
        remove_learners(settings)
        try:
            with running(settings) as room:
                yield room
                groups = memory_groups(settings.state)
                family = everyone(room)
            assert wait_until_gone(family) == []
            # Made at the top or beside this process's own, where nobody else would remove it.
            assert groups is None or not groups.folder.exists()
        finally:
            remove_learners(settings)
        assert our_accounts(settings.prefix) == []


def descendants(room: Room) -> list[psutil.Process]:
    """All processes that the hub started, and those that they started. None where the hub was killed."""
    try:
        family: list[psutil.Process] = psutil.Process(room.process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return family


def visitor(settings: Settings, name: str) -> Visitor:
    """Someone who knows the word: the instructor's, for the instructor."""
    word = settings.instructor_word if name == INSTRUCTOR else settings.word
    return Visitor(settings.url, name, word, secret=f"the secret of {name}", certificate=settings.certificate)


def everyone(room: Room) -> list[psutil.Process]:
    """The hub's family, and what learners started that has left it."""
    accounts = tuple(our_accounts(room.settings.prefix))
    strays = [process for process in psutil.process_iter(["username"]) if process.info["username"] in accounts]
    return list({*descendants(room), *strays})


def wait_until_gone(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while left := [process for process in processes if lives(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return left


def lives(process: psutil.Process) -> bool:
    """Whether the process runs. One that has ended, and that its parent hasn't asked about yet, doesn't."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


class Person:
    """Someone in the room with a server and a kernel, for tests that aren't coroutines."""

    def __init__(self, runner: asyncio.Runner, settings: Settings, name: str) -> None:
        self.runner, self.settings, self.name = runner, settings, name
        self.visitor = visitor(settings, name)
        self.kernel: Kernel = runner.run(self._arrive())

    async def _arrive(self) -> Kernel:
        answer = await self.visitor.sign_in()
        assert answer.status_code == 302, answer.text
        await self.visitor.start_server()
        return await self.visitor.kernel()

    def run(self, code: str) -> str:
        """What the code prints in this person's kernel. An error there is one here."""
        outcome = self.runner.run(self.kernel.run(code))
        assert outcome.error == "", outcome.error
        return outcome.text.strip()

    def error(self, code: str) -> str:
        """The error that the code ends in."""
        return self.runner.run(self.kernel.run(code)).error

    def ask(self, method: str, path: str) -> int:
        """The status of a request with this person's token."""
        return self.runner.run(self.visitor.ask(method, path)).status_code

    def leave(self) -> None:
        """Close the connections."""
        self.kernel.socket.close()
        self.runner.run(self.visitor.client.aclose())

    @property
    def home(self) -> Path:
        """The home of their account."""
        return self.settings.homes / self.settings.account(self.name)
