"""A rehearsal's report as text for a terminal, in the manner of a compiler's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from migration_lab.rehearsal.report import Finding, RehearsalReport, RehearsedStep


def as_text(report: RehearsalReport) -> str:
    """The whole report: a line that sums it up, the findings, the worst first, and the steps with their times."""
    return "\n".join(_lines(report)) + "\n"


def summary(report: RehearsalReport) -> str:
    """One line: what was rehearsed, and what came of it."""
    start, to = ", ".join(report.start) or "base", ", ".join(report.to) or "base"
    way = f"{start} -> {to}" if report.steps else f"at {start}, nothing to upgrade"
    counts = [
        _many(len(found), word)
        for found, word in ((report.errors, "error"), (report.warnings, "warning"), (report.notices, "notice"))
        if found
    ]
    accepted = [f"{len(report.accepted)} accepted"] if report.accepted else []
    return f"{report.database} ({report.engine}), {way}: {', '.join([*counts, *accepted]) or 'nothing found'}"


def _lines(report: RehearsalReport) -> Iterator[str]:
    yield summary(report)
    for finding in report.findings:
        yield ""
        yield from _finding(finding)
    if report.steps:
        yield ""
    for step in report.steps:
        yield _step(step)
    yield ""
    yield f"{compared(report)}; " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in report.phases.items())
    if report.meanwhile is not None:
        waits = report.meanwhile.longest_waits()
        yield report.meanwhile.words()
        yield f"  longest wait, from the beginning to the end: {_bars(waits)}"
    if report.copy:
        yield f"the copy is kept: {report.copy}"


def compared(report: RehearsalReport) -> str:
    """What was compared."""
    rows = f"{_many(report.tables, 'table')} with {report.rows:,} {'row' if report.rows == 1 else 'rows'}"
    return f"compared {rows}" if report.compared else f"rows not compared, since the upgrade failed ({rows})"


def _finding(finding: Finding) -> Iterator[str]:
    yield f"{finding.severity}[{finding.rule}]: {finding.meaning}"
    if finding.place is not None:
        revision = f" (revision {finding.revision})" if finding.revision else ""
        yield f"  --> {finding.place}{revision}"
        source = source_line(finding)
        if source:
            yield f"   |  {source}"
    elif finding.revision:
        yield f"  --> revision {finding.revision}"
    if finding.samples:
        more = ", ..." if finding.count is not None and finding.count > len(finding.samples) else ""
        yield f"   =  {'; '.join(finding.samples)}{more}"
    if finding.remedy:
        yield f"  help: {finding.remedy}"


def _step(step: RehearsedStep) -> str:
    line = f"  {step.action:9} {step.revision}  {step.seconds:.3f} s, {sent(step)}"
    if step.lock:
        line += f", {step.lock} for {step.lock_seconds:.3f} s"
    return f"{line}, failed" if step.failure is not None else line


def _bars(waits: list[float]) -> str:
    highest = max(waits, default=0.0) or 1.0
    return "".join("▁▂▃▄▅▆▇█"[min(7, int(8 * wait / highest))] for wait in waits)


def sent(step: RehearsedStep) -> str:
    """How many statements a step sent, but for those that change nothing: ``"6 statements"``."""
    return _many(sum(one.times for one in step.statements if one.kind in ("schema", "data")), "statement")


def source_line(finding: Finding) -> str:
    """The line of the migration that a finding points to, ``""`` where it can't be read."""
    if finding.place is None:
        return ""
    try:
        lines = Path(finding.place.file).read_text(encoding="utf-8").splitlines()
        return lines[finding.place.line - 1].strip()
    except (OSError, UnicodeDecodeError, IndexError):
        return ""


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
