"""Whether a migration asked for what is gone, or for what takes it along."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from migration_lab.rehearsal.asked import Asked
from migration_lab.rehearsal.following import Followed
from migration_lab.snapshot import Change, Index, Snapshot, Table, Unique, tokenize

# What statements call a kind of thing, where that is another word.
_STATEMENT_WORDS = {"enum": "TYPE", "composite type": "TYPE", "range type": "TYPE"}


class Wanted:
    """What was asked for, held against each loss. ``followed`` gives the table that has a name afterwards."""

    def __init__(self, asked: Sequence[Asked], after: Snapshot, followed: Callable[[str], Followed | None]) -> None:
        self._asked, self._after, self._followed = asked, after, followed

    def covers(self, change: Change) -> bool:
        """Whether the migration asked for what is gone, or for what takes it along, or something else does the same."""
        if change.kind == "view":
            return self._mentioned("view", change.name)
        if (
            change.kind == "trigger"
            and change.action == "changed"
            and "DISABLED" in getattr(change.after, "options", ())
        ):
            return False  # for the meantime, and nobody thought of the end
        if change.kind == "sequence" and self._numbered_otherwise(change):
            return True
        table = self._followed(change.table)
        names = {change.name.lower(), str(getattr(change.before, "name", "") or "").lower()} - {""}
        if table is not None:
            columns = {column.lower() for column in columns_of(change.before)}
            gone = {old for old, new in table.columns.items() if new == ""}
            if columns and columns <= gone and change.kind != "trigger":
                return True
            if change.kind == "check" and gone & {token.value.lower() for token in tokenize(change.name)}:
                return True
            for asked in table.asked:
                if asked.action == "drop" and asked.kind in ("constraint", "index", "trigger"):
                    if asked.name.lower() in names or (change.kind == "primary key" and not asked.name):
                        return True
                elif asked.action == "create" and asked.kind in ("constraint", "index", "trigger"):
                    if asked.name and asked.name.lower() in names:
                        return True
                    if columns and {column.lower() for column in asked.columns} == columns:
                        return True
                elif asked.kind == "table" and "comment" in asked.attributes and change.kind == "comment":
                    return True
            if self._replaced(change, columns):
                return True
        return self._mentioned(change.kind, *names)

    def _numbered_otherwise(self, change: Change) -> bool:
        """Whether a column has another sequence in place of the one that went with its old table."""
        table = self._after.table(change.table)
        own = [part for part in table.parts if part.kind == "sequence"] if table else []
        return change.action == "vanished" and any(part.text == getattr(change.before, "text", "") for part in own)

    def _replaced(self, change: Change, columns: set[str]) -> bool:
        """Whether something of another kind does the same: a UNIQUE, and a unique index."""
        after = self._after.table(change.table)
        if after is None or not isinstance(change.before, Unique | Index) or change.action != "vanished":
            return False
        unique = isinstance(change.before, Unique) or change.before.unique
        plain = isinstance(change.before, Unique) or not change.before.where
        if not plain or not columns:
            return False
        if unique:
            uniques = [set(map(str.lower, one.columns)) for one in after.uniques]
            uniques += [set(_expressions(one)) for one in after.indexes if one.unique and not one.where]
            uniques += [set(map(str.lower, after.primary_key.columns))] if after.primary_key else []
            return columns in uniques
        assert isinstance(change.before, Index)
        parts = _expressions(change.before)
        return any(_expressions(one)[: len(parts)] == parts and not one.where for one in after.indexes)

    def _mentioned(self, kind: str, *names: str) -> bool:
        """Whether a statement of the migration's own drops or alters something of that name."""
        words = [_STATEMENT_WORDS.get(kind, kind.upper()).split()[-1], *kind.upper().split()]
        for asked in self._asked:
            if asked.action == "drop" and asked.kind == kind and asked.name.lower() in names:
                return True
            if asked.action != "run":
                continue
            tokens = tokenize(asked.sql)
            if not tokens or tokens[0].word not in ("DROP", "ALTER", "REVOKE", "COMMENT", "DO"):
                continue
            values = {token.value.lower() for token in tokens}
            said = {token.word for token in tokens}
            if values & set(names) and (
                kind in ("trigger", "index", "unique", "check", "foreign key") or said & set(words)
            ):
                return True
            if kind == "grant" and "REVOKE" in said:
                return True
        return False


def columns_of(fact: object) -> tuple[str, ...]:
    """The columns that a thing stands on, or an index's expressions."""
    if isinstance(fact, Index):
        return tuple(part.expression for part in fact.parts)
    columns = getattr(fact, "columns", ())
    return () if isinstance(fact, Table) else tuple(columns)


def _expressions(index: Index) -> list[str]:
    return [part.expression.lower() for part in index.parts]
