"""What to rehearse, and what came of it: plans go to the child process, steps come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from alembic.script.revision import Revision

from migration_lab.engines import Engine
from migration_lab.migrations import Failure, Statement
from migration_lab.rehearsal.observing import Observed
from migration_lab.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Own:
    """How Alembic is to run somebody's own project.

    ``ini`` and ``toml`` are its files, either may be None. ``address`` is what env.py gets for ``sqlalchemy.url``, and
    what each variable of the environment gets that has the value ``instead_of``. ``folders`` are those of migrations.
    """

    ini: Path | None
    toml: Path | None
    address: str
    instead_of: tuple[str, ...]
    folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody's own project, whose migrations are to be read: that imports them, and no database is in reach then.

    ``ini`` and ``toml`` are its files. It comes back with the ``revisions``, or with why they can't be read.
    """

    project: Path
    ini: Path | None
    toml: Path | None
    revisions: tuple[Revision, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Migrations to run on a copy, one revision after the other, each looked at when it is through.

    ``project`` is a folder with ``alembic.ini``, ``database`` what its env.py has to connect to, on ``engine``, at the
    revision ``start``: both are copies, since they are written to. The upgrade goes to ``to``; ``kept`` is where a copy
    of the database goes when it is through, or stopped. Without ``up`` the database is at ``to`` already.
    ``own`` is somebody's own project, which stays where it is, and is observed; with ``check``, Alembic compares the
    database with its models after the upgrade.
    With ``past``, an upgrade leaves out each operation that the rows stop, and so sees what would stop it next.
    ``retry`` tries an upgrade that failed before any revision was through once more. ``written`` is SQL that an
    application sends after the upgrade. ``back`` goes down to ``start`` again, ``again`` up once more, each from as far
    as the one before it got. ``page_rows`` is how many rows of each table a snapshot shows. ``look`` sees what no
    snapshot tells: a function of a module, called with ``upgrade`` and with ``write`` after each of them that went
    well, and with the database's URL; what it gives comes back in the report.
    """

    project: Path
    engine: Engine
    database: sa.URL
    start: str = "base"
    to: str = "head"
    own: Own | None = None
    up: bool = True
    check: bool = False
    kept: sa.URL | None = None
    past: bool = False
    retry: bool = False
    written: tuple[str, ...] = ()
    back: bool = False
    again: bool = False
    page_rows: int = 20
    look: Callable[[str, sa.URL], object] | None = None


@dataclass(slots=True)
class Step:
    """One revision's way up or down. ``action`` is ``upgrade``, ``retry``, ``write``, ``downgrade`` or ``again``.

    In somebody's own project each step is ``observed``. There is a ``connect`` before them, which runs env.py and no
    migration, and finds the name of the version table and then the revisions; and after the upgrade a ``check``, which
    finds how the models differ from the database.

    ``revision`` is the one whose migration runs (where Alembic can't tell them apart: the one asked for). ``done`` is
    False for a step that didn't come back. ``after`` is the database then, None where it can't be read: there is none,
    or it is ``locked`` by a transaction that the migration began and never ended.
    """

    action: str
    revision: str = ""
    done: bool = False
    seconds: float = 0.0
    statements: tuple[Statement, ...] = ()
    failure: Failure | None = None
    after: Snapshot | None = None
    locked: bool = False
    observed: Observed | None = None
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a plan's ``look`` gave after an action."""

    action: str
    what: object


@dataclass(slots=True)
class Report:
    """How far a rehearsal got. ``before`` is the copy at the start; None where it never began, or had no file yet.

    ``refused`` is the line that says which other database something tried to reach; nothing was run on that one.
    ``seen`` goes from an action to what the plan's ``look`` gave after it.
    ``stopped`` is ``""``, ``"time"``, or what ended the child process. ``done`` says that all was gone through.
    """

    before: Snapshot | None = None
    steps: list[Step] = field(default_factory=list)
    seen: dict[str, object] = field(default_factory=dict)
    refused: str = ""
    stopped: str = ""
    done: bool = False

    def of(self, action: str) -> list[Step]:
        """The steps of one kind, in order."""
        return [step for step in self.steps if step.action == action]

    def failure(self, action: str) -> Failure | None:
        """What the steps of one kind failed with, None where they didn't."""
        return next((step.failure for step in self.of(action) if step.failure is not None), None)

    def after(self, action: str) -> Snapshot | None:
        """The database after the last step of one kind that was taken; without any, what it was before them all."""
        steps = self.of(action)
        return steps[-1].after if steps else self.before

    def good(self) -> Snapshot | None:
        """The database after the last revision that the upgrade got through: what a failure is measured against."""
        through = [step for step in self.of("upgrade") if step.done and step.failure is None]
        return through[-1].after if through else self.before

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What the upgrade sent."""
        return tuple(statement for step in self.of("upgrade") for statement in step.statements)

    @property
    def seconds(self) -> float:
        """How long the upgrade took."""
        return sum(step.seconds for step in self.of("upgrade"))
