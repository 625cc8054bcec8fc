"""Draw the verdict of a check: what is right, what is not yet, and where to look."""

from __future__ import annotations

from migration_lab.exercises import Finding, Outcome, Verdict
from migration_lab.views.pictures.drawing import Drawing, brief, clip, escape

_STYLES = {Outcome.RIGHT: "fine", Outcome.NOT_YET: "trouble", Outcome.ERROR: "failure", Outcome.NOT_TRIED: "trouble"}
_SIGNS = {Outcome.RIGHT: "✓", Outcome.NOT_YET: "…", Outcome.ERROR: "✗", Outcome.NOT_TRIED: "○"}


def draw_verdict(verdict: Verdict, note: str = "") -> Drawing:
    """Draw a verdict, what is missing first. ``note`` is a line on the progress file."""
    findings = sorted(verdict.findings, key=lambda finding: finding.right)
    items = "".join(_item(finding) for finding in findings)
    head = f"{_SIGNS[verdict.outcome]} {verdict.summary}"
    body = (
        f'<div class="{_STYLES[verdict.outcome]}" role="group" aria-label="Verdict"><p class="title">{escape(head)}</p>'
        f'<ul class="parts" style="list-style: none; padding-left: 4px">{items}</ul>'
    )
    if verdict.failure is not None:
        trace = escape(verdict.failure.traceback)
        body += f"<details><summary>The traceback</summary><pre>{trace}</pre></details>"
    body += f'<p class="note">Checked in {verdict.seconds:.1f} s. {escape(note)}</p></div>'
    lines = [head, *(_line(finding) for finding in findings), *([note] if note else [])]
    return Drawing(body, "\n".join(lines))


def _item(finding: Finding) -> str:
    if finding.right:
        return f'<li><b class="mark">✓ right</b> {brief(finding.text)}</li>'
    return (
        f'<li><span class="changed"><b class="mark">… not yet</b> {brief(finding.text)}</span><br>'
        f'<span class="was">Where to look: {brief(finding.look)}</span></li>'
    )


def _line(finding: Finding) -> str:
    if finding.right:
        return f"  ✓ right: {clip(finding.text)}"
    return f"  … not yet: {clip(finding.text)}\n      Where to look: {clip(finding.look)}"
