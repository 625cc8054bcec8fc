"""People who use an app: sends its versions requests at a steady rate, and tells when each was due and what came.

Run by its path, ``python -I client.py``, on the standard library alone. Orders come as lines of JSON on its standard
input: ``["call", version, port, start, requests]`` with the moment on ``time.monotonic``'s clock from which it counts,
and ``["stop", version]``. It tells each answer as ``[version, request, due, took, error]``, and ``[version]`` when all
that was sent before a stop is answered. What was due by then and not sent yet, since an earlier answer was late, never
is: it can't fail, and in a full room it would hold up the deploy. The end of its input, which comes with its parent's,
ends it at once.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import sys
import threading
import time
from typing import Any

_LONGEST_ERROR = 300
_tell = threading.Lock()


class Caller:
    """Sends one kind of request to one version."""

    def __init__(self, version: str, port: int, start: float, request: dict[str, Any]) -> None:
        self._version, self._port, self._start, self._request = version, port, start, request
        self._connection: http.client.HTTPConnection | None = None
        self._stopped = threading.Event()
        self._word, self._sent = secrets.token_hex(3), 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more, and wait for the answer to what was sent."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while True:
            due = self._request["offset"] + number / self._request["rate"]
            if self._stopped.wait(max(0.0, self._start + due - time.monotonic())):
                break
            error = self._send()
            tell([self._version, self._request["name"], due, time.monotonic() - self._start - due, error])
            number += 1
        self._hang_up()

    def _send(self) -> str:
        """Send one request. Returns the words of its failure."""
        self._sent += 1
        body = None
        if self._request["body"]:
            body = json.dumps(self._request["body"]).replace(":word", f"{self._word}-{self._sent}")
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self._port, timeout=self._request["patience"]
                )
            self._connection.request(
                self._request["method"], self._request["path"], body, {"Content-Type": "application/json"}
            )
            response = self._connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            return " ".join(str(error).split()) or type(error).__name__
        if response.status < 300:
            return ""
        if response.status >= 500:  # after which a server may hang up, too
            self._hang_up()
        with contextlib.suppress(ValueError, TypeError, KeyError):
            text = str(json.loads(text)["detail"])
        # What databases say in further lines is about one row, or where in the statement it is.
        return " ".join(f"{response.status} {text.splitlines()[0]}".split())[:_LONGEST_ERROR]

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def tell(what: object) -> None:
    """One line to the parent."""
    with _tell:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


def stop(version: str, callers: list[Caller]) -> None:
    """End the requests to a version, and say so."""
    for caller in callers:
        caller.stop()
    tell([version])


def main() -> None:
    """Obey until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the cell that runs
    calling: dict[str, list[Caller]] = {}
    for line in sys.stdin:
        order, version, *words = json.loads(line)
        if order == "call":
            port, start, requests = words
            calling[version] = [Caller(version, port, start, request) for request in requests]
        else:
            threading.Thread(target=stop, args=(version, calling.pop(version, [])), daemon=True).start()
    os._exit(0)


if __name__ == "__main__":
    main()
