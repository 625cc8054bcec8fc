"""The process that serves versions of an app, each in a process of its own on a free port of this machine.

Run by its path, ``python -I host.py``: it has imported what the app needs once, so that where processes are forked a
version is up in a moment and shares that memory. Orders come as lines of JSON on its standard input:
``["serve", number, seconds, folder, version]``, ``["end", number]``, and for a migration in a process of its own
``["migrate", number, seconds, folder, direction, revision]``. It answers each with ``[number, process, port, trouble]``
once the version listens or the migration is through, or can't be within so many seconds. All processes end with its
input, which ends with the kernel however that ends, and with the host itself.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import threading
from typing import Any

import alembic.command
import alembic.config
import fastapi  # noqa: F401  the app's own imports
import sqlalchemy.orm  # noqa: F401
import uvicorn


def serve(folder: str, version: str, told: multiprocessing.connection.Connection) -> None:
    """Serve ``version`` of the project in ``folder`` until the host ends. Tells its port, and why it can't."""
    _settle(folder)
    try:
        app = importlib.import_module(f"{version}.main").app
        # Port 0: the system gives one that is free, and nobody can take it in between.
        listening = socket.create_server(("127.0.0.1", 0))
    except Exception as error:
        told.send((0, " ".join(f"{type(error).__name__}: {error}".split())))
        return
    told.send((listening.getsockname()[1], ""))
    told.close()
    config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[listening])


def migrate(folder: str, direction: str, revision: str, told: multiprocessing.connection.Connection) -> None:
    """Run ``alembic upgrade`` or ``downgrade`` there. Tells 0, and the first line of why it failed."""
    _settle(folder)
    config = alembic.config.Config(
        f"{folder}/alembic.ini", stdout=io.StringIO(), attributes={"configure_logger": False}
    )
    words = ""
    try:
        getattr(alembic.command, direction)(config, revision)
    except BaseException as error:  # what a migration raises may be SystemExit
        said = str(getattr(error, "orig", None) or error).splitlines()
        words = said[0] if said and isinstance(error, Exception) else f"{type(error).__name__}: {error}"
    told.send((0, words))


def _settle(folder: str) -> None:
    threading.Thread(target=_end_with_the_host, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the cell that runs
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True  # a file edited twice within a second would run stale


def _end_with_the_host() -> None:
    host = multiprocessing.parent_process()
    assert host is not None
    multiprocessing.connection.wait([host.sentinel])
    os._exit(1)


class Host:
    """The versions that are served, by number."""

    def __init__(self) -> None:
        self._context: Any = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
        self._serving: dict[int, Any] = {}

    def start(self, number: int, seconds: float, target: Any, *words: str) -> tuple[int, int, str]:
        """Start a process, and wait for what it tells. Returns its number, that, and what went wrong."""
        told, telling = self._context.Pipe(duplex=False)
        process = self._context.Process(target=target, args=(*words, telling), daemon=True)
        process.start()
        telling.close()
        self._serving[number] = process
        port, trouble = 0, f"it was not ready within {seconds:.0f} s"
        try:
            if told.poll(seconds):
                port, trouble = told.recv()
        except EOFError:
            process.join(1)
            trouble = f"its process ended by itself, with exit code {process.exitcode}"
        if not port:
            self.end(number)
        return process.pid, port, trouble

    def end(self, number: int) -> None:
        """End one: what it is answering is answered first."""
        process = self._serving.pop(number, None)
        if process is None:
            return
        process.terminate()
        process.join(5)
        if process.is_alive():
            process.kill()
            process.join()


def main() -> None:
    """Obey until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is served may print: the answers go another way.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    gc.collect()
    gc.freeze()  # what a collection doesn't touch stays shared with the processes that are forked
    host = Host()
    for line in sys.stdin:
        order, number, *words = json.loads(line)
        said: tuple[int, int, str] = (0, 0, "")
        if order == "end":
            host.end(number)
        else:
            seconds, *where = words
            said = host.start(number, seconds, serve if order == "serve" else migrate, *where)
        print(json.dumps([number, *said]), file=answers, flush=True)


if __name__ == "__main__":
    main()
