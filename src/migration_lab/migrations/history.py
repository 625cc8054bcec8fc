"""The revisions of an Alembic project, read from its files without running them.

A live view reads them many times, also while the learner is in the middle of an edit, so nothing here imports a
migration: the three assignments that Alembic needs are taken from the syntax tree.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Revision:
    """One migration file. ``down_revisions`` is empty for the first revision and has several for a merge."""

    revision: str
    down_revisions: tuple[str, ...]
    message: str
    path: Path


@dataclass(frozen=True, slots=True)
class History:
    """The revisions from first to last, and a line for each file that can't be read as one."""

    revisions: tuple[Revision, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        """The revisions that no other one builds on."""
        built_on = {down for revision in self.revisions for down in revision.down_revisions}
        return tuple(revision.revision for revision in self.revisions if revision.revision not in built_on)

    def applied(self, versions: tuple[str, ...]) -> frozenset[str]:
        """The revisions that a database at ``versions`` has behind it, these included."""
        parents = {revision.revision: revision.down_revisions for revision in self.revisions}
        found: set[str] = set()
        waiting = list(versions)
        while waiting:
            revision = waiting.pop()
            if revision not in found:
                found.add(revision)
                waiting.extend(parents.get(revision, ()))
        return frozenset(found)


def read_history(versions_folder: Path) -> History:
    """Read all migration files of a folder (``migrations/versions``). A missing folder has no history."""
    revisions: list[Revision] = []
    problems: list[str] = []
    for path in sorted(versions_folder.glob("*.py")):
        try:
            revision = _read_revision(path)
        except FileNotFoundError:
            continue  # deleted since the folder was listed
        except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
            line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
            words = getattr(error, "msg", None) or str(error) or "it can’t be read"
            problems.append(f"{path.name}{line}: {words}")
            continue
        twin = next((one for one in revisions if one.revision == revision.revision), None)
        if twin is None:
            revisions.append(revision)
        else:
            problems.append(f"{path.name}: revision {revision.revision} is already the one of {twin.path.name}")
    return History(_in_order(revisions), tuple(problems))


def _read_revision(path: Path) -> Revision:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    values: dict[str, object] = {}
    for statement in tree.body:
        target: ast.expr | None = None
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        if isinstance(target, ast.Name) and target.id in {"revision", "down_revision"}:
            values[target.id] = _literal(target.id, getattr(statement, "value", None))
    revision, down = values.get("revision"), values.get("down_revision")
    if not isinstance(revision, str):
        raise ValueError("no line «revision = '...'»")
    downs = () if down is None else (down,) if isinstance(down, str) else tuple(str(one) for one in _sequence(down))
    docstring = ast.get_docstring(tree) or ""
    message = next((line.strip() for line in docstring.splitlines() if line.strip()), "")
    return Revision(revision, downs, message, path)


def _literal(name: str, value: ast.expr | None) -> object:
    try:
        return None if value is None else ast.literal_eval(value)
    except ValueError:
        raise ValueError(f"{name} is no plain value, so it can't be read without running the file") from None


def _sequence(value: object) -> tuple[object, ...]:
    if isinstance(value, (tuple, list)):
        return tuple(value)
    raise ValueError("down_revision is neither a revision, nor a tuple of them, nor None")


def _in_order(revisions: list[Revision]) -> tuple[Revision, ...]:
    """Parents before children; by name where the graph leaves it open, also for a broken or circular graph."""
    known = {revision.revision for revision in revisions}
    waiting = sorted(revisions, key=lambda revision: revision.revision)
    placed: dict[str, Revision] = {}
    while waiting:
        ready = [one for one in waiting if all(down in placed or down not in known for down in one.down_revisions)]
        for revision in ready or waiting:
            placed.setdefault(revision.revision, revision)
        waiting = [one for one in waiting if one not in ready] if ready else []
    return tuple(placed.values())
