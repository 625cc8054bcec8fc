"""Rehearse somebody's own migrations on a copy of their database, and tell all that came of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from migration_lab.migrations import Failure
from migration_lab.rehearsal.baseline import Baseline
from migration_lab.rehearsal.blame import Blame, relative
from migration_lab.rehearsal.copied import Copies
from migration_lab.rehearsal.copying import copies_of
from migration_lab.rehearsal.judging import Structure
from migration_lab.rehearsal.judging_back import WayBack, second_time
from migration_lab.rehearsal.judging_rows import Rows
from migration_lab.rehearsal.meeting import Met
from migration_lab.rehearsal.plan import Plan, Report, Step
from migration_lab.rehearsal.process import Rehearsals
from migration_lab.rehearsal.project import Project
from migration_lab.rehearsal.report import Finding, Place, RehearsalError, RehearsalReport, RehearsedStep
from migration_lab.rehearsal.rows import Comparison
from migration_lab.rehearsal.rules import RULES
from migration_lab.rehearsal.workplace import workplace
from migration_lab.rehearsal.writing import Meanwhile, upgrade_meanwhile
from migration_lab.snapshot import Diff, Snapshot

# What an operation meets is told where it was stopped by it, and otherwise only where it wasn't and should have been.
_STOPPING = ("nulls-meet-not-null", "not-null-without-default", "duplicates-meet-unique", "rows-meet-check")
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
        failed = self._failed(up)
        for step in steps:
            self._findings += self._met(step, blame, failed=failed)
        if failed and not self._keep and any(one.rule in _STOPPING for step in steps[-1:] for one in _met_by(step)):
            self._findings += self._beyond(replace(plan, retry=False, check=False, past=True), blame, copies)
        after = up.good() or before
        asked = [one for step in through for one in _asked(step)]
        structure = Structure(before, after, asked, blame, self._ignored)
        self._findings += structure.findings()
        if not failed:
            with self._comparing(copies) as comparison:
                met = [met for step in through for met in _met_by(step)]
                self._findings += Rows(structure, comparison, blame, met).findings()
            for step in up.of("check"):
                self._findings += self._drift(step)
            told = [self._told(step) for step in steps]
            if steps and len(start) > 1:
                words = f"The database is at {len(start)} revisions, and a downgrade goes to one."
                self._findings.append(Blame.finding("way-back-not-tried", "", "", words, samples=start))
            elif steps:
                told += self._back(replace(plan, start=start[0] if start else "base", up=False), structure, copies)
        else:
            told = [self._told(step, up) for step in [*steps, *up.of("retry")]]
        meanwhile = None
        if self._writer and through and not failed:
            with self.timed("writer"):
                meanwhile = upgrade_meanwhile(plan, before, structure.tables, copies, self._running)
            if meanwhile is not None:
                self._meanwhile(meanwhile)
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
            line = _line_of(failure, (env.parent,))
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
            for one in self._met(step, blame, failed=True):
                if (one.rule, one.table, one.name, one.revision) not in told:
                    yield replace(one, meaning=f"{one.meaning} The upgrade would come to it next.")

    def _met(self, step: Step, blame: Blame, *, failed: bool) -> Iterator[Finding]:
        """What a step's operations met in the rows, where that is worth a word."""
        for met in _met_by(step):
            table, name = met.asked.table, met.name
            if met.rule == "rows-lost-by-cascade":
                if not failed:  # told by what is gone
                    continue
                table, name = met.name, ""
            stopped = step.failure is not None or (step.observed and met in step.observed.past)
            if met.rule in _STOPPING and not stopped and not _never_validated(met, step):
                continue
            yield blame.finding(
                met.rule,
                table,
                name,
                _met_words(met),
                revision=step.revision,
                place=met.asked.place,
                samples=met.samples,
                count=met.count,
            )

    def _failed(self, up: Report) -> bool:
        """Whether the upgrade didn't come through, which is told."""
        steps = up.of("upgrade")
        last = steps[-1] if steps else None
        if last is None:
            return False
        place = relative(self._place(last))
        if last.locked:
            self._add("never-ends-transaction", last, place, "")
        elif up.stopped and not last.done:
            self._add("upgrade-fails", last, place, f"The process that ran it stopped: {up.stopped}.")
        elif last.failure is not None:
            if up.refused:
                self._add("reaches-elsewhere", last, place, f"{up.refused[:1].upper()}{up.refused[1:]}.")
            else:
                self._add("upgrade-fails", last, place, f"{last.failure.type}: {last.failure.words}", last.failure)
            left = _left(up)
            if left:
                self._add("half-migration-left", last, place, f"{'; '.join(left[:3])}.")
                again = up.failure("retry")
                if again is not None:
                    self._add("retry-fails", last, place, f"{again.type}: {again.words}", again)
        else:
            return False
        return True

    def _meanwhile(self, meanwhile: Meanwhile) -> None:
        """What went wrong because of the clients, or for them."""
        step = meanwhile.failed
        if step is not None:
            failure = step.failure
            words = f"{failure.type}: {failure.words}" if failure else f"its process stopped: {meanwhile.stopped}"
            words = f"While clients use {meanwhile.table}: {words}"
            self._add("upgrade-fails", step, relative(self._place(step)), words, failure)
        failed = meanwhile.outcome.failures
        if failed:
            words = f"{len(failed)} of {len(meanwhile.outcome.requests)}, the first with: {failed[0].error}"
            self._findings.append(Blame.finding("requests-failed", meanwhile.table, "", words, count=len(failed)))

    def _back(self, plan: Plan, structure: Structure, copies: Copies) -> list[RehearsedStep]:
        """Go down and up again. Returns the steps."""
        with self.timed("downgrade"):
            down = self._running.run(replace(plan, back=True))
        steps = down.of("downgrade")
        told = [self._told(step) for step in steps]
        blame = Blame(structure.after, steps)
        last = steps[-1] if steps else None
        if last is None or last.failure is not None or last.after is None:
            failure = last.failure if last else None
            words = (
                f"{failure.type}: {failure.words}" if failure else f"The process that ran it stopped: {down.stopped}."
            )
            if down.refused:
                words = down.refused
            step = last or Step("downgrade")
            self._add("downgrade-fails", step, relative(self._place(step)), words, failure)
            return told
        asked = [one for step in steps for one in _asked(step)]
        back = WayBack(structure, last.after, asked, blame, self._findings, self._ignored)
        self._findings += back.structure()
        with self._comparing(copies) as comparison:
            self._findings += back.rows(comparison)
        with self.timed("again"):
            again = self._running.run(replace(plan, up=True, check=False, retry=False))
        steps = [replace(step, action="again") for step in again.of("upgrade")]
        last = steps[-1] if steps else None
        if last is not None and last.failure is not None:
            words = f"{last.failure.type}: {last.failure.words}"
            self._add("again-fails", last, relative(self._place(last)), words, last.failure)
        elif last is not None and last.after is not None:
            self._findings += second_time(structure.after, last.after, Blame(back.down, steps), self._ignored)
        return told + [self._told(step) for step in steps]

    def _drift(self, step: Step) -> Iterator[Finding]:
        failure = step.failure
        if failure is not None and "does not provide a MetaData" not in failure.words:
            words = f"{failure.type}: {' '.join(failure.words.split())}"
            yield Blame.finding("check-fails", "", "", words)
        if failure is None and step.found:
            yield Finding(
                "models-differ",
                "",
                "",
                RULES["models-differ"].meaning,
                "Bring them together: 'alembic check' tells the same, and 'alembic revision --autogenerate' writes it.",
                samples=step.found[:5],
                count=len(step.found),
            )

    def _add(self, rule: str, step: Step, place: Place | None, words: str, failure: Failure | None = None) -> None:
        found = Blame.finding(rule, "", step.revision, " ".join(words.split()), revision=step.revision, place=place)
        if failure is not None and failure.remedy and rule.endswith("fails"):
            found = replace(found, remedy=failure.remedy)
        self._findings.append(found)

    def _told(self, step: Step, up: Report | None = None) -> RehearsedStep:
        observed = step.observed
        return RehearsedStep(
            step.action,
            step.revision,
            step.seconds,
            step.statements,
            step.failure,
            relative(self._place(step)),
            observed.lock if observed else "",
            observed.lock_seconds if observed else 0.0,
            tuple(_left(up)) if up is not None and step.failure is not None and step.action == "upgrade" else (),
        )

    def _place(self, step: Step) -> Place | None:
        """The line on which a step failed; else the first that it ran of its migration."""
        if step.failure is not None:
            line = _line_of(step.failure, tuple(Path(one) for one in self._project.script._version_locations))
            if line is not None:
                return line
        places = [one.place for one in _asked(step) if one.place]
        return places[0] if places else None


