"""The structure of SQLite's tables, from the engine's own catalogue: sqlite_schema, the PRAGMAs and the stored DDL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from migration_lab.snapshot.ddl import TableText, read_create_index, read_create_table
from migration_lab.snapshot.values import Column, ForeignKey, Index, IndexPart, PrimaryKey, Table, Trigger, Unique

_ORDINARY_ERROR = 1  # SQLITE_ERROR: this statement can't be run; not 'busy', 'interrupted' or 'corrupt'
_GENERATED = {2: "virtual", 3: "stored"}  # table_xinfo's 'hidden'; 1 is a virtual table's hidden column


class Cursor(Protocol):
    """What is needed of a cursor of sqlite3 or pysqlite3."""

    row_factory: Any

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> object: ...
    def fetchall(self) -> list[Any]: ...
    def close(self) -> None: ...


class Connection(Protocol):
    """What is needed of a connection of sqlite3 or pysqlite3, whose types have nothing else in common."""

    @property
    def in_transaction(self) -> bool: ...
    @property
    def OperationalError(self) -> type[Exception]: ...
    def cursor(self) -> Cursor: ...


class Reader:
    """Runs queries whose text comes back as ``CAST(... AS BLOB)``, and decodes it here.

    So neither text that isn't valid UTF-8 nor the connection's own ``text_factory`` can interfere.
    """

    def __init__(self, connection: Connection) -> None:
        self._cursor: Cursor = connection.cursor()
        self._cursor.row_factory = None  # the cursor's own: the connection keeps its
        self._error = connection.OperationalError
        self._encoding = "utf-8"
        little, big = self.rows("SELECT encoding = 'UTF-16le', encoding = 'UTF-16be' FROM pragma_encoding")[0]
        if little or big:
            self._encoding = "utf-16-le" if little else "utf-16-be"

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises what the driver raises."""
        self._cursor.execute(sql, parameters)
        return [
            tuple(value.decode(self._encoding, "replace") if isinstance(value, bytes) else value for value in row)
            for row in self._cursor.fetchall()
        ]

    def unreadable(self, error: Exception) -> bool:
        """Whether ``error`` says that one object can't be read (a module is missing, say) though the database can."""
        return isinstance(error, self._error) and getattr(error, "sqlite_errorcode", _ORDINARY_ERROR) == _ORDINARY_ERROR

    def execute(self, sql: str) -> None:
        """Run a statement without a result."""
        self._cursor.execute(sql)

    def close(self) -> None:
        self._cursor.close()


def quote(name: str) -> str:
    """``name`` as a quoted identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def key_order(reader: Reader, table: str) -> str:
    """The ORDER BY terms of the primary key's own index, so that reading in that order needs no sorting."""
    found = reader.rows(
        """SELECT CAST(x.name AS BLOB), CAST(x.coll AS BLOB), x."desc"
        FROM pragma_index_list(?, 'main') AS l, pragma_index_xinfo(l.name, 'main') AS x
        WHERE l.origin = 'pk' AND x.key ORDER BY x.seqno""",
        table,
    )
    return ", ".join(f"{quote(name)} COLLATE {quote(coll)}{' DESC' if down else ''}" for name, coll, down in found)


def read_table(reader: Reader, name: str, sql: str, indexes: dict[str, str], triggers: tuple[Trigger, ...]) -> Table:
    """The table ``name`` without its rows. ``indexes`` maps the names of its indexes to their stored text.

    Raises what the driver raises where the table can't be read.
    """
    text = read_create_table(sql)
    declared = reader.rows(
        """SELECT CAST(name AS BLOB), CAST(type AS BLOB), "notnull", CAST(dflt_value AS BLOB), pk, hidden
        FROM pragma_table_xinfo(?, 'main') WHERE hidden <> 1 ORDER BY cid""",
        name,
    )
    made = reader.rows(
        """SELECT CAST(l.name AS BLOB), l."unique", CAST(l.origin AS BLOB), x.cid, CAST(x.name AS BLOB), x."desc",
            CAST(x.coll AS BLOB)
        FROM pragma_index_list(?, 'main') AS l, pragma_index_xinfo(l.name, 'main') AS x
        WHERE x.key ORDER BY l.seq DESC, x.seqno""",
        name,
    )
    key = tuple(row[0] for row in sorted(declared, key=lambda row: row[4]) if row[4])
    primary_key = _primary_key(key, text, any(row[2] == "pk" for row in made)) if key else None
    return Table(
        name,
        sql,
        tuple(_column(row, text, primary_key) for row in declared),
        primary_key,
        _uniques(made, text),
        _foreign_keys(reader, name, text),
        text.checks,
        _indexes(made, indexes),
        triggers,
        text.options,
        text.comments,
    )


