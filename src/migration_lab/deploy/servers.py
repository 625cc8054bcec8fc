"""Versions of an app that are served, seen from the kernel: each in a process of its own, at an address of its own."""

from __future__ import annotations

import atexit
import contextlib
import http.client
import itertools
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migration_lab.engines import CourseError

_PATIENCE = 10.0  # seconds to wait for an answer
_START = 30.0  # and for a version to be imported, or a migration to be through, however busy the machine
_HOST = Path(__file__).with_name("host.py")


class DeployError(CourseError):
    """A version of the app can't be served, or isn't ready for people. One line, with the reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from one request. ``status`` is 0 where nothing did, and ``words`` say why."""

    status: int
    words: str = ""
    statement: str = ""
    """The SQL that the database refused, where the app tells it."""

    @property
    def works(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300


class Served:
    """A version that is being served. Made by :func:`serve`."""

    def __init__(self, number: int, version: str, process: int, port: int) -> None:
        self.number, self.version, self.process, self.port = number, version, process, port

    @property
    def address(self) -> str:
        """For a browser: ``http://127.0.0.1:40123``."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """Send one request and wait for its answer."""
        status, text = self._send(method, path, body)
        return Answer(status, *_reason(text)) if status >= 300 or not status else Answer(status)

    def read(self, path: str) -> Any:
        """What a GET is answered with; None where it fails."""
        status, text = self._send("GET", path)
        return json.loads(text) if status == 200 else None

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error) or type(error).__name__
        finally:
            connection.close()

    def end(self) -> None:
        """End it, once what it is answering is answered. Harmless when repeated."""
        _host().order("end", self.number)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def serve(folder: Path, version: str, seconds: float = _START) -> Served:
    """Serve ``folder/VERSION/main.py`` with uvicorn, on a free port of this machine, until it or this kernel ends.

    Raises DeployError with the app's own words where it can't be imported, or not within so many seconds.
    """
    number = next(_Host.numbers)
    process, port, trouble = _host().order("serve", number, seconds, str(folder), version)
    if trouble:
        raise DeployError(f"{version} can't be served: {trouble}")
    return Served(number, version, process, port)


def migrate(folder: Path, direction: str, revision: str, seconds: float = _START) -> None:
    """Run ``alembic upgrade`` or ``downgrade`` in a process of its own: a migration may end the one it runs in.

    Raises DeployError with the first line of what it failed with.
    """
    *_, trouble = _host().order("migrate", next(_Host.numbers), seconds, str(folder), direction, revision)
    if trouble:
        raise DeployError(trouble)


class _Host:
    """The process of ``host.py``, which ends with this one."""

    numbers = itertools.count(1)

    def __init__(self) -> None:
        # -I: a learner's folder must not be where Python finds its modules. A session of its own: an interrupt is meant
        # for the cell that runs.
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_HOST)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
            encoding="utf-8",
        )
        self._lock = threading.Lock()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def order(self, *words: object) -> tuple[int, int, str]:
        """Give an order and wait until it is done. Raises DeployError where the process has ended."""
        with self._lock:
            try:
                assert self._process.stdin is not None
                assert self._process.stdout is not None
                self._process.stdin.write(json.dumps(words) + "\n")
                self._process.stdin.flush()
                _, process, port, trouble = json.loads(self._process.stdout.readline())
            except (OSError, ValueError):
                if words[0] == "end":
                    return 0, 0, ""
                raise DeployError(
                    "the process that serves the app has ended: is FastAPI there? pip install 'migration-lab[app]'"
                ) from None
            except BaseException:
                self.close()  # an interrupt: the answer that is still to come must not be taken for the next one's
                raise
        return process, port, trouble

    def close(self) -> None:
        """End it, and all that it serves."""
        self._process.kill()
        self._process.wait()
        for channel in (self._process.stdin, self._process.stdout):
            assert channel is not None
            with contextlib.suppress(OSError):
                channel.close()


_hosts: list[_Host] = []
_starting = threading.Lock()


def _host() -> _Host:
    with _starting:
        if not _hosts or not _hosts[-1].alive:
            _hosts[:] = [_Host()]
            atexit.register(_hosts[-1].close)
        return _hosts[-1]


def _reason(text: str) -> tuple[str, str]:
    """The words of a refusal, and its SQL."""
    try:
        told = json.loads(text)
        words, statement = told["detail"], told.get("statement") or ""
    except (ValueError, TypeError, KeyError):
        words, statement = text, ""
    return " ".join(str(words).split()) or "no word of why", str(statement)
