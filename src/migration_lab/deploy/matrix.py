"""Which version of the code works at which step of the schema: asked of each pair by real requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from migration_lab.deploy.calls import Call
from migration_lab.deploy.environments import environment
from migration_lab.deploy.servers import Answer
from migration_lab.engines import Engine
from migration_lab.lessons import Stage

# Each step of the schema, and how one gets there.
STEPS = {
    "0001 as it was": "alembic upgrade 0001",
    "0002 is_active, nullable": "alembic upgrade 0002",
    "0002 backfilled": "backfill",
    "0003 NOT NULL, with a default": "alembic upgrade 0003",
    "0004 the default dropped": "alembic upgrade 0004",
}
VERSIONS = ("before", "between", "after")


class Project(Protocol):
    """The app's project: a lesson, for one."""

    @property
    def folder(self) -> Path:
        """Where it is."""

    @property
    def stage(self) -> Stage:
        """The state that it starts from."""

    @property
    def kind(self) -> Engine:
        """The engine that its database is on."""


@dataclass(frozen=True)
class Matrix:
    """What came back from each request to each of ``versions`` at each of ``steps``, on an engine of that name."""

    engine: str
    steps: tuple[str, ...]
    versions: tuple[str, ...]
    answers: dict[tuple[str, str], list[tuple[Call, Answer]]]

    def works(self, step: str, version: str) -> bool:
        """Whether all requests of that pair do what they should."""
        return all(answer.works for _, answer in self.answers[step, version])

    def broken(self, step: str, version: str) -> list[str]:
        """The statements that fail there, each once: ``["INSERT"]``. One of two requests is enough."""
        failed = (call.statement for call, answer in self.answers[step, version] if not answer.works)
        return list(dict.fromkeys(failed))


def make_matrix(project: Project, versions: Sequence[str] = VERSIONS, steps: dict[str, str] | None = None) -> Matrix:
    """Try every version at every step, on a copy of the project with a new database; rows are put back in between.

    ``steps`` goes from words to what leads there: see Environment.step. Raises DeployError for a version that can't be
    served, and what a step raises.
    """
    steps = STEPS if steps is None else steps
    answers = {}
    with environment(project.folder, project.stage, project.kind) as tried:
        for version in versions:
            tried.begin(version)
        for words, step in steps.items():
            tried.step(step)
            for version in versions:
                with tried.rows_restored():
                    answers[words, version] = tried.ask(version)
    return Matrix(project.kind.name, tuple(steps), tuple(versions), answers)
