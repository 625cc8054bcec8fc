"""A session as Binder starts it: an ordinary user, an environment of its own, a base URL and a token."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TOKEN = "only-for-this-test"
BASE_URL = "/user/someone-course-x1y2/"
SECONDS = 120


@dataclass(frozen=True)
class Account:
    """Who runs the session: ``nobody`` where the tests run as root, else whoever runs them."""

    name: str | None
    identity: tuple[int, int] | None

    @property
    def arguments(self) -> dict[str, Any]:
        """For subprocess: become this user, with none of the groups of the one before."""
        if self.identity is None:
            return {}
        return {"user": self.identity[0], "group": self.identity[1], "extra_groups": []}

    def give(self, *paths: Path) -> None:
        """Make this user the owner of ``paths`` and all in them."""
        if self.identity is not None:
            for path in paths:
                for each in (path, *path.rglob("*")):
                    os.chown(each, *self.identity)


def ordinary_account() -> Account:
    """An account without rights. Skips where the system has none."""
    if sys.platform == "win32":
        pytest.skip("a Binder session is Linux's")
    if os.geteuid() != 0:
        return Account(None, None)
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("the tests run as root, and there is no user nobody to run the session as")
    return Account("nobody", (entry.pw_uid, entry.pw_gid))


def find_python(account: Account) -> str:
    """A Python that ``account`` may run: root's own may be in a home that is closed to others. Skips without one."""
    names = [f"python3.{minor}" for minor in range(20, 10, -1)]
    candidates = [getattr(sys, "_base_executable", sys.executable), *filter(None, map(shutil.which, names))]
    candidates += [f"/usr/bin/{name}" for name in names]
    probe = "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))"
    for candidate in candidates:
        with contextlib.suppress(OSError):
            done = subprocess.run([candidate, "-c", probe], capture_output=True, check=False, **account.arguments)
            if done.returncode == 0:
                return candidate
    pytest.skip("no Python 3.11 or newer with venv that an ordinary user may run: apt install python3-venv")


def build(clone: Path, home: Path, account: Account) -> Path:
    """Install the course into a new environment in ``home`` as ``account``. Returns the folder of its commands.

    The packages are fetched by whoever runs the tests, whose pip has a cache and knows its index.
    """
    commands = home / "environment" / "bin"
    environment = plain_environment(home, commands)
    user = {"cwd": home, "env": environment, "stdin": subprocess.DEVNULL, "check": True, **account.arguments}
    subprocess.run([find_python(account), "-m", "venv", commands.parent], **user)
    wheels = home.with_name("wheels")
    pip: list[str | Path] = [commands / "python", "-m", "pip"]
    fetch = [*pip, "download", "--quiet", "--dest", wheels, f"{clone}[course]", "hatchling", "editables"]
    fetched = subprocess.run(fetch, cwd=home, capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"pip can't fetch the packages: {fetched.stderr.strip().splitlines()[-1:]}")
    # Without compiling what a session never imports.
    install = [*pip, "install", "--quiet", "--no-index", "--no-compile", "--find-links", wheels]
    subprocess.run([*install, "--editable", f"{clone}[course]"], **user)
    return commands


def plain_environment(home: Path, commands: Path) -> dict[str, str]:
    """The environment variables of a session: none of the tests' own."""
    path = os.pathsep.join([str(commands), "/usr/local/bin", "/usr/bin", "/bin"])
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@dataclass(frozen=True)
class Session:
    """A running session. ``url`` is its address with the base URL, without a slash at the end."""

    url: str
    course: Path
    account: Account

    def address(self, path: str) -> str:
        """The address that Binder sends the browser to for ``urlpath=path``."""
        return f"{self.url}/{path}{'&' if '?' in path else '?'}token={TOKEN}"


@contextlib.contextmanager
def running_session(course: Path, home: Path, commands: Path, account: Account) -> Iterator[Session]:
    """Start JupyterLab in ``course`` with the arguments that BinderHub passes (its BinderSpawnerMixin.get_args)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    old = [
        f"--NotebookApp.base_url={BASE_URL}",
        f"--NotebookApp.token={TOKEN}",
        "--NotebookApp.trust_xheaders=True",
        "--NotebookApp.default_url=/lab/",
    ]
    new = [argument.replace("--NotebookApp.", "--ServerApp.") for argument in old]
    # Not BinderHub's: the address, which there is 0.0.0.0 of a container, and what lets the tests look inside.
    ours = ["--ip=127.0.0.1", "--LabApp.expose_app_in_browser=True", "--no-browser"]
    log = home / "jupyter.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [commands / "jupyter-lab", f"--port={port}", *old, *new, *ours],
            cwd=course,
            env=plain_environment(home, commands),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **account.arguments,
        )
    try:
        url = f"http://127.0.0.1:{port}{BASE_URL.rstrip('/')}"
        _wait_until_served(url, process, log)
        session = Session(url, course, account)
        try:
            urllib.request.urlopen(session.address("course/work"), timeout=SECONDS).close()
        except urllib.error.HTTPError as error:
            said = log.read_text(encoding="utf-8", errors="replace")
            raise AssertionError(f"the course's server extension is not there ({error}):\n{said}") from error
        yield session
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # whatever it left behind


def _wait_until_served(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{url}/api?token={TOKEN}", timeout=5).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
