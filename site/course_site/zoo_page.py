"""The page of the zoo: each hazard with its migration, what a rehearsal found, and the twin that harms nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from course_site.escaping import escape, fenced
from course_site.measuring import Measured
from course_site.zoo import Hazard, hazards
from migration_lab.engines import find_engine
from migration_lab.rehearsal import RULES, Finding

_PREFIXES = {
    "rebuild": "SQLite makes a table anew",
    "modify": "MariaDB defines a column anew",
    "downgrade": "The way back",
    "harmless": "Nothing to say against",
    "native": "Nothing to say against",
}
_DATA, _STOPS, _LOST, _MAYBE = "What the rows say", "It stops", "Lost without an error", "Perhaps it is meant"


def write_zoo_page(path: Path, folder: Path, engines: Sequence[Measured], missing: Sequence[str]) -> None:
    """Put what was found into the page. ``folder`` is the zoo."""
    found = {(name, engine.name): findings for engine in engines for name, findings in engine.zoo}
    groups: dict[str, list[str]] = {}
    for hazard in hazards(folder):
        told = {engine: findings for (name, engine), findings in found.items() if name == hazard.name}
        if told:
            groups.setdefault(_group(hazard), []).extend(_hazard(hazard, told))
    order = [*_PREFIXES.values(), _DATA, _STOPS, _LOST, _MAYBE]
    parts = [part for group in sorted(groups, key=order.index) for part in (f"## {group}", *groups[group])]
    text = path.read_text(encoding="utf-8")
    text = text.replace("MISSING", "\n\n".join(escape(line) for line in missing))
    path.write_text(text.replace("HAZARDS", "\n\n".join(parts)), encoding="utf-8")


def _group(hazard: Hazard) -> str:
    prefix = hazard.name.partition("_")[0]
    if prefix in _PREFIXES:
        return _PREFIXES[prefix]
    rules = {rule for key in hazard.engines for rule, _, _ in hazard.findings(find_engine(key))}
    first = min(rules, key=list(RULES).index)
    place = list(RULES).index
    if place(first) < place("upgrade-fails"):
        return _DATA
    if place(first) < place("rows-lost"):
        return _STOPS
    return _LOST if RULES[first].severity == "error" else _MAYBE


def _hazard(hazard: Hazard, told: Mapping[str, Sequence[Finding]]) -> Iterator[str]:
    yield f"### {hazard.title}"
    shape = f" (as in {escape(hazard.told['shape'])})" if "shape" in hazard.told else ""
    yield escape(hazard.told["what"]) + shape
    for file in hazard.files("migration"):
        yield fenced("python", _body(file))
    for engine, findings in told.items():
        lines = [f"**{escape(engine)}:** {'' if findings else 'a clean report.'}"]
        lines += [_finding(one) for one in findings]
        yield "\n".join(lines)
    seed = _seed(hazard)
    yield from _folded("The database before", [fenced("postgresql" if "$$" in seed else "sql", seed)])
    twins = [fenced("python", _body(file)) for file in hazard.files("twin")]
    if twins:
        yield from _folded("Its twin, which harms nothing", twins)


def _folded(title: str, parts: Sequence[str]) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>"
    yield from parts
    yield "</details>"


def _seed(hazard: Hazard) -> str:
    """Where each dialect has its own, the first."""
    told = hazard.told
    each = (told[find_engine(key).dialect] for key in hazard.engines if find_engine(key).dialect in told)
    return str(told.get("seed") or next(one["seed"] for one in each if "seed" in one)).strip()


def _finding(finding: Finding) -> str:
    about = f" {escape(finding.subject)}" if finding.subject else ""
    samples = f" ({escape('; '.join(finding.samples))})" if finding.samples else ""
    return f"- {finding.severity} `{finding.rule}`{about}: {escape(finding.meaning)}{samples}"


def _body(file: Path) -> str:
    """A migration without its head, which is the same in all."""
    lines = file.read_text(encoding="utf-8").splitlines()
    head = ("import sqlalchemy as sa", "from alembic import op", "revision = ", "down_revision = ")
    return "\n".join(line for line in lines if not line.startswith(head)).strip("\n")
