"""One difference between two snapshots, and the line of English that tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migration_lab.snapshot.facts import Fact, RowCount, Versions, differences, weakens
from migration_lab.snapshot.values import (
    Cell,
    Check,
    Column,
    ForeignKey,
    Index,
    IndexPart,
    Part,
    PrimaryKey,
    Row,
    Table,
    Unique,
)


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that appeared (``before`` is None), vanished (``after`` is None) or changed.

    ``kind`` is ``version``, ``table``, ``view``, ``column``, ``primary key``, ``unique``, ``foreign key``, ``check``,
    ``index``, ``trigger``, ``option``, ``comment``, ``row count``, or that of a Part. ``table`` is the view's name for
    what belongs to a view, and ``""`` for what belongs to the database, as a version and a view itself do.
    ``name`` is what tells it from its like: ``is_active``, ``(username)``, ``(user_id) -> users (id)``; ``""`` where
    a table has only one.
    """

    kind: str
    table: str
    name: str
    before: Fact | None
    after: Fact | None

    @property
    def action(self) -> str:
        """``appeared``, ``vanished`` or ``changed``."""
        if self.before is None:
            return "appeared"
        return "vanished" if self.after is None else "changed"

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names of the attributes that differ, as in ``("nullable", "default")``; empty unless it changed."""
        return tuple(name for name, _, _ in self._differences())

    @property
    def loses(self) -> bool:
        """Whether something is gone or weaker than it was. A version isn't: going back to an older one loses none."""
        if self.before is None or self.kind == "version":
            return False
        if self.after is None:
            return True
        if isinstance(self.before, RowCount) and isinstance(self.after, RowCount):
            return self.before.more > self.after.more or (
                self.before.more == self.after.more and self.after.count < self.before.count
            )
        return any(weakens(*difference) for difference in self._differences())

    def describe(self) -> str:
        """One line, as in ``users: column is_active changed: nullable yes -> no``."""
        own = not self.table or self.kind == "table"
        what = _TITLES.get(self.kind, self.kind)
        subject = " ".join(word for word in (what, self._label()) if word)
        line = subject if own else f"{self.table}: {subject}"
        if self.kind in ("version", "row count"):
            return _one_line(f"{line}: {_word(self.before)} -> {_word(self.after)}")
        if self.action == "changed":
            return _one_line(f"{line} changed: {'; '.join(_told(*found) for found in self._differences())}")
        fact = self.before if self.after is None else self.after
        details = ", ".join(_details(fact)) if fact is not None else ""
        return _one_line(f"{line} {self.action}" + (f" ({details})" if details else ""))

    def _label(self) -> str:
        fact = self.before if self.after is None else self.after
        if isinstance(fact, Check):
            return f"({fact.text})"
        if isinstance(fact, PrimaryKey):
            return f"({', '.join(fact.columns)})"
        return f'"{self.name}"' if self.kind == "comment" and isinstance(fact, str) else self.name

    def _differences(self) -> list[tuple[str, object, object]]:
        if self.before is None or self.after is None:
            return []
        return differences(self.before, self.after)


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row of the page that appeared, vanished or changed.

    ``columns`` names the columns, of those on both pages, whose value differs; ``cells`` are their values before and
    after, in the same order.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    before: Row | None
    after: Row | None
    cells: tuple[tuple[Cell, Cell], ...] = ()

    @property
    def action(self) -> str:
        """``appeared``, ``vanished`` or ``changed``."""
        if self.before is None:
            return "appeared"
        return "vanished" if self.after is None else "changed"

    @property
    def loses(self) -> bool:
        """Whether the row is gone or one of its values became NULL."""
        nulled = any(new.kind == "null" for _, new in self.cells)
        return self.after is None or nulled

    def describe(self) -> str:
        """One line, as in ``users: row 1 changed: is_active NULL -> 1``."""
        line = f"{self.table}: row {', '.join(self.key)} {self.action}"
        if self.action != "changed":
            return _one_line(line)
        pairs = zip(self.columns, self.cells, strict=True)
        told = ", ".join(f"{name} {_cell(old)} -> {_cell(new)}" for name, (old, new) in pairs)
        return _one_line(f"{line}: {told}")


