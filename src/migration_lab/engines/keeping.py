"""Use a server that a keeper keeps: for as long as this process lives, and again at once when it was killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from filelock import FileLock, Timeout

from migration_lab.engines.course import CourseError
from migration_lab.engines.keeper import LOOPBACK, SOCKET, Plan, connect

_KEEPER = Path(__file__).with_name("keeper.py")
_PATIENCE = 130.0  # seconds: longer than a keeper waits for the one before it, and then for its server
LONGEST_SOCKET = 103 if sys.platform == "darwin" else 107  # bytes: unix(7), and macOS's sys/un.h

_lock = threading.Lock()
_used: dict[tuple[int, str], socket.socket] = {}
_keepers: list[subprocess.Popen[str]] = []


class EngineError(CourseError):
    """A database can't be had, or isn't the course's to make or drop."""


def use(plan: Plan) -> int:
    """See that the server of ``plan`` runs, and keep it while this process lives.

    Returns the number of the server's process. Raises EngineError where it can't start.
    """
    longest = max((str(Path(plan.folder) / SOCKET), plan.server_socket), key=lambda path: len(os.fsencode(path)))
    on_loopback = plan.server_socket.startswith(f"{LOOPBACK}:")
    if (length := len(os.fsencode(longest))) > LONGEST_SOCKET and not on_loopback:
        raise EngineError(
            f"{plan.name} can't start: the name of its socket, {longest}, has {length} bytes, and {LONGEST_SOCKET} are "
            "possible: move the course to a shorter path, or name a folder with one in MIGRATION_LAB_SCRATCH"
        )
    # A process that was forked has its parent's connections, on which it must not talk.
    key = (os.getpid(), plan.folder)
    with _lock:
        for keeper in [keeper for keeper in _keepers if keeper.poll() is not None]:
            _keepers.remove(keeper)
        user = _used.pop(key, None)
        answer = _ask(user) if user is not None else None
        if user is None or answer is None:
            user, answer = _first_use(plan)
        if "error" in answer:
            user.close()  # a keeper without a server needs no users
            raise EngineError(str(answer["error"]))
        _used[key] = user
    return int(str(answer["ready"]))


def _first_use(plan: Plan) -> tuple[socket.socket, dict[str, object]]:
    """Connect to the keeper, starting it where there is none; what it answers."""
    folder = Path(plan.folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f"{folder.name}.lock", timeout=_PATIENCE):
            for _ in range(5):
                user = _connect(folder / SOCKET) or _start(plan)
                # One that is about to end hangs up: the next takes over from it.
                if (answer := _ask(user)) is not None:
                    return user, answer
    except Timeout:
        raise EngineError(f"{plan.name} can't start: another process has been starting it for too long") from None
    except OSError as error:
        raise EngineError(f"{plan.name} can't start: {error.strerror}: {error.filename or folder}") from error
    raise EngineError(f"{plan.name} can't start: its keeper ends again and again; its log is in {folder}")


def _connect(path: Path) -> socket.socket | None:
    try:
        # A file there tells a port; its keeper may have ended without taking it away, and the port be nobody's.
        return connect(path.read_text(encoding="utf-8") if path.is_file() else str(path), _PATIENCE)
    except (FileNotFoundError, ConnectionRefusedError):
        return None


def _start(plan: Plan) -> socket.socket:
    """Start a keeper in a session of its own, where no interrupt of this one reaches it."""
    keeper = subprocess.Popen(
        [sys.executable, "-I", str(_KEEPER), plan.to_json()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        encoding="utf-8",
    )
    assert keeper.stdout is not None
    with keeper.stdout:
        word = keeper.stdout.readline()
    _keepers.append(keeper)
    try:
        said = json.loads(word)
    except ValueError:
        said = {"error": f"{plan.name} can't start: its keeper said {word.strip()!r}"}
    if "error" in said:
        keeper.wait()
        raise EngineError(str(said["error"]))
    user = _connect(Path(said["listening"]))
    if user is None:
        raise EngineError(f"{plan.name} can't start: its keeper ended at once")
    return user


def _ask(user: socket.socket) -> dict[str, object] | None:
    """What the keeper says to one more use: None where it is gone, and the connection is closed then."""
    try:
        user.sendall(b"use\n")
        said = b""
        while not said.endswith(b"\n"):
            part = user.recv(10_000)
            if not part:
                raise ConnectionResetError
            said += part
        answer: dict[str, object] = json.loads(said)
    except (OSError, ValueError):  # or another program's, which has its port now
        user.close()
        return None
    return answer
