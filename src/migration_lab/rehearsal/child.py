"""The process that migrations are rehearsed in: ``python -m migration_lab.rehearsal.child``, started by ``process``.

It reads plans from its standard input and writes steps to its standard output, pickled, so that whoever waits also
knows how far a step got that never came back. It ends with the process that started it, whatever it is doing.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from migration_lab.migrations import Failure, explain, imports_restored, project_config, record_statements
from migration_lab.rehearsal.guard import Guard
from migration_lab.rehearsal.plan import Plan, Seen, Step
from migration_lab.snapshot import Snapshot, SnapshotError, snapshot_url


class Rehearsal:
    """One plan, being gone through. ``tell`` gets the snapshot before, and each step twice: begun, and ended."""

    def __init__(self, plan: Plan, guard: Guard, tell: Callable[[object], None]) -> None:
        self.plan = plan
        self._guard = guard
        self._tell = tell
        self._at: tuple[str, ...] = ()
        self._script: ScriptDirectory | None = None
        self._config = project_config(plan.project, stdout=io.StringIO())

    def run(self) -> None:
        """Go through the plan. A migration's error is told, not raised."""
        plan = self.plan
        before = self._snapshot()
        self._tell(before)
        last = self._walk("upgrade", command.upgrade, plan.to)
        if last.locked:
            return
        self._guard.hurry = True
        if plan.kept is not None and last.after is not None:
            with self._guard.lifted():
                plan.engine.copy(plan.database, plan.kept)
        self._look(last)
        moved = last.after is not None and last.after.versions != (before.versions if before else ())
        if last.failure is not None and not moved:
            if plan.retry:
                self._walk("retry", command.upgrade, plan.to)
            return
        if plan.written:
            self._look(self._step(Step("write"), lambda: self._write(plan.written)))
        if plan.back:
            last = self._walk("downgrade", command.downgrade, plan.start)
            if plan.again and last.failure is None and not last.locked:
                self._walk("again", command.upgrade, plan.to)

    def _walk(self, action: str, move: Callable[[Config, str], None], to: str) -> Step:
        """Take each revision by itself until one fails, or leaves a lock. Returns the last step taken."""
        for revision, target in self._revisions(action, to):
            last = self._step(Step(action, revision), partial(move, self._config, target))
            if last.failure is not None or last.locked:
                break
        return last

    def _revisions(self, action: str, to: str) -> Iterator[tuple[str, str]]:
        """Each revision on the way, and what to tell Alembic to go there; all in one where the way branches."""
        up = action != "downgrade"
        here = self._at or (("base",) if up else ("heads",))
        upper, lower = (to, here) if up else (here, to)
        try:
            self._script = self._script or ScriptDirectory.from_config(self._config)
            way = [one for one in self._script.iterate_revisions(upper, lower) if one.revision not in lower]
            linear = all(isinstance(one.down_revision, str | None) for one in way)
        except (Exception, SystemExit):
            way, linear = [], False  # the same words come again from Alembic itself, as the step's failure
        if not linear or not way:
            yield to, to
        elif up:
            for one in reversed(way):
                yield one.revision, one.revision
        else:
            for one in way:
                yield one.revision, str(one.down_revision or "base")

    def _step(self, step: Step, act: Callable[[], None]) -> Step:
        self._tell(step)
        with record_statements() as statements:
            started = time.perf_counter()
            step.failure = _caught(act)
            step.seconds = time.perf_counter() - started
        step.statements = tuple(statements)
        for statement in step.statements:
            statement.parameters = _sendable(statement.parameters)
        with self._guard.lifted():
            step.locked = self.plan.engine.in_transaction(self.plan.database)
        step.after = None if step.locked else self._snapshot()
        step.done = True
        self._tell(step)
        return step

    def _look(self, step: Step) -> None:
        if self.plan.look is not None and step.failure is None and not step.locked:
            self._tell(Seen(step.action, self.plan.look(step.action, self.plan.database)))

    def _write(self, statements: tuple[str, ...]) -> None:
        self.plan.engine.run(self.plan.database, ";\n".join(statements))

    def _snapshot(self) -> Snapshot | None:
        try:
            found = snapshot_url(self.plan.database, page_rows=self.plan.page_rows, count_limit=None)
        except SnapshotError:
            return None
        self._at = found.versions
        return found


def _caught(act: Callable[[], None]) -> Failure | None:
    try:
        act()
    except (Exception, SystemExit) as error:
        return explain(error)
    return None


def _sendable(parameters: Any) -> Any:
    """Parameters as they are, or in words where they can't be sent to another process."""
    try:
        pickle.dumps(parameters)
    except Exception:
        return repr(parameters)[:200]
    return parameters


def rehearse(plan: Plan, guard: Guard, tell: Callable[[object], None]) -> None:
    """Go through one plan and leave nothing of its project in this Python. Ends with telling what was refused."""
    # A migration that opens "app.db" by itself means the one beside it, as in a terminal.
    with imports_restored(), contextlib.chdir(plan.project), guard.only(plan.engine, plan.database):
        Rehearsal(plan, guard, tell).run()
    inside = str(plan.project.resolve()) + os.sep
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith((inside, str(plan.project) + os.sep)):
            del sys.modules[name]
    # At the very end: the next plan may bring imports along, which another thread does.
    tell(guard.refused)


def serve(receive: BinaryIO, send: BinaryIO) -> None:
    """Rehearse one plan after the other until ``receive`` ends, which is when whoever asks is gone."""
    plans: queue.SimpleQueue[Plan] = queue.SimpleQueue()

    def read() -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                plans.put(pickle.load(receive))
        os._exit(0)

    def tell(what: object) -> None:
        pickle.dump(what, send)
        send.flush()

    # Python's bytecode cache goes by size and whole seconds: a migration edited twice within one would run stale.
    sys.dont_write_bytecode = True
    guard = Guard()
    guard.install()
    threading.Thread(target=read, daemon=True).start()
    tell(None)  # here, and no database before a plan
    while True:
        rehearse(plans.get(), guard, tell)


if __name__ == "__main__":
    # Ctrl-C and Jupyter's stop button reach a whole group of processes: whoever started this one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channels = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # A migration's own words go nowhere, and it reads nothing: they would end up between plans and steps.
    with Path(os.devnull).open("r+b") as nowhere:
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)
    serve(*channels)
