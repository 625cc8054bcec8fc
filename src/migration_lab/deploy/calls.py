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

from migration_lab.deploy.servers import Answer, DeployError, Served
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
    versions: tuple[str, ...] = ()
    """Those that can do it; ``()``: all."""

    def send(self, served: Served) -> Answer:
        """Send it once."""
        body = {key: value.replace(":word", secrets.token_hex(6)) for key, value in (self.body or {}).items()}
        return served.ask(self.method, self.path, body or None)


CALLS = (
    Call("list", "SELECT", "GET", "/users"),
    Call("create", "INSERT", "POST", "/users", {"username": ":word"}),
    Call("rename", "UPDATE", "PATCH", "/users/1", {"username": ":word"}),
    # Its own user: who is deactivated must stay so, whatever the schema goes through.
    Call("deactivate", "UPDATE", "POST", "/users/2/deactivate", versions=("between", "after")),
)


def calls_to(version: str) -> tuple[Call, ...]:
    """What people ask of that version."""
    return tuple(call for call in CALLS if not call.versions or version in call.versions)


class Callers:
    """A process whose people call each served version at a steady rate, and whose answers go into ``record``.

    A request is of the kind that its version is called, by a client that is called what it asks for.
    """

    def __init__(self, record: Record, rate: float, patience: float) -> None:
        self._record, self._rate, self._patience = record, rate, patience
        self._since: dict[str, float] = {}
        self._stopped: dict[str, threading.Event] = {}
        self._lost: list[str] = []
        self._giving_up = threading.Lock()
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
        calls = calls_to(served.version)
        requests = [
            {
                "name": call.name,
                "method": call.method,
                "path": call.path,
                "body": call.body,
                "rate": self._rate,
                "offset": place / (self._rate * len(calls)),  # never all at the same moment
                "patience": self._patience,
            }
            for place, call in enumerate(calls)
        ]
        self._order("call", served.version, served.port, start, requests)

    def stop(self, version: str) -> None:
        """Call it no longer, and wait for the last answers. Raises DeployError where they don't come.

        Then a request of each kind, which may have been on its way, counts as failed.
        """
        self._order("stop", version)
        self._stopped[version].wait(_LAST)
        self._give_up(version)
        self.check()

    def check(self) -> None:
        """Raise DeployError where answers of a version were waited for in vain, or all of them: the client is gone."""
        if self._lost:
            raise DeployError(f"no word of the last requests to {', '.join(self._lost)}: nobody calls any more")

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
        for version in list(self._stopped):
            self._give_up(version)

    def _give_up(self, version: str) -> None:
        with self._giving_up:
            if self._stopped[version].is_set():
                return
            self._lost.append(version)
            for call in calls_to(version):
                self._record.add(Request(self._record.now, 0.0, version, call.name, "no word of what came of it"))
            self._stopped[version].set()