def _column(row: tuple[Any, ...], text: TableText, primary_key: PrimaryKey | None) -> Column:
    name, type_, not_null, default, _, hidden = row
    # The rowid is never NULL, though table_xinfo says so only where NOT NULL was written out.
    is_rowid = primary_key is not None and "ROWID" in primary_key.options and primary_key.columns == (name,)
    clauses = text.column(name)
    return Column(
        name,
        type_ or "",
        not (not_null or is_rowid),
        default,
        clauses.collation if clauses else "",
        _GENERATED.get(hidden, ""),
        options=clauses.options if clauses else frozenset(),
    )


def _primary_key(columns: tuple[str, ...], text: TableText, has_index: bool) -> PrimaryKey:
    # Any primary key but the rowid itself has an index, in a WITHOUT ROWID table too.
    declared = text.primary_key or PrimaryKey(columns)
    return PrimaryKey(columns, declared.name, declared.options | (frozenset() if has_index else {"ROWID"}))


def _uniques(made: list[tuple[Any, ...]], text: TableText) -> tuple[Unique, ...]:
    """Found by their indexes, which nothing hides; their names and ON CONFLICT come from the text."""
    found: dict[str, list[tuple[str, str]]] = {}
    for index, _, origin, _, column, _, collation in made:
        if origin == "u":
            found.setdefault(index, []).append((column, collation))
    uniques = []
    for parts in found.values():
        columns = tuple(column for column, _ in parts)
        collations = tuple(collation for _, collation in parts)
        written = [unique for unique in text.uniques if _same(unique.columns, columns)] or [Unique(columns)]
        name = next((unique.name for unique in written if unique.name), None)
        options = next((unique.options for unique in written if unique.options), frozenset())
        binary = all(collation.upper() == "BINARY" for collation in collations)
        uniques.append(Unique(columns, name, options, () if binary else collations))
    return tuple(uniques)


def _indexes(made: list[tuple[Any, ...]], sql: dict[str, str]) -> tuple[Index, ...]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in made:
        if row[2] == "c":
            found.setdefault(row[0], []).append(row)
    indexes = []
    for name, rows in found.items():
        text = read_create_index(sql.get(name, ""))
        parts = []
        for position, (_, _, _, cid, column, descending, collation) in enumerate(rows):
            written = text.expressions[position] if position < len(text.expressions) else ""
            parts.append(IndexPart(column if cid >= 0 else written, bool(descending), collation))
        indexes.append(Index(name, tuple(parts), bool(rows[0][1]), text.where))
    return tuple(indexes)


def _foreign_keys(reader: Reader, table: str, text: TableText) -> tuple[ForeignKey, ...]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in reader.rows(
        """SELECT id, CAST("table" AS BLOB), CAST("from" AS BLOB), CAST("to" AS BLOB), CAST(on_update AS BLOB),
            CAST(on_delete AS BLOB) FROM pragma_foreign_key_list(?, 'main') ORDER BY id DESC, seq""",
        table,
    ):
        found.setdefault(row[0], []).append(row)
    written = list(text.foreign_keys)
    foreign_keys = []
    for rows in found.values():
        _, referred, _, _, on_update, on_delete = rows[0]
        columns = tuple(row[2] for row in rows)
        # REFERENCES without columns means the parent's primary key: the same key, however it is written.
        to = _key_of(reader, referred) if rows[0][3] is None else tuple(row[3] for row in rows)
        match = next((w for w in written if _same((*w.columns, w.table), (*columns, referred))), None)
        if match:
            written.remove(match)
        deferrable, name = (match.deferrable, match.name) if match else ("", None)
        foreign_keys.append(ForeignKey(columns, referred, to, on_update, on_delete, deferrable, name))
    return tuple(foreign_keys)


def _key_of(reader: Reader, table: str) -> tuple[str, ...]:
    key = "SELECT CAST(name AS BLOB) FROM pragma_table_xinfo(?, 'main') WHERE pk ORDER BY pk"
    return tuple(name for (name,) in reader.rows(key, table))


def _same(left: Sequence[str], right: Sequence[str]) -> bool:
    return [name.lower() for name in left] == [name.lower() for name in right]
