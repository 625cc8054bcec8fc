"""What SQLite's PRAGMAs don't tell about a table or an index, read from the text of its CREATE statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from migration_lab.snapshot.sql_tokens import Token, TokenReader, fold, split, tokenize
from migration_lab.snapshot.values import Check, ForeignKey, PrimaryKey, Unique

__all__ = ["ColumnText", "IndexText", "TableText", "Token", "read_create_index", "read_create_table", "tokenize"]

_TABLE_CONSTRAINTS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})
_COLUMN_CONSTRAINTS = frozenset(
    {"CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "DEFERRABLE"}
    | {"GENERATED", "AS"}
)


@dataclass(frozen=True, slots=True)
class ColumnText:
    """One column's definition, which is ``sql[start:end]``. ``options`` are the ON CONFLICT of its NOT NULL.

    ``not_null`` are the tokens that say NOT NULL, with the constraint's name and its ON CONFLICT.
    """

    name: str
    collation: str
    options: frozenset[str]
    start: int
    end: int
    not_null: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class TableText:
    """What the text of a CREATE TABLE declares. Inline constraints and those in clauses of the table stand together."""

    columns: tuple[ColumnText, ...] = ()
    primary_key: PrimaryKey | None = None
    uniques: tuple[Unique, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    options: frozenset[str] = frozenset()
    comments: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnText | None:
        """The column of that name in any letter case, or None."""
        return next((column for column in self.columns if column.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class IndexText:
    """The indexed expressions of a CREATE INDEX, without direction and collation, and its WHERE."""

    expressions: tuple[str, ...] = ()
    where: str = ""


def read_create_table(sql: str) -> TableText:
    """Read ``sql``, a CREATE TABLE as SQLite stores it. Never raises: odd text gives what can be made out."""
    return _CreateTable(sql).read()


def read_create_index(sql: str) -> IndexText:
    """Read ``sql``, a CREATE INDEX as SQLite stores it. Never raises: odd text gives what can be made out."""
    reader = TokenReader([token for token in tokenize(sql) if token.kind != "comment"])
    while reader.next.kind != "end" and reader.next.text != "(":
        reader.take()
    expressions = tuple(fold(sql, _bare_expression(part)) for part in split(reader.group()))
    return IndexText(expressions, fold(sql, reader.rest) if reader.accept("WHERE") else "")


def _bare_expression(part: list[Token]) -> list[Token]:
    if part[-1].word in ("ASC", "DESC"):
        part = part[:-1]
    if len(part) > 2 and part[-2].word == "COLLATE":
        part = part[:-2]
    return part


class _CreateTable:
    """Collects a table's declarations in one pass over its tokens."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._tokens = tokenize(sql)
        self._columns: list[ColumnText] = []
        self._primary_key: PrimaryKey | None = None
        self._uniques: list[Unique] = []
        self._foreign_keys: list[ForeignKey] = []
        self._checks: list[Check] = []
        self._options: set[str] = set()

    def read(self) -> TableText:
        reader = TokenReader([token for token in self._tokens if token.kind != "comment"])
        if reader.accept("CREATE", "VIRTUAL", "TABLE"):
            self._options.add("VIRTUAL")
        else:
            while reader.next.kind != "end" and reader.next.text != "(" and reader.next.word != "AS":
                reader.take()
            for definition in split(reader.group()):
                self._definition(definition)
            for option in split(reader.rest):
                self._options.add(" ".join(token.word for token in option))
        return TableText(
            tuple(self._columns),
            self._primary_key,
            tuple(self._uniques),
            tuple(self._foreign_keys),
            tuple(self._checks),
            frozenset(self._options & {"VIRTUAL", "AUTOINCREMENT", "STRICT", "WITHOUT ROWID"}),
            tuple(token.text for token in self._tokens if token.kind == "comment"),
        )

    def _definition(self, tokens: list[Token]) -> None:
        reader = TokenReader(tokens)
        if tokens[0].word in _TABLE_CONSTRAINTS:
            self._table_constraints(reader)
        else:
            self._column(reader, tokens)

    def _table_constraints(self, reader: TokenReader) -> None:
        name: str | None = None
        # A loop, since SQLite lets the comma between two table constraints be left out.
        while reader.next.kind != "end":
            if reader.accept("CONSTRAINT"):
                name = reader.take().value
                continue
            if reader.accept("PRIMARY", "KEY"):
                columns = self._key_columns(reader.group())
                self._primary_key = PrimaryKey(columns, name, _on_conflict(reader))
            elif reader.accept("UNIQUE"):
                columns = self._key_columns(reader.group())
                self._uniques.append(Unique(columns, name, _on_conflict(reader)))
            elif reader.accept("CHECK"):
                self._check(reader, name)
            elif reader.accept("FOREIGN", "KEY"):
                columns = tuple(part[0].value for part in split(reader.group()))
                reader.accept("REFERENCES")
                self._foreign_keys.append(_references(reader, columns, name))
            else:
                reader.take()
            name = None

    def _column(self, reader: TokenReader, tokens: Sequence[Token]) -> None:
        column = reader.take().value
        collation = ""
        options: frozenset[str] = frozenset()
        not_null: list[Token] = []
        name: str | None = None
        while reader.next.kind != "end" and reader.next.word not in _COLUMN_CONSTRAINTS:
            reader.take()  # the type, which may be any words, or none
        start = 0
        while reader.next.kind != "end":
            if name is None:
                start = len(tokens) - len(reader.rest)  # of the clause, its name included
            if reader.accept("CONSTRAINT"):
                name = reader.take().value
                continue
            if reader.accept("PRIMARY", "KEY"):
                _ = reader.accept("ASC") or reader.accept("DESC")
                self._primary_key = PrimaryKey((column,), name, _on_conflict(reader))
                if reader.accept("AUTOINCREMENT"):
                    self._options.add("AUTOINCREMENT")
            elif reader.accept("NOT", "NULL"):
                options = _on_conflict(reader)
                not_null += tokens[start : len(tokens) - len(reader.rest)]
            elif reader.accept("UNIQUE"):
                self._uniques.append(Unique((column,), name, _on_conflict(reader)))
            elif reader.accept("CHECK"):
                self._check(reader, name)
            elif reader.accept("COLLATE"):
                collation = reader.take().value
            elif reader.accept("REFERENCES"):
                self._foreign_keys.append(_references(reader, (column,), name))
            elif deferrable := _deferrable(reader):
                # SQLite takes the clause also when others stand between it and its REFERENCES.
                self._foreign_keys[-1:] = [replace(last, deferrable=deferrable) for last in self._foreign_keys[-1:]]
            elif not reader.group():  # the value of a DEFAULT or AS may hold any word in parentheses
                reader.take()
            name = None
        where = tokens[0].start, tokens[-1].end
        self._columns.append(ColumnText(column, collation, options, *where, tuple(not_null)))

    def _check(self, reader: TokenReader, name: str | None) -> None:
        self._checks.append(Check(fold(self._sql, reader.group()), name))
        _on_conflict(reader)

    def _key_columns(self, tokens: Sequence[Token]) -> tuple[str, ...]:
        columns = []
        for part in split(tokens):
            if part[-1].word == "AUTOINCREMENT":
                self._options.add("AUTOINCREMENT")
            columns.append(part[0].value)
        return tuple(columns)


