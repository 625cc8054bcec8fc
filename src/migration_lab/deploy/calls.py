"""What people ask of the app: a request for each kind of statement that a new column can break."""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migration_lab.deploy.servers import Answer, Served
from migration_lab.load import Record, Request

_CLIENT = Path(__file__).with_name("client.py")
_LAST = 10.0  # seconds to wait for the last answers


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``:word`` in its body stands for a text that is new each time."""

    name: str
    statement: str
    """What it has the database do: ``SELECT``, ``INSERT`` or ``UPDATE``."""
    method: str
    path: str
    body: dict[str, str] | None = None

    def send(self, served: Served) -> Answer:
        """Send it once."""
        body = {key: value.replace(":word", secrets.token_hex(6)) for key, value in (self.body or {}).items()}
        return served.ask(self.method, self.path, body or None)


CALLS = (
    Call("list", "SELECT", "GET", "/users"),
    Call("create", "INSERT", "POST", "/users", {"username": ":word"}),
    Call("rename", "UPDATE", "PATCH", "/users/1", {"username": ":word"}),
)


class Callers:
    """A process whose people call each served version at a steady rate, and whose answers go into ``record``.

    A request is of the kind that its version is called, by a client that is called what it asks for.
    """

    def __init__(self, record: Record, rate: float, patience: float) -> None:
        self._record = record
        self._plan = [
            {
                "name": call.name,
                "method": call.method,
                "path": call.path,
                "body": call.body,
                "rate": rate,
                "offset": place / (rate * len(CALLS)),  # never all at the same moment
                "patience": patience,
            }
            for place, call in enumerate(CALLS)
        ]
        self._since: dict[str, float] = {}
        self._stopped: dict[str, threading.Event] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_CLIENT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
            encoding="utf-8",
        )
        self._listener = threading.Thread(target=self._listen, name="callers", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """Its number among the processes."""
        return self._process.pid

    def call(self, served: Served) -> None:
        """Begin to call a version."""
        start = time.monotonic()
        self._since[served.version] = start - self._record.start
        self._stopped[served.version] = threading.Event()
        self._order("call", served.version, served.port, start, self._plan)

    def stop(self, version: str) -> None:
        """Call it no longer, and wait for the last answers."""
        self._order("stop", version)
        self._stopped[version].wait(_LAST)

    def close(self) -> None:
        """End it. Harmless when repeated."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for channel in (self._process.stdin, self._process.stdout):
            assert channel is not None
            with contextlib.suppress(OSError):
                channel.close()

    def _order(self, *words: Any) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(words) + "\n")
            self._process.stdin.flush()

    def _listen(self) -> None:
        """Take down what it tells until its output ends."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            version, *told = json.loads(line)
            if told:
                name, due, took, error = told
                self._record.add(Request(self._since[version] + due, took, version, name, error))
            else:
                self._stopped[version].set()
        for stopped in self._stopped.values():
            stopped.set()
