"""Show what a rehearsal found."""

from __future__ import annotations

from pathlib import PurePath

from migration_lab.rehearsal import Finding, RehearsalReport, RehearsedStep
from migration_lab.views.pictures.drawing import Drawing, brief, escape
from migration_lab.views.pictures.statements import show_statements
from migration_lab.views.pictures.timeline import draw_timeline

_LOOK = {"error": ("failure", "✗"), "warning": ("trouble", "!"), "notice": ("note", "i")}


def show_rehearsal(report: RehearsalReport) -> Drawing:
    """Draw a report: how many findings there are, and each, the worst first; notices and statements are folded away."""
    counts = [
        _many(len(found), word)
        for found, word in ((report.errors, "error"), (report.warnings, "warning"), (report.notices, "notice"))
        if found
    ]
    counts += [f"{len(report.accepted)} accepted"] if report.accepted else []
    head = f"{'✓' if report.clean else '✗'} {', '.join(counts) or 'nothing found'}"
    seconds = sum(report.phases.values())
    compared = "compared" if report.compared else "not compared, since the upgrade failed"
    rows = f"{_many(report.rows, 'row')} in {_many(report.tables, 'table')} {compared}, {seconds:.1f} s"
    loud, quiet = [*report.errors, *report.warnings], [*report.notices, *report.accepted]
    folded = "".join(map(_finding, quiet))
    body = f'<p class="title">{escape(head)}</p><p class="note">{escape(rows)}</p>{"".join(map(_finding, loud))}' + (
        f"<details><summary>Notices and accepted findings</summary>{folded}</details>" if folded else ""
    )
    body += "".join(map(_step, report.steps))
    lines = [head, rows, *(line for finding in (*loud, *quiet) for line in _lines(finding))]
    if report.meanwhile is not None:
        drawn = draw_timeline(report.meanwhile.outcome, f"Clients of {report.meanwhile.table}")
        body, lines = body + drawn.body, [*lines, "", drawn.text]
    return Drawing(body, "\n".join(lines))


def _step(step: RehearsedStep) -> str:
    """What a step sent, folded away."""
    words = f"{step.action} {step.revision}: {step.seconds:.3f} s" + (", failed" if step.failure is not None else "")
    return f"<details><summary>{escape(words)}</summary>{show_statements(step.statements).body}</details>"


def _finding(finding: Finding) -> str:
    style, sign = _LOOK[finding.severity]
    parts = [
        f'<p class="title">{sign} {escape(finding.severity)}: {escape(finding.rule)} {brief(_subject(finding))}</p>'
    ]
    parts.append(f"<p>{brief(finding.meaning)}</p>")
    if finding.samples:
        parts.append(f'<p class="note">{brief(_samples(finding))}</p>')
    if finding.place is not None:
        parts.append(f'<p class="note">{escape(_place(finding))}</p>')
    if finding.remedy:
        parts.append(f"<p><b>What helps:</b> {brief(finding.remedy)}</p>")
    return f'<div class="{style}" role="group" aria-label="{escape(finding.severity)}">{"".join(parts)}</div>'


def _lines(finding: Finding) -> list[str]:
    lines = ["", f"{finding.severity}: {finding.rule} {_subject(finding)}".rstrip(), f"  {finding.meaning}"]
    lines += [f"  {_samples(finding)}"] if finding.samples else []
    lines += [f"  {_place(finding)}"] if finding.place is not None else []
    return lines + ([f"  What helps: {finding.remedy}"] if finding.remedy else [])


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _subject(finding: Finding) -> str:
    """What it is about: ``users.email``, or ``users (username)`` for what has no name of its own."""
    named = finding.name.isidentifier() or not finding.table
    return finding.subject if named else f"{finding.table} {finding.name}".rstrip()


def _samples(finding: Finding) -> str:
    more = ", …" if finding.count is not None and finding.count > len(finding.samples) else ""
    return f"{'; '.join(finding.samples)}{more}"


def _place(finding: Finding) -> str:
    assert finding.place is not None
    return f"{PurePath(finding.place.file).name}, line {finding.place.line}"
