"""Somebody without root tries the workshop alone: it runs, and says what it doesn't do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from people import PATIENCE, in_one_worker, needs_a_room

from workshop.proxy import find_proxy
from workshop.reach import with_reach
from workshop.settings import COURSE
from workshop.visitor import Visitor

pytestmark = [needs_a_room, in_one_worker]
NOBODY = 65534
WORD = "heron-heron"


@contextlib.contextmanager
def workshop_of_nobody(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The command, run by an account without rights and with a home."""
    proxy = find_proxy()  # installed by who may
    home = folder / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    command = [*become, sys.executable, "-m", "workshop", "--everyone-can-read-everything", "--port", str(port)]
    needed = [COURSE, Path(sys.prefix), Path(sys.base_prefix), proxy]
    process = subprocess.Popen(
        with_reach(command, needed, folder / "frames"),
        cwd=COURSE,
        env={**os.environ, "HOME": str(home), "WORKSHOP_WORD": WORD, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.communicate()
            raise


def test_without_root_it_runs_when_told_that_nobody_is_separate() -> None:
    async def visit(port: int) -> str:
        async with Visitor(f"http://127.0.0.1:{port}", "ana", WORD) as ana:
            assert (await ana.sign_in()).status_code == 302
            await ana.start_server()
            kernel = await ana.kernel()
            outcome = await kernel.run("import os; print(os.geteuid(), os.getcwd())")
            kernel.socket.close()
            return outcome.text.strip()

    with tempfile.TemporaryDirectory(prefix="ml-") as name, socket.create_server(("127.0.0.1", 0)) as listener:
        Path(name).chmod(0o755)
        port = listener.getsockname()[1]
        listener.close()
        with workshop_of_nobody(Path(name), port) as process:
            assert process.stdout is not None
            said = ""
            while "Ctrl+C" not in said:
                line = process.stdout.readline()
                assert line, said
                said += line
            assert said.startswith("NOBODY IS SEPARATE")
            learner = f"{name}/home/.local/share/migration-lab-workshop/homes/lab-ana"
            assert asyncio.run(visit(port)) == f"{NOBODY} {learner}/course/notebooks"
    assert process.returncode == 0