_TITLES = {"unique": "UNIQUE", "primary key": "PRIMARY KEY", "foreign key": "FOREIGN KEY", "check": "CHECK"}
_LABELS = {
    "on_update": "ON UPDATE",
    "on_delete": "ON DELETE",
    "where": "WHERE",
    "not_null_name": "name of NOT NULL",
    "parts": "on",
    "text": "",
}


def _details(fact: Fact) -> Iterator[str]:
    """What is worth saying about a fact that came or went, beside its name."""
    if isinstance(fact, Table):
        rows = RowCount(fact.row_count, fact.more_rows)
        yield f"{rows} {'row' if str(rows) == '1' else 'rows'}"
    if isinstance(fact, Column):
        yield fact.type or "no type"
        yield "NULL allowed" if fact.nullable else "NOT NULL"
        if fact.default is not None:
            yield f"default {fact.default}"
        if fact.collation:
            yield f"COLLATE {fact.collation}"
        if fact.generated:
            yield f"generated, {fact.generated}"
        if fact.identity:
            yield f"numbered {fact.identity}"
        if fact.not_null_name:
            yield f"NOT NULL named {fact.not_null_name}"
        if fact.comment:
            yield f"comment {fact.comment}"
    if isinstance(fact, ForeignKey):
        if fact.on_update != "NO ACTION":
            yield f"ON UPDATE {fact.on_update}"
        if fact.on_delete != "NO ACTION":
            yield f"ON DELETE {fact.on_delete}"
        if fact.deferrable:
            yield fact.deferrable
    if isinstance(fact, Index):
        yield f"{'unique ' if fact.unique else ''}on {_word(fact.parts)}" + (
            f" WHERE {fact.where}" if fact.where else ""
        )
    if isinstance(fact, Part) and fact.text:
        yield fact.text
    if not isinstance(fact, Part | RowCount | Versions | Table | str):
        # That a key is the rowid is the usual case, and worth a word only where it changes.
        yield from sorted(fact.options - {"ROWID"})
    if isinstance(fact, PrimaryKey | Unique | ForeignKey | Check) and fact.name:
        yield f"named {fact.name}"


def _told(attribute: str, before: object, after: object) -> str:
    """One attribute's difference, as in ``nullable yes -> no``, or ``no longer NOT VALID`` for an option."""
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        gone, come = ", ".join(sorted(before - after)), ", ".join(sorted(after - before))
        return f"{gone} -> {come}" if gone and come else f"now {come}" if come else f"no longer {gone}"
    return f"{_LABELS.get(attribute, attribute)} {_word(before)} -> {_word(after)}".lstrip()


def _word(value: object) -> str:
    """An attribute's value for a reader."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, RowCount | Versions):
        return str(value)
    if isinstance(value, IndexPart):
        collation = "" if value.collation.upper() == "BINARY" else f" COLLATE {value.collation}"
        direction = " DESC" if value.descending else ""
        return " ".join([f"{value.expression}{collation}{direction}", *sorted(value.options)])
    if isinstance(value, tuple):
        return f"({', '.join(_word(item) for item in value)})"
    return str(value)


def _cell(cell: Cell) -> str:
    if cell.kind == "text":
        return "'" + cell.text + ("…'" if cell.length > len(cell.text) else "'")
    return f"x'{cell.text}{'…' if cell.length * 2 > len(cell.text) else ''}'" if cell.kind == "blob" else cell.text


def _one_line(text: str) -> str:
    """``text`` without its line breaks: names, defaults and values may have some."""
    return " ".join(line.strip() for line in text.splitlines())
