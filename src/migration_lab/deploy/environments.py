"""A copy of the app's project with a database of its own, where a deploy can be tried without any people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from migration_lab.deploy.calls import Call, calls_to
from migration_lab.deploy.servers import Answer, DeployError, Served, migrate, serve
from migration_lab.engines import Engine
from migration_lab.lessons import Stage, build_project
from migration_lab.snapshot import Snapshot, snapshot_url

FILL = "UPDATE users SET is_active = true WHERE is_active IS NULL"
_START = 30.0  # seconds for a version or a migration, however busy the machine


class Environment:
    """A project whose schema is changed and whose versions come and go. Made by :func:`environment`.

    Once ``deadline`` has passed, on the clock of ``time.monotonic``, all that it is asked for raises DeployError.
    """

    def __init__(self, folder: Path, kind: Engine, url: sa.URL, deadline: float) -> None:
        self.folder, self._deadline = folder, deadline
        self.serving: dict[str, Served] = {}
        self._engine = kind.connect(url)

    def step(self, name: str) -> None:
        """Do what the name says: ``alembic upgrade 0002``, ``alembic downgrade 0001``, ``deploy after``, ``backfill``.

        Raises ValueError for a name that says something else, DeployError or the database's own where it fails.
        """
        match name.split():
            case ["alembic", "upgrade" | "downgrade" as direction, revision]:
                migrate(self.folder, direction, revision, self._left())
            case ["deploy", version]:
                self.deploy(version)
            case ["backfill"]:
                self.run(FILL)
            case _:
                raise ValueError(f"{name!r} is no step: write alembic upgrade 0002, deploy after, or backfill")

    def deploy(self, version: str) -> None:
        """Serve a version beside those that are there. Raises DeployError where it isn't healthy."""
        served = serve(self.folder, version, self._left())
        health = served.ask("GET", "/health")
        if not health.works:
            served.end()
            raise DeployError(f"{version} isn't deployed, since it isn't healthy: {health.words}")
        self._take(served)

    def run(self, sql: str) -> None:
        """Run a statement, and commit."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(sql)

    def snapshot(self) -> Snapshot:
        """The database as it is now."""
        return snapshot_url(self._engine.url)

    def begin(self, version: str) -> None:
        """Serve a version, healthy or not. Raises DeployError where it can't be imported."""
        self._take(serve(self.folder, version, self._left()))

    def finish(self, version: str) -> None:
        """Serve it no more."""
        self.serving.pop(version).end()

    def ask(self, version: str) -> list[tuple[Call, Answer]]:
        """Send a version one request of each kind."""
        answers = []
        for call in calls_to(version):
            self._left()
            answers.append((call, call.send(self.serving[version])))
        return answers

    @contextmanager
    def rows_restored(self) -> Iterator[None]:
        """Put the users back to what they were, after the ``with`` block."""
        users = sa.Table("users", sa.MetaData(), autoload_with=self._engine)
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(sa.select(users)).mappings()]
        try:
            yield
        finally:
            with self._engine.begin() as connection:
                connection.execute(users.delete())
                connection.execute(users.insert(), rows)

    def _take(self, served: Served) -> None:
        """Have it in the place of one that is served by the same name."""
        if served.version in self.serving:
            self.finish(served.version)
        self.serving[served.version] = served

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise DeployError("there is no time left")
        return min(left, _START)


@contextmanager
def environment(project: Path, stage: Stage, kind: Engine, deadline: float = float("inf")) -> Iterator[Environment]:
    """Build ``stage`` anew on ``kind`` with the Python files of ``project`` over it; all of it ends with the block."""
    with TemporaryDirectory(prefix="migration_lab_", ignore_cleanup_errors=True) as name:
        folder = Path(name) / project.name
        url = kind.url(folder)
        try:
            build_project(folder, stage, kind)
            for path in project.rglob("*.py"):
                inside = path.relative_to(project)
                if inside.as_posix() != "migrations/env.py":  # which is built for this database
                    (folder / inside).parent.mkdir(parents=True, exist_ok=True)
                    (folder / inside).write_bytes(path.read_bytes())
            made = Environment(folder, kind, url, deadline)
            try:
                yield made
            finally:
                for version in list(made.serving):
                    made.finish(version)
        finally:
            kind.drop(url)
