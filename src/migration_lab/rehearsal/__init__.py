"""Run migrations on a copy, in a process of their own and with a limit, and say what came of it."""

from migration_lab.rehearsal.as_json import as_json
from migration_lab.rehearsal.command import rehearse_command
from migration_lab.rehearsal.copies import copy_project
from migration_lab.rehearsal.page import as_html, findings_html
from migration_lab.rehearsal.plan import Plan, Report, Step
from migration_lab.rehearsal.process import Rehearsals
from migration_lab.rehearsal.rehearse import rehearse
from migration_lab.rehearsal.report import Finding, Place, RehearsalError, RehearsalReport, RehearsedStep
from migration_lab.rehearsal.rules import RULES, Rule, Severity
from migration_lab.rehearsal.text import as_text

__all__ = [
    "RULES",
    "Finding",
    "Place",
    "Plan",
    "RehearsalError",
    "RehearsalReport",
    "Rehearsals",
    "RehearsedStep",
    "Report",
    "Rule",
    "Severity",
    "Step",
    "as_html",
    "as_json",
    "as_text",
    "copy_project",
    "findings_html",
    "rehearse",
    "rehearse_command",
]