def _on_conflict(reader: TokenReader) -> frozenset[str]:
    return frozenset({f"ON CONFLICT {reader.take().word}"} if reader.accept("ON", "CONFLICT") else ())


def _references(reader: TokenReader, columns: tuple[str, ...], name: str | None) -> ForeignKey:
    """The foreign key whose REFERENCES the reader has just passed."""
    table = reader.take().value
    referred = tuple(part[0].value for part in split(reader.group()))
    actions = {"UPDATE": "NO ACTION", "DELETE": "NO ACTION"}
    deferrable = ""
    while True:
        if reader.accept("MATCH"):
            reader.take()
        elif reader.next.word == "ON" and len(reader.rest) > 1 and reader.rest[1].word in actions:
            reader.take()
            event = reader.take().word
            first = reader.take().word
            actions[event] = f"{first} {reader.take().word}" if first in ("SET", "NO") else first
        elif clause := _deferrable(reader):
            deferrable = clause
        else:
            return ForeignKey(columns, table, referred, actions["UPDATE"], actions["DELETE"], deferrable, name)


def _deferrable(reader: TokenReader) -> str:
    if reader.accept("NOT", "DEFERRABLE"):
        clause = "NOT DEFERRABLE"
    elif reader.accept("DEFERRABLE"):
        clause = "DEFERRABLE"
    else:
        return ""
    return f"{clause} INITIALLY {reader.take().word}" if reader.accept("INITIALLY") else clause
