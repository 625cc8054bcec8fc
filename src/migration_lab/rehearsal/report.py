"""What a rehearsal found: findings, steps, and whether it is well."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migration_lab.engines import CourseError
from migration_lab.migrations import Failure, Statement
from migration_lab.rehearsal.rules import RULES, Severity

if TYPE_CHECKING:  # which needs reports itself
    from migration_lab.rehearsal.writing import Meanwhile


class RehearsalError(CourseError):
    """Nothing could be rehearsed. The message is one line: what, where, and how to go on. Nothing is left behind."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a migration: ``file`` as one would write it from the working folder, ``line`` from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the rehearsal found. ``rule`` is a name from RULES.

    ``name`` is the column, constraint, trigger, index or view within (or beside) ``table``; either may be ``""``.
    ``revision`` is whose migration did it, ``place`` where in its file. ``meaning`` is one sentence, ``remedy`` what to
    do, ``""`` where nothing needs to be done. ``samples`` are keys of rows (or what else there is to see), the first
    few of ``count``; ``count`` is None where nothing is counted.
    """

    rule: str
    table: str
    name: str
    meaning: str
    remedy: str = ""
    revision: str = ""
    place: Place | None = None
    samples: tuple[str, ...] = ()
    count: int | None = None

    @property
    def severity(self) -> Severity:
        """``error``, ``warning`` or ``notice``."""
        return RULES[self.rule].severity

    @property
    def subject(self) -> str:
        """What it is about: ``users.email``, ``users``, or ``""``."""
        return ".".join(word for word in (self.table, self.name) if word)


@dataclass(frozen=True, slots=True)
class RehearsedStep:
    """One revision's way. ``action`` is ``upgrade``, ``retry``, ``downgrade`` or ``again``.

    ``lock`` names the strongest lock that the step held, and ``lock_seconds`` says how long; ``""`` where it took none.
    ``left`` is what a failure left behind, a line each.
    """

    action: str
    revision: str
    seconds: float
    statements: tuple[Statement, ...] = ()
    failure: Failure | None = None
    place: Place | None = None
    lock: str = ""
    lock_seconds: float = 0.0
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class RehearsalReport:
    """All that came of a rehearsal.

    ``findings`` go by severity, the worst first; ``accepted`` are those that the baseline knows. ``engine`` is as in
    ``SQLite 3.40.1``, ``database`` is the source without its password, ``copy`` where the copy is, if it was kept.
    ``start`` are the revisions that the source was at, ``to`` those that the upgrade reached. ``tables`` and ``rows``
    are the source's, and were ``compared`` unless the upgrade failed. ``phases`` are what took how long, in seconds.
    ``meanwhile`` is what the clients of ``--writer`` saw.
    """

    engine: str
    database: str
    start: tuple[str, ...]
    to: tuple[str, ...]
    steps: tuple[RehearsedStep, ...] = ()
    findings: tuple[Finding, ...] = ()
    accepted: tuple[Finding, ...] = ()
    tables: int = 0
    rows: int = 0
    compared: bool = True
    phases: dict[str, float] = field(default_factory=dict)
    copy: str = ""
    meanwhile: Meanwhile | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What breaks or loses something."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What may be meant, or not."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    @property
    def notices(self) -> tuple[Finding, ...]:
        """What is told, and blames nobody."""
        return tuple(finding for finding in self.findings if finding.severity == "notice")

    @property
    def clean(self) -> bool:
        """Whether there is neither an error nor a warning."""
        return not self.errors and not self.warnings

    @property
    def exit_status(self) -> int:
        """The command's: 0 where it is clean, else 1."""
        return 0 if self.clean else 1
