"""A rehearsal's report as one HTML file that needs nothing else, to hang on a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from migration_lab.rehearsal.report import Finding, RehearsalReport, RehearsedStep
from migration_lab.rehearsal.text import compared, sent, source_line, summary
from migration_lab.rehearsal.writing import Meanwhile

_STYLE = """
:root { color-scheme: light dark; --error: #b3261e; --warning: #8a5a00; --notice: #3b5b8c; --line: #8886; }
@media (prefers-color-scheme: dark) { :root { --error: #ff8a80; --warning: #ffca6b; --notice: #9ec1ff; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
article { border-left: .3rem solid var(--severity); padding: .1rem 1rem; margin: 1rem 0; }
article.error { --severity: var(--error); }
article.warning { --severity: var(--warning); }
article.notice { --severity: var(--notice); }
h2 { font-size: 1.2rem; margin-top: 2rem; }
h3 { font-size: 1rem; margin: .5rem 0; } h3 b { color: var(--severity); }
p { margin: .4rem 0; overflow-wrap: anywhere; }
code, pre { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
pre { margin: .4rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
details { margin: .4rem 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
"""


def as_html(report: RehearsalReport) -> str:
    """The whole document."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Rehearsal: {escape(summary(report))}</title>",
            f"<style>{_STYLE}</style></head><body><main>",
            "<h1>Rehearsal</h1>",
            findings_html(report),
            "</main></body></html>",
            "",
        ]
    )


def findings_html(report: RehearsalReport) -> str:
    """The report without the document around it. Classes ``error``, ``warning`` and ``notice`` say what is what."""
    return "\n".join(_parts(report))


def _parts(report: RehearsalReport) -> Iterator[str]:
    yield f"<p><strong>{escape(summary(report))}</strong></p>"
    yield from map(_finding, report.findings)
    if report.accepted:
        yield f"<h2>Accepted ({len(report.accepted)})</h2>"
        yield from (f"<p>{escape(one.rule)}: {escape(one.meaning)}</p>" for one in report.accepted)
    if report.steps:
        yield "<h2>Steps</h2><table><thead><tr>"
        yield '<th scope="col">way</th><th scope="col">revision</th>' + _number_head("seconds")
        yield '<th scope="col">strongest lock</th>' + _number_head("held, seconds")
        yield "</tr></thead><tbody>"
        yield from map(_step, report.steps)
        yield "</tbody></table>"
        yield from map(_sent, report.steps)
    if report.meanwhile is not None:
        yield _meanwhile(report.meanwhile)
    phases = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in report.phases.items())
    words = compared(report)
    yield f"<p>{words[0].upper()}{words[1:]}; {escape(phases)}</p>"


def _meanwhile(meanwhile: Meanwhile) -> str:
    """The longest waits as bars, from the clients' first request to their last."""
    waits = meanwhile.longest_waits()
    highest = max(waits, default=0.0) or 1.0
    bars = "".join(
        f'<rect x="{10 * at}" y="{100 - 100 * wait / highest:.1f}" width="8" height="{100 * wait / highest:.1f}"/>'
        for at, wait in enumerate(waits)
    )
    words = escape(meanwhile.words())
    return (
        f"<h2>Meanwhile</h2><p>{words}</p>"
        f'<svg viewBox="0 0 {10 * len(waits)} 100" role="img" aria-label="Longest waits: {words}" width="100%" '
        f'height="120" preserveAspectRatio="none" fill="currentColor">{bars}</svg>'
    )


def _finding(finding: Finding) -> str:
    parts = [f"<h3><b>{finding.severity}</b> <code>{escape(finding.rule)}</code> {escape(finding.subject)}</h3>"]
    parts.append(f"<p>{escape(finding.meaning)}</p>")
    if finding.place is not None:
        line = source_line(finding)
        code = f"<pre>{escape(line)}</pre>" if line else ""
        parts.append(f"<p><code>{escape(str(finding.place))}</code> (revision {escape(finding.revision)})</p>{code}")
    if finding.samples:
        more = ", …" if finding.count is not None and finding.count > len(finding.samples) else ""
        parts.append(f"<p>{escape('; '.join(finding.samples))}{more}</p>")
    if finding.remedy:
        parts.append(f"<p>{escape(finding.remedy)}</p>")
    return f'<article class="{finding.severity}">{"".join(parts)}</article>'


def _sent(step: RehearsedStep) -> str:
    """What a step sent, folded away."""
    rows = "".join(
        f"<tr><td><pre>{escape(one.sql.strip())}</pre>{escape(one.error)}</td>"
        + "".join(f'<td class="number">{cell}</td>' for cell in (one.times, _known(one.rows), _known(one.seconds)))
        + "</tr>"
        for one in step.statements
    )
    head = '<th scope="col">statement</th>' + "".join(map(_number_head, ("times", "rows", "seconds")))
    title = f"{escape(step.action)} {escape(step.revision)}: {sent(step)}, and what was read or set"
    return (
        f"<details><summary>{title}</summary>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _number_head(word: str) -> str:
    return f'<th scope="col" class="number">{word}</th>'


def _known(number: float | None) -> str:
    return "" if number is None else f"{number:.3f}" if isinstance(number, float) else str(number)


def _step(step: RehearsedStep) -> str:
    lock = f"<td>{escape(step.lock)}</td>" + f'<td class="number">{step.lock_seconds:.3f}</td>'
    failed = " (failed)" if step.failure is not None else ""
    cells = f"<td>{escape(step.action)}{failed}</td><td>{escape(step.revision)}</td>"
    return f'<tr>{cells}<td class="number">{step.seconds:.3f}</td>{lock}</tr>'
