"""One client of a database: sends one kind of request at a steady rate, and tells when each was due and what came.

Run by its path, ``python -I client.py``, on the standard library and the database's driver alone: several of them must
leave the machine to what they are there to measure. A line of JSON on its standard input says what to do; it connects
and says ``{"ready": true}``, or ``{"problem": "..."}``. ``["go", start]`` gives the moment from which it counts, on
``time.monotonic``'s clock, which all processes of a machine share; ``["stop", seconds]`` the one after which nothing is
due any more. It tells each answer as ``[due, took, error]``, and ends. The end of its standard input, which comes with
the end of its parent however that ends, ends it at once.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

_VALUE = re.compile(r":(key|word)\b")
_LONGEST_ERROR = 300


class Client:
    """Sends what the ``plan`` says: see :func:`migration_lab.load.traffic.traffic`, which writes it."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._driver = importlib.import_module(plan["driver"])
        self._named = plan["driver"] in ("sqlite3", "pysqlite3.dbapi2")  # :key, else %(key)s
        self._statement = plan["statement"]
        if not self._named:
            self._statement = _VALUE.sub(r"%(\1)s", self._statement.replace("%", "%%"))
        self._values = set(_VALUE.findall(plan["statement"]))
        keys = plan["keys"]
        self._keys = range(*keys["range"]) if isinstance(keys, dict) else keys
        self._random = random.Random(plan["seed"])
        self._sent = 0
        self._last = float("inf")
        self._stopped = threading.Event()
        self._connection: Any = None

    def connect(self) -> None:
        """Connect, each statement a transaction of its own. Raises the driver's error."""
        plan, patience = self._plan, self._plan["patience"]
        if self._named:
            self._connection = self._driver.connect(
                *plan["arguments"], **plan["options"], timeout=patience, isolation_level=None
            )
            return
        self._connection = self._driver.connect(*plan["arguments"], **plan["options"], autocommit=True)
        with self._connection.cursor() as cursor:
            for setting in plan["settings"]:
                cursor.execute(setting)

    def run(self, start: float) -> None:
        """Send until the last one that is due, however late."""
        rate, offset = self._plan["rate"], self._plan["offset"]
        for number in range(self._plan["most"]):
            due = offset + number / rate
            if due > self._plan["seconds"]:
                return
            self._stopped.wait(max(0.0, start + due - time.monotonic()))
            if due > self._last:
                return
            # Woken by the order to stop before its time: this one is due all the same.
            time.sleep(max(0.0, start + due - time.monotonic()))
            error = self._send()
            tell([due, time.monotonic() - start - due, error])

    def stop(self, last: float) -> None:
        """Send nothing that is due later than this."""
        self._last = last
        self._stopped.set()

    def _send(self) -> str:
        """Send one request. Returns the words of its failure."""
        self._sent += 1
        values: dict[str, object] = {}
        if "key" in self._values:
            values["key"] = self._random.choice(self._keys)
        if "word" in self._values:
            values["word"] = f"{self._plan['word']}-{self._sent}"
        try:
            if self._connection is None:
                self.connect()
            cursor = self._connection.cursor()
            try:
                cursor.execute(self._statement, values)
                if cursor.description is not None:
                    cursor.fetchall()
            finally:
                cursor.close()
        except Exception as error:
            self._let_go()
            return self._words(error)
        return ""

    def _words(self, error: Exception) -> str:
        number = error.args[1:] and isinstance(error.args[0], int)  # MariaDB's, before its words
        said = str(error.args[1]) if number else str(error)
        return " ".join(said.split())[:_LONGEST_ERROR] or type(error).__name__

    def _let_go(self) -> None:
        """Drop a connection that a failure has broken; the next request makes a new one."""
        if self._named or not getattr(self._connection, "closed", not getattr(self._connection, "open", False)):
            return
        self._connection = None


def tell(what: object) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def hear(go: Callable[[float], object], stop: Callable[[float], object]) -> None:
    """Obey until the input ends, and end the process with it, also in the middle of a request."""
    for line in sys.stdin:
        order, moment = json.loads(line)
        (go if order == "go" else stop)(moment)
    os._exit(1)


def main() -> None:
    """Connect, wait for the word, and go on until all is sent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the cell that runs (Windows: no session of its own)
    client = Client(json.loads(sys.stdin.readline()))
    starts: list[float] = []
    going = threading.Event()

    def go(start: float) -> None:
        starts.append(start)
        going.set()

    threading.Thread(target=hear, args=(go, client.stop), daemon=True).start()
    try:
        client.connect()
    except Exception as error:
        tell({"problem": " ".join(str(error).split()) or type(error).__name__})
        return
    tell({"ready": True})
    going.wait()
    client.run(starts[0])


if __name__ == "__main__":
    main()
