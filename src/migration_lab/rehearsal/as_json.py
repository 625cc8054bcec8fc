"""A rehearsal's report as JSON, for programs. What ``version`` 1 has stays as it is; more may come beside it.

- ``version``: 1
- ``clean``: whether there is neither an error nor a warning, as the command's exit status says
- ``engine``, ``database``, ``start``, ``to``, ``tables``, ``rows``, ``compared``, ``copy``: as in RehearsalReport
- ``findings``: a list of ``rule``, ``severity``, ``table``, ``name``, ``revision``, ``file``, ``line``, ``meaning``,
  ``remedy``, ``count``, ``samples``; ``accepted``: the same, of those that the baseline knows
- ``steps``: a list of ``action``, ``revision``, ``file``, ``line``, ``seconds``, ``lock``, ``lock_seconds``, ``left``,
  ``error`` (null, or ``type``, ``words``, ``sql``, ``meaning``, ``remedy``), and ``statements``, a list of ``sql``,
  ``times`` (that it was sent in a row), ``seconds``, ``rows``, ``error``
- ``phases``: seconds by name
- ``meanwhile``: null without ``--writer``; else ``table``, ``seconds``, ``requests``, ``failed``, ``waiting``,
  ``longest_wait``, ``longest_waits`` of equal parts of the time, and ``revisions``, a list of ``name``, ``began``,
  ``ended``, in seconds after the clients' start
"""

from __future__ import annotations

import json
from typing import Any

from migration_lab.migrations import Failure
from migration_lab.rehearsal.report import Finding, RehearsalReport, RehearsedStep
from migration_lab.rehearsal.writing import Meanwhile

VERSION = 1


def as_json(report: RehearsalReport) -> str:
    """The whole report in one document."""
    return json.dumps(
        {
            "version": VERSION,
            "clean": report.clean,
            "engine": report.engine,
            "database": report.database,
            "start": report.start,
            "to": report.to,
            "tables": report.tables,
            "rows": report.rows,
            "compared": report.compared,
            "copy": report.copy,
            "findings": [_finding(one) for one in report.findings],
            "accepted": [_finding(one) for one in report.accepted],
            "steps": [_step(one) for one in report.steps],
            "phases": report.phases,
            "meanwhile": _meanwhile(report.meanwhile),
        },
        indent=2,
        ensure_ascii=False,
    )


def _meanwhile(meanwhile: Meanwhile | None) -> dict[str, Any] | None:
    if meanwhile is None:
        return None
    outcome = meanwhile.outcome
    return {
        "table": meanwhile.table,
        "seconds": outcome.seconds,
        "requests": len(outcome.requests),
        "failed": len(outcome.failures),
        "waiting": len(outcome.waiting),
        "longest_wait": outcome.longest_wait,
        "longest_waits": meanwhile.longest_waits(),
        "revisions": [{"name": one.name, "began": one.began, "ended": one.ended} for one in outcome.bands],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "table": finding.table,
        "name": finding.name,
        "revision": finding.revision,
        "file": finding.place.file if finding.place else None,
        "line": finding.place.line if finding.place else None,
        "meaning": finding.meaning,
        "remedy": finding.remedy,
        "count": finding.count,
        "samples": finding.samples,
    }


def _step(step: RehearsedStep) -> dict[str, Any]:
    return {
        "action": step.action,
        "revision": step.revision,
        "file": step.place.file if step.place else None,
        "line": step.place.line if step.place else None,
        "seconds": step.seconds,
        "lock": step.lock,
        "lock_seconds": step.lock_seconds,
        "left": step.left,
        "error": _error(step.failure),
        "statements": [
            {"sql": one.sql, "times": one.times, "seconds": one.seconds, "rows": one.rows, "error": one.error}
            for one in step.statements
        ],
    }


def _error(failure: Failure | None) -> dict[str, str] | None:
    if failure is None:
        return None
    return {name: getattr(failure, name) for name in ("type", "words", "sql", "meaning", "remedy")}
