"""One client's process, seen from the one that started it: its answers go into the record as they come."""

from __future__ import annotations

import contextlib
import json
import math
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from migration_lab.engines import EngineError
from migration_lab.load.record import Record, Request

_CLIENT = Path(__file__).with_name("client.py")


class ClientProcess:
    """Starts ``client.py`` with a plan, and takes its answers down as requests of ``kind`` by ``name``."""

    def __init__(self, record: Record, kind: str, name: str, plan: Mapping[str, Any]) -> None:
        self._record = record
        self._kind, self._name = kind, name
        self._rate, self._offset, self._most = plan["rate"], plan["offset"], plan["most"]
        self._last = plan["seconds"]
        self._answered = 0
        self._going = False
        self._said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        # -I: a learner's folder must not be where Python finds its modules. A session of its own: an interrupt is meant
        # for what the block does.
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_CLIENT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
            encoding="utf-8",
        )
        self._order(plan)
        self._listener = threading.Thread(target=self._listen, name=f"client {name}", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """Its number among the processes."""
        return self._process.pid

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until it is connected. Raises EngineError, with its words, where it can't."""
        try:
            said = self._said.get(timeout=seconds)
        except queue.Empty:
            said = {"problem": "it hasn't been ready in time"}
        if "problem" in said:
            raise EngineError(f"the client {self._name} can't work: {said['problem']}")

    def go(self, start: float) -> None:
        """Have it begin at this moment of ``time.monotonic``."""
        self._going = True
        self._order(["go", start])

    def stop(self, last: float) -> None:
        """Nothing is due any more later than ``last`` seconds after its start."""
        self._last = min(self._last, last)
        self._order(["stop", last])

    def wait(self, seconds: float) -> None:
        """Wait until it has told its last answer, and end it where it takes longer. Closes all that belongs to it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
        self.kill()

    def kill(self) -> None:
        """End it, and take down what it hasn't answered as failures. Harmless when repeated."""
        ended = self._process.poll()
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for channel in (self._process.stdin, self._process.stdout):
            assert channel is not None
            with contextlib.suppress(OSError):
                channel.close()
        why = "no answer in time" if ended is None else "no answer: the client was ended"
        for request in list(self.waiting()):
            self._record.add(Request(request.began, request.took, request.kind, request.client, why))
        self._going = False

    def waiting(self) -> Iterator[Request]:
        """Its requests that are due and not answered yet."""
        now = self._record.now
        if not self._going:
            return
        first, last = self._answered, math.floor((min(now, self._last) - self._offset) * self._rate)
        for number in range(first, min(last + 1, self._most)):
            due = self._offset + number / self._rate
            yield Request(due, now - due, self._kind, self._name)

    def _order(self, what: object) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended, and its output says so
            self._process.stdin.write(json.dumps(what, default=str) + "\n")
            self._process.stdin.flush()

    def _listen(self) -> None:
        """Take down what it tells until its output ends."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if isinstance(told, dict):
                self._said.put(told)
            else:
                due, took, error = told
                self._record.add(Request(due, took, self._kind, self._name, error))
                self._answered += 1
        self._said.put({"problem": "it ended at once"})
