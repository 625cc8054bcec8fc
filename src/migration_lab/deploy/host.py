"""The process that serves versions of an app, each in a process of its own on a free port of this machine.

Run by its path, ``python -I host.py``: it has imported what the app needs once, so that where processes are forked a
version is up in a moment and shares that memory. Orders come as lines of JSON on its standard input:
``["serve", number, folder, version]`` and ``["end", number]``; it answers each ``serve`` with
``[number, process, port, trouble]`` once the version listens, or can't. All processes end with its input, which ends
with the kernel however that ends, and with the host itself.
"""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import threading
from typing import Any

import alembic.command  # noqa: F401  the app's own imports
import fastapi  # noqa: F401
import sqlalchemy.orm  # noqa: F401
import uvicorn

_START = 30.0  # seconds for a version to be imported, however busy the machine


def serve(folder: str, version: str, told: multiprocessing.connection.Connection) -> None:
    """Serve ``version`` of the project in ``folder`` until the host ends. Tells its port, and why it can't."""
    threading.Thread(target=_end_with_the_host, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the cell that runs
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True  # a file edited twice within a second would run stale
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

    def serve(self, number: int, folder: str, version: str) -> tuple[int, int, str]:
        """Start one. Returns its process, its port, and why it can't be served."""
        told, telling = self._context.Pipe(duplex=False)
        process = self._context.Process(target=serve, args=(folder, version, telling), daemon=True)
        process.start()
        telling.close()
        self._serving[number] = process
        try:
            if not told.poll(_START):
                raise EOFError
            port, trouble = told.recv()
        except EOFError:
            port, trouble = 0, "it ended, or hung, before it listened"
        if trouble:
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
    gc.collect()
    gc.freeze()  # what a collection doesn't touch stays shared with the processes that are forked
    host = Host()
    for line in sys.stdin:
        order, number, *words = json.loads(line)
        if order == "serve":
            print(json.dumps([number, *host.serve(number, *words)]), flush=True)
        else:
            host.end(number)
            print(json.dumps([number, 0, 0, ""]), flush=True)


if __name__ == "__main__":
    main()