def _met_by(step: Step) -> list[Met]:
    return step.observed.met if step.observed else []


def _asked(step: Step) -> list:  # type: ignore[type-arg]
    return list(step.observed.asked) if step.observed else []


def _left(up: Report) -> list[str]:
    """What a failed upgrade left behind, a line each."""
    good, after = up.good(), up.after("upgrade")
    if good is None or after is None:
        return []
    return [change.describe() for change in Diff(good, after).changes if change.kind != "version"]


def _never_validated(met: Met, step: Step) -> bool:
    """Whether rows break a CHECK, and it is there all the same, since it looks at new ones alone."""
    table = step.after.table(met.asked.table) if step.after else None
    return any(check.name == met.name and "NOT VALID" in check.options for check in (table.checks if table else ()))


def _met_words(met: Met) -> str:
    many = "1 row" if met.count == 1 else f"{met.count} rows"
    if met.rule == "rows-lost-by-cascade":
        return f"{many} of {met.name} go with {met.asked.table} (ON DELETE {met.other}, and foreign keys are on)."
    subject = ".".join(word for word in (met.asked.table, met.name) if word)
    if met.rule == "duplicates-meet-unique":
        return f"{subject}: {met.count} {'value' if met.count == 1 else 'values'} more than once."
    return f"{subject}: {many}."


def _line_of(failure: Failure, folders: tuple[Path, ...]) -> Place | None:
    """The last line of a traceback that lies in one of the folders."""
    names = tuple(str(folder.resolve()) for folder in folders)
    found = [(name, int(line)) for name, line in re.findall(r'File "([^"]+)", line (\d+)', failure.traceback)]
    inside = [Place(name, line) for name, line in found if str(Path(name).resolve()).startswith(names)]
    return inside[-1] if inside else None


def _part(left: int, of: int) -> float:
    return 1 - left / of if of else 1.0
