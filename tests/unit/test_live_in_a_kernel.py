"""The live view in a real kernel: what a cell prints beside it arrives whole, and an interrupt is the cell’s alone."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from migration_lab.engines import sqlite_driver
from migration_lab.lessons import scratch

SECONDS = 60  # how long a test waits for what must come; no test measures time
LINES = 1500
VIEW = """
from migration_lab import open_lesson
from migration_lab.views import live_view
lesson = open_lesson("02_failure")
live = live_view(lesson)
live.refresh()
"""


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[KernelManager]:
    """A kernel with a scratch folder of its own."""
    manager = KernelManager(kernel_name="python3")
    environment = {**os.environ, scratch.VARIABLE: str(tmp_path)}
    manager.start_kernel(env=environment, extra_arguments=["--log-level=ERROR"])
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.fixture
def client(kernel: KernelManager) -> Iterator[BlockingKernelClient]:
    """Who asks it to run cells, and hears all that it sends."""
    client = kernel.client()
    assert isinstance(client, BlockingKernelClient)
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    yield client
    client.stop_channels()


def run(client: BlockingKernelClient, code: str, during: Callable[[], object] = lambda: None) -> tuple[str, list[Any]]:
    """Run a cell, and do ``during`` at its first print. Its number, and what was sent until it was done.

    Not at ``execute_input``: the kernel sends that before it comes to the cell's code, where an interrupt is its own.
    """
    number = client.execute(code)
    sent: list[Any] = []
    while True:
        sent.append(client.get_iopub_msg(timeout=SECONDS))
        mine = sent[-1]["parent_header"].get("msg_id") == number
        if mine and sent[-1]["msg_type"] == "stream":
            during()
        if mine and sent[-1]["content"].get("execution_state") == "idle":
            return number, sent


def printed(sent: list[Any], number: str) -> str:
    """The text that was sent as printed by a cell."""
    streams = (one for one in sent if one["msg_type"] == "stream" and one["parent_header"]["msg_id"] == number)
    return "".join(one["content"]["text"] for one in streams)


@contextmanager
def committing(database: Path) -> Iterator[None]:
    """Change the database again and again."""
    done = threading.Event()

    def commit() -> None:
        with closing(sqlite_driver().connect(database, isolation_level=None, timeout=SECONDS)) as connection:
            while not done.wait(0.01):
                connection.execute("UPDATE users SET email = random() WHERE id = 1")

    thread = threading.Thread(target=commit)
    thread.start()
    yield
    done.set()
    thread.join()


def test_every_printed_line_arrives_whole_under_its_cell_while_the_view_publishes(
    client: BlockingKernelClient, tmp_path: Path
) -> None:
    """In pieces that may end anywhere, since whoever publishes sends what was printed before."""
    shows, _ = run(client, VIEW)
    pieces, pictures = 0, []
    with committing(tmp_path / "02_failure" / "app.db"):
        for cell in range(3):
            code = f"for i in range({LINES}):\n    print('==', i, ' >=', {cell})\n    sum(range(10_000))"
            number, sent = run(client, code)
            assert printed(sent, number) == "".join(f"== {i}  >= {cell}\n" for i in range(LINES))
            assert {one["parent_header"]["msg_id"] for one in sent if one["msg_type"] == "stream"} == {number}
            pieces += sum(one["msg_type"] == "stream" for one in sent)
            pictures += [one["parent_header"]["msg_id"] for one in sent if one["msg_type"] == "update_display_data"]
    assert len(pictures) > 3
    assert pieces > 3
    assert set(pictures) == {shows}


def test_an_interrupt_is_for_the_cell_and_the_view_goes_on(
    kernel: KernelManager, client: BlockingKernelClient, tmp_path: Path
) -> None:
    number, sent = run(client, f"{VIEW}print(live._process.pid)")
    child = psutil.Process(int(printed(sent, number).split()[-1]))
    endless = "import time\nprint('begun', flush=True)\nwhile True: time.sleep(0.01)"
    _, sent = run(client, endless, during=kernel.interrupt_kernel)
    assert [one["content"]["ename"] for one in sent if one["msg_type"] == "error"] == ["KeyboardInterrupt"]
    with committing(tmp_path / "02_failure" / "app.db"):
        _, sent = run(client, "time.sleep(1)")
    assert any(one["msg_type"] == "update_display_data" for one in sent)
    assert child.is_running()
    kernel.shutdown_kernel(now=True)
    deadline = time.monotonic() + SECONDS
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "it ends with its kernel"
        time.sleep(0.01)
