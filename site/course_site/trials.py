"""Try lines of a migration on a fresh database of an engine, and tell what came of them."""

from __future__ import annotations

import contextlib
import io
import shutil
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.util import CommandError

from migration_lab.engines import Engine, SQLite
from migration_lab.lessons import SEEDED, build_project
from migration_lab.migrations import Failure, explain, project_config, record_statements
from migration_lab.snapshot import Diff, Snapshot, diff, snapshot_url

# What a database or a library refuses with; anything else is a fault of the lines.
REFUSALS = (sa.exc.SQLAlchemyError, CommandError, NotImplementedError)
DATABASE = "app"  # what a database is called on a page: its real name has a digest in it, which nobody searches for
_WAITING = {
    "postgresql": "SELECT count(*) FROM pg_locks WHERE NOT granted",
    "mysql": "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
}
_PATIENCE = 20.0


class Lines(Protocol):
    """Lines to try, after others ran without a fault."""

    @property
    def code(self) -> str: ...
    @property
    def before(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of lines: the failure, or None; what differs afterwards; and what was noticed on the way."""

    failure: Failure | None
    diff: Diff
    rebuilt: bool
    warned: bool

    @property
    def filled(self) -> tuple[str, ...]:
        """What old rows have in the columns that appeared: each value once."""
        found: dict[str, None] = {}
        for name, after in self.diff.after.tables.items():
            before = self.diff.before.tables.get(name)
            if before is not None:
                new = [place for place, column in enumerate(after.page.columns) if before.column(column) is None]
                found.update((row.cells[place].text, None) for row in after.page.rows for place in new)
        return tuple(found)


class Trials:
    """One engine's database with two users, fresh for each trial. What a trial leaves as it was is used again."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self._start, self._project = folder / "start", folder / "tried"
        folder.mkdir(parents=True, exist_ok=True)
        build_project(self._start, SEEDED, engine)
        self.url = engine.url(self._project)
        self._renew()
        self._fresh = self.snapshot()
        self._now: Snapshot | None = self._fresh

    def run(self, lines: Lines) -> Outcome:
        """Run the lines as a migration would. Raises their error if ``before`` fails, which is never the point."""
        if self._now != self._fresh:
            self._renew()
        before = self._fresh
        if lines.before:
            self._execute(lines.before)
            before = self.snapshot()
        failure = None
        with record_statements() as statements, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                self._execute(lines.code)
            except REFUSALS as error:
                failure = self._named(explain(error))
        rebuilt = any("_alembic_tmp_" in statement.sql for statement in statements)
        self._now = self.snapshot()
        outcome = Outcome(failure, diff(before, self._now), rebuilt, bool(warned))
        if "config" in lines.before + lines.code:
            self._now = None  # it may have left files
        return outcome

    def snapshot(self) -> Snapshot:
        """The database as it is."""
        return snapshot_url(self.url)

    def _named(self, failure: Failure) -> Failure:
        """The failure, with a name for the database that people can read."""
        if isinstance(self.engine, SQLite):
            return failure
        return replace(failure, words=failure.words.replace(self.url.database or "", DATABASE))

    def _renew(self) -> None:
        shutil.rmtree(self._project, ignore_errors=True)
        shutil.copytree(self._start, self._project)
        self.engine.copy(self.engine.url(self._start), self.url)

    def _execute(self, code: str) -> None:
        database = self.engine.connect(self.url)
        config = project_config(self._project, stdout=io.StringIO())
        with others(database) as elsewhere, contextlib.redirect_stdout(io.StringIO()):
            names: dict[str, Any] = {"sa": sa, "command": command, "config": config, "elsewhere": elsewhere}
            if "config" in code:  # Alembic connects by itself
                exec(compile(code, "<lines>", "exec"), names)
                return
            with database.begin() as connection:
                names["op"] = Operations(MigrationContext.configure(connection))
                exec(compile(code, "<lines>", "exec"), names)


@contextlib.contextmanager
def others(database: sa.Engine) -> Iterator[Any]:
    """Somebody else's connection: a function that runs a statement on it, and leaves its transaction open."""
    opened: list[sa.Connection] = []
    threads: list[threading.Thread] = []

    def run(statement: str) -> None:
        # Where this one is what has to go, the other side fails to be refused, which the trial shows.
        with contextlib.suppress(sa.exc.DBAPIError):
            opened[0].exec_driver_sql(statement)

    def elsewhere(statement: str, *, waits: bool = False) -> None:
        if not opened:
            opened.append(database.connect())
        if not waits:
            opened[0].exec_driver_sql(statement)
            return
        threads.append(threading.Thread(target=run, args=(statement,)))
        threads[0].start()
        deadline = time.monotonic() + _PATIENCE
        with database.connect() as looking:
            while not looking.exec_driver_sql(_WAITING[database.dialect.name]).scalar_one():
                looking.rollback()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"nothing made it wait: {statement}")
                time.sleep(0.05)

    try:
        yield elsewhere
    finally:
        for thread in threads:
            thread.join()
        for connection in opened:
            connection.close()
