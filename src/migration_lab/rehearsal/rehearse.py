"""Rehearse somebody's own migrations on a copy of their database, and tell all that came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from migration_lab.rehearsal.baseline import Baseline
from migration_lab.rehearsal.blame import Blame, relative
from migration_lab.rehearsal.copied import Copies
from migration_lab.rehearsal.copying import copies_of
from migration_lab.rehearsal.judging import Structure
from migration_lab.rehearsal.judging_back import WayBack, second_time
from migration_lab.rehearsal.judging_rows import Rows
from migration_lab.rehearsal.judging_steps import STOPPING, Steps, asked_by, line_of, met_by
from migration_lab.rehearsal.plan import Plan, Report, Step
from migration_lab.rehearsal.process import Rehearsals
from migration_lab.rehearsal.project import Project
from migration_lab.rehearsal.report import Finding, Place, RehearsalError, RehearsalReport, RehearsedStep
from migration_lab.rehearsal.rows import Comparison
from migration_lab.rehearsal.rules import RULES
from migration_lab.rehearsal.workplace import workplace
from migration_lab.rehearsal.writing import upgrade_meanwhile
from migration_lab.snapshot import Snapshot

_ORDER = list(RULES)


def rehearse(
    config: Path,
    *,
    url: str | sa.URL | None = None,
    to: str = "head",
    writer: bool = False,
    keep: bool = False,
    baseline: Path | None = None,
    progress: Callable[[str, float], None] = lambda _, __: None,
    rehearsals: Rehearsals | None = None,
) -> RehearsalReport:
    """Rehearse the migrations of an Alembic project on a copy of its database, which is only read.

    ``config`` is its alembic.ini or pyproject.toml, ``url`` the database, by default the configuration's. The copy is
    upgraded to ``to``, compared with the original in all its structure and rows, downgraded to where it was, and
    upgraded again; with ``writer`` once more from the start, while clients use the largest table that is touched. It is
    removed at the end, unless ``keep`` says otherwise. ``baseline`` is a file of findings that somebody has accepted.
    ``progress`` is told what goes on, and which part of it is done. ``rehearsals`` runs the migrations, by default in a
    process for this rehearsal alone.

    Each operation is looked at just before it runs. Where rows stop one, a fresh copy goes on without it (unless the
    copy is to be kept), so that what waits behind it is told, too.

    Raises RehearsalError, one line, where nothing can be rehearsed. A migration that fails is a finding.
    """
    accepted = Baseline.read(baseline) if baseline is not None else Baseline()
    project = Project.read(config, url)
    with ExitStack() as stack:
        running = rehearsals or stack.enter_context(Rehearsals())
        project.read_revisions(running)
        project.check_target(to)
        folder = stack.enter_context(workplace(keep=keep))
        rehearsal = _Rehearsal(project, to, running, progress, writer=writer, keep=keep)
        with rehearsal.timed("copy"):
            copies = stack.enter_context(
                copies_of(project.url, folder, lambda left, of: progress("copy", _part(left, of)), keep=keep)
            )
        report = rehearsal.run(copies)
    found = sorted(report.findings, key=lambda finding: _ORDER.index(finding.rule))
    known = tuple(finding for finding in found if accepted.knows(finding))
    return replace(
        report,
        findings=tuple(finding for finding in found if finding not in known),
        accepted=known,
        copy=copies.copy.render_as_string(hide_password=True) if keep else "",
    )


class _Rehearsal:
    def __init__(
        self,
        project: Project,
        to: str,
        running: Rehearsals,
        progress: Callable[[str, float], None],
        *,
        writer: bool = False,
        keep: bool = False,
    ) -> None:
        self._project, self._to = project, to
        self._running = running
        self._progress = progress
        self._writer, self._keep = writer, keep
        self._phases: dict[str, float] = {}
        self._findings: list[Finding] = []
        self._judge = Steps(tuple(Path(one) for one in project.script._version_locations))
        self._ignored: frozenset[str] = frozenset()

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Tell what begins, and note how long it takes."""
        self._progress(phase, 0.0)
        started = time.perf_counter()
        try:
            yield
        finally:
            self._phases[phase] = self._phases.get(phase, 0.0) + time.perf_counter() - started
            self._progress(phase, 1.0)

    @contextmanager
    def _comparing(self, copies: Copies) -> Iterator[Comparison]:
        """Raises RehearsalError where the database can't read its rows without what an application registers."""
        dbapi = copies.engine.connect(copies.database).dialect.loaded_dbapi
        try:
            with self.timed("compare"), copies.compare() as comparison:
                yield comparison
        except (dbapi.Error, sa.exc.DBAPIError) as error:
            words = " ".join(str(getattr(error, "orig", error)).split())
            raise RehearsalError(
                f"The rows can't be compared: {words}. A collation or a function that the application registers is "
                "none of the database's own."
            ) from None

    def run(self, copies: Copies) -> RehearsalReport:
        """Go all the way with the copies."""
        plan = Plan(
            Path.cwd(),
            copies.engine,
            copies.database,
            to=self._to,
            own=self._project.own(copies.copy),
            retry=True,
            check=self._to in ("head", "heads"),
            page_rows=1,
        )
        with self.timed("upgrade"):
            up = self._running.run(plan)
        before, start = self._connected(up)
        if copies.elsewhere:
            self._findings.append(Blame.finding("copied-elsewhere", "", "", copies.elsewhere))
        steps = up.of("upgrade")
        self._findings += self._project.warnings(self._to, self._project.pending(self._to, start))
        blame = Blame(before, steps)
        through = [step for step in steps if step.done and step.failure is None]
        failures = list(self._judge.failed(up))
        failed = bool(failures)
        self._findings += failures
        for step in steps:
            self._findings += self._judge.met(step, blame, failed=failed)
        if failed and not self._keep and any(one.rule in STOPPING for step in steps[-1:] for one in met_by(step)):
            self._findings += self._beyond(replace(plan, retry=False, check=False, past=True), blame, copies)
        after = up.good() or before
        asked = [one for step in through for one in asked_by(step)]
        structure = Structure(before, after, asked, blame, self._ignored)
        self._findings += structure.findings()
        if not failed:
            with self._comparing(copies) as comparison:
                met = [met for step in through for met in met_by(step)]
                self._findings += Rows(structure, comparison, blame, met).findings()
            for step in up.of("check"):
                self._findings += self._judge.drift(step)
            told = [self._judge.told(step) for step in steps]
            if steps and len(start) > 1:
                words = f"The database is at {len(start)} revisions, and a downgrade goes to one."
                self._findings.append(Blame.finding("way-back-not-tried", "", "", words, samples=start))
            elif steps:
                told += self._back(replace(plan, start=start[0] if start else "base", up=False), structure, copies)
        else:
            told = [self._judge.told(step, up) for step in [*steps, *up.of("retry")]]
        meanwhile = None
        if self._writer and through and not failed:
            with self.timed("writer"):
                meanwhile = upgrade_meanwhile(plan, before, structure.tables, copies, self._running)
            if meanwhile is not None:
                self._findings += self._judge.meanwhile(meanwhile)
        tables = [table for name, table in before.tables.items() if name not in self._ignored]
        return RehearsalReport(
            engine=str(before.engine),
            database=self._project.url.set(query={}).render_as_string(hide_password=True),
            start=start,
            to=(through[-1:] and after.versions) or self._reached(start, through),
            steps=tuple(told),
            findings=tuple(self._findings),
            tables=len(tables),
            rows=sum(table.row_count for table in tables),
            compared=not failed,
            phases=dict(self._phases),
            meanwhile=meanwhile,
        )

    def _reached(self, start: tuple[str, ...], through: list[Step]) -> tuple[str, ...]:
        return (through[-1].revision,) if through else start

    def _connected(self, up: Report) -> tuple[Snapshot, tuple[str, ...]]:
        """The copy at the start and its revisions. Raises RehearsalError where env.py didn't come so far."""
        step = next(iter(up.of("connect")), None)
        failure = step.failure if step else None
        env = Path(self._project.script.dir) / "env.py"
        where = relative(Place(str(env), 0))
        assert where is not None
        if up.refused and failure is not None:
            raise RehearsalError(
                f"{where.file} was stopped before its first statement, since {up.refused}: have it take its address "
                "from config.get_main_option('sqlalchemy.url'), or give the one that it uses by --url."
            )
        if failure is not None:
            line = line_of(failure, (env.parent,))
            at = relative(line) if line else where.file
            raise RehearsalError(f"{at} raises {failure.type}: {' '.join(failure.words.split())}")
        if step is None or not step.done or up.before is None:
            raise RehearsalError(f"{where.file} ended the process that ran it ({up.stopped or 'without a word'}).")
        if not step.found:
            raise RehearsalError(f"{where.file} runs no migrations: it has to call context.run_migrations().")
        self._ignored = frozenset({step.found[0]})
        return up.before, step.found[1:]

    def _beyond(self, plan: Plan, blame: Blame, copies: Copies) -> Iterator[Finding]:
        """What the rows say to the operations after the one that they stopped: it is left out, on a fresh copy."""
        told = {(one.rule, one.table, one.name, one.revision) for one in self._findings}
        with self.timed("look on"):
            copies.restore()
            steps = self._running.run(plan).of("upgrade")
        for step in steps:
            for one in self._judge.met(step, blame, failed=True):
                if (one.rule, one.table, one.name, one.revision) not in told:
                    yield replace(one, meaning=f"{one.meaning} The upgrade would come to it next.")

    def _back(self, plan: Plan, structure: Structure, copies: Copies) -> list[RehearsedStep]:
        """Go down and up again. Returns the steps."""
        with self.timed("downgrade"):
            down = self._running.run(replace(plan, back=True))
        steps = down.of("downgrade")
        told = [self._judge.told(step) for step in steps]
        blame = Blame(structure.after, steps)
        not_back = self._judge.not_back(down)
        if not_back is not None:
            self._findings.append(not_back)
            return told
        last = steps[-1].after
        assert last is not None  # or it wouldn't have come back
        asked = [one for step in steps for one in asked_by(step)]
        back = WayBack(structure, last, asked, blame, self._findings, self._ignored)
        self._findings += back.structure()
        with self._comparing(copies) as comparison:
            self._findings += back.rows(comparison)
        with self.timed("again"):
            again = self._running.run(replace(plan, up=True, check=False, retry=False))
        steps = [replace(step, action="again") for step in again.of("upgrade")]
        for step in steps[-1:]:
            self._findings += self._judge.not_again(step)
            if step.failure is None and step.after is not None:
                self._findings += second_time(structure.after, step.after, Blame(back.down, steps), self._ignored)
        return told + [self._judge.told(step) for step in steps]


def _part(left: int, of: int) -> float:
    return 1 - left / of if of else 1.0
