"""A learner's server: a process of the learner's own account, in the learner's own folder, within limits."""

from __future__ import annotations

import asyncio
import os
import pwd
import random
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from jupyterhub.spawner import LocalProcessSpawner

from migration_lab.lab.server import START_PAGE
from workshop.accounts import end_processes, make_account
from workshop.memory import memory_groups
from workshop.settings import COURSE, INSTRUCTOR, Settings

HERE = Path(__file__).resolve().parent
# Threads count as processes here, and a kernel has a dozen: enough for every lesson at once, too few for a fork bomb.
PROCESSES = 500
# Below those that a system gives to whoever asks for any, as the apps of lesson 10 do.
PORTS = range(20_000, 32_000)


class LearnerSpawner(LocalProcessSpawner):  # type: ignore[misc]  # JupyterHub has no types
    """Starts servers with an account and a folder for each learner, made when needed."""

    # JupyterHub asks for a free port, and seconds later the server listens there. When a room signs in at once, two
    # would be told the same one, and a learner sent to the server of another (seen once among thirty).
    _taken: ClassVar[set[int]] = set()

    @property
    def settings(self) -> Settings:
        """The workshop's."""
        return Settings.from_environment()

    @property
    def home(self) -> Path:
        """The learner's home."""
        name = self.settings.account(self.user.name)
        return Path(pwd.getpwnam(name).pw_dir) if self.settings.separate else self.settings.homes / name

    async def start(self) -> tuple[str, int]:
        """Make what the learner needs, then start the server. Returns where it listens."""
        await asyncio.to_thread(self._prepare)
        course = self.home / "course"
        self.notebook_dir = str(course)
        self.default_url = START_PAGE
        self.port = self.take_port()
        started: tuple[str, int] = await super().start()
        return started

    def take_port(self) -> int:
        """A port that nothing listens on, and that no other server was told."""
        for port in random.sample(PORTS, len(PORTS)):
            if port not in self._taken and _is_free(port):
                self._taken.add(port)
                return port
        raise RuntimeError(f"no port between {PORTS[0]} and {PORTS[-1]} is free")

    def give_port_back(self) -> None:
        """The server has ended. Harmless when repeated."""
        self._taken.discard(self.port)

    def _prepare(self) -> None:
        settings, name = self.settings, self.user.name
        extra = [HERE / "dashboard.ipynb"] if name == INSTRUCTOR else [HERE / "learner-side" / "share_progress.ipynb"]
        command = [sys.executable, str(HERE / "folder.py"), str(COURSE)]
        if not settings.separate:
            self.home.mkdir(parents=True, exist_ok=True)
            subprocess.run([*command, str(self.home / "course"), *map(str, extra)], check=True)
            (settings.shared / name).mkdir(parents=True, exist_ok=True)
            return
        account = make_account(settings.account(name), settings.homes)
        subprocess.run(
            [*command, str(Path(account.pw_dir) / "course"), *map(str, extra)],
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            env={"HOME": account.pw_dir},
            cwd=account.pw_dir,
            check=True,
        )
        # The learner writes, the instructor reads through the group that files here inherit, nobody else enters.
        instructor = make_account(settings.account(INSTRUCTOR), settings.homes)
        os.chown(settings.shared, 0, instructor.pw_gid)
        settings.shared.chmod(0o751)
        shared = settings.shared / name
        shared.mkdir(exist_ok=True)
        os.chown(shared, account.pw_uid, instructor.pw_gid)
        shared.chmod(0o2750)

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """What the new process does before it becomes the learner's server. ``name`` is the learner's."""
        settings = self.settings
        become = super().make_preexec_fn(settings.account(name)) if settings.separate else None
        groups = memory_groups(settings.state) if settings.separate else None
        members = groups.limit(name, settings.memory) if groups else None

        def prepare() -> None:
            if members:
                members.write_text(str(os.getpid()))
            # Of private memory, each process: in a kernel, asking for more is a MemoryError, which teaches more than
            # a kernel that is gone.
            resource.setrlimit(resource.RLIMIT_DATA, (settings.memory, settings.memory))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if become:
                resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
                become()
            os.umask(0o077)

        return prepare

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add to ``env`` what a learner's server needs to know."""
        home = self.home
        env.update(
            USER=self.settings.account(self.user.name),
            HOME=str(home),
            SHELL="/bin/bash" if Path("/bin/bash").exists() else "/bin/sh",
            # A short path: see workshop.room.LONGEST_HOMES.
            JUPYTER_RUNTIME_DIR=str(home / ".run"),
            PYTHONPATH=str(HERE / "learner-side"),
            JUPYTER_CONFIG_PATH=str(HERE / "learner-side"),
            MIGRATION_LAB_SHARED=str(self.settings.shared),
            MIGRATION_LAB_LEARNER=self.user.name,
            **FRUGAL,
        )
        return env

    async def stop(self, now: bool = False) -> None:
        """Stop the server and whatever else the learner started."""
        await super().stop(now)
        self.give_port_back()
        if self.settings.separate:
            await asyncio.to_thread(end_processes, self.settings.account(self.user.name))


def _is_free(port: int) -> bool:
    with socket.socket() as trying:
        try:
            trying.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


# Each thread of a library for linear algebra, and each arena of glibc's, holds memory that these lessons don't use.
FRUGAL = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}


def server_command() -> list[str]:
    """The command of a learner's server: it ends when the hub does, however the hub ends."""
    server = str(Path(sys.executable).parent / "jupyterhub-singleuser")
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", server] if setpriv else [server]
