"""The child process that rehearses, seen from the one that asks: it has a limit, and nothing in it can hurt us."""

from __future__ import annotations

import contextlib
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import IO

from migration_lab.rehearsal.plan import Plan, Reading, Report, Seen, Step
from migration_lab.snapshot import Snapshot

_END = object()


class Rehearsals:
    """Rehearses plans one after the other in one child process, which is started when the first one comes.

    To be used in a ``with`` block, whose end ends the process. One that was stopped, or ended itself, is replaced.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._told: queue.SimpleQueue[object] = queue.SimpleQueue()

    def __enter__(self) -> Rehearsals:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(
        self, plan: Plan, seconds: float | None = None, *, told: Callable[[Step], object] = lambda step: None
    ) -> Report:
        """Rehearse one plan and tell what came of it. What takes longer than ``seconds`` is stopped, and says so.

        ``told`` hears of each step twice: when it begins, and when it is done.
        """
        report = Report()
        deadline = None if seconds is None else time.monotonic() + seconds
        try:
            self._send(plan)
            while not report.done and not report.stopped:
                left = None if deadline is None else max(0.0, deadline - time.monotonic())
                self._note(report, left, told)
        except BaseException:
            self.close()  # an interrupt: the rest of this plan's steps must not be taken for the next one's
            raise
        if report.stopped:
            self.close()
        return report

    def read(self, reading: Reading) -> Reading:
        """Read a project's migrations there, so that nothing that they import comes into this process."""
        self._send(reading)
        while not isinstance(told := self._told.get(), Reading):
            if told is _END:
                self.close()
                return replace(reading, error="reading them ends Python")
        return told

    def kill(self) -> None:
        """End the process in the middle of what it does, from any thread: the plan that runs is stopped."""
        if (process := self._process) is not None:
            process.kill()

    def close(self) -> None:
        """End the process, and only that one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            self._reader.join()
            for channel in (process.stdin, process.stdout):
                assert channel is not None
                with contextlib.suppress(OSError):
                    channel.close()

    def warm(self) -> None:
        """Have the process there before the first plan comes."""
        if self.start():
            self._told.get()

    def start(self) -> bool:
        """Start the process where there is none, and don't wait for it. True where it was."""
        if self._process is not None and self._process.poll() is None:
            return False
        self.close()
        # -P: a learner's folder must not be where Python finds its modules.
        command = [sys.executable, "-P", "-m", "migration_lab.rehearsal.child"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._told = queue.SimpleQueue()
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._told), daemon=True)
        self._reader.start()
        return True

    def _send(self, plan: Plan | Reading) -> None:
        self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            pickle.dump(plan, self._process.stdin)
            self._process.stdin.flush()
        except OSError:
            return  # it has just ended: its output ends, too, and says so

    def _note(self, report: Report, seconds: float | None, hear: Callable[[Step], object]) -> None:
        try:
            told = self._told.get(timeout=seconds)
        except queue.Empty:
            report.stopped = "time"
            return
        if told is _END:
            assert self._process is not None
            report.stopped = f"it ended by itself with exit code {self._process.wait()}"
        elif isinstance(told, Step):
            if report.steps and not report.steps[-1].done:
                report.steps.pop()
            report.steps.append(told)
            hear(told)
        elif isinstance(told, Seen):
            report.seen[told.action] = told.what
        elif isinstance(told, str):
            report.refused, report.done = told, True
        else:
            assert isinstance(told, Snapshot | None)
            report.before = told


def _read(output: IO[bytes], told: queue.SimpleQueue[object]) -> None:
    """Hand on what the child tells until its output ends."""
    try:
        while True:
            told.put(pickle.load(output))
    except Exception:  # its end, or what a migration of its own wrote in between
        told.put(_END)
