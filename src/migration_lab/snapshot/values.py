"""The values a snapshot is made of: all that a migration can change or lose, and nothing of the engine it came from.

Everything here is frozen and compares by value, so two snapshots can be compared, stored, or built by hand in a test.
What all engines have reads the same on all of them: types as SQLAlchemy spells them (``VARCHAR(50)``), defaults as SQL
literals. What only some have is in ``options``, plain texts such as ``ON CONFLICT IGNORE`` or ``INCLUDE (email)``, or,
where it has a name and a definition of its own, a ``Part``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class SnapshotError(Exception):
    """A database that can't be read. The message is one line: what, where, and what to do."""


@dataclass(frozen=True, slots=True)
class EngineVersion:
    """The engine that a snapshot is of; as text ``SQLite 3.40.1``."""

    name: str
    version: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {'.'.join(map(str, self.version))}".rstrip()


@dataclass(frozen=True, slots=True)
class Part:
    """What has a name and a definition but no value type of its own: a grant, policy, partition, sequence, enum, ...

    ``kind`` is its word in a sentence (``policy``), ``name`` tells it from its like, ``text`` is its definition.
    """

    kind: str
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the database holds it.

    ``default`` is the SQL text of the server default (``"'1'"``, ``"CURRENT_TIMESTAMP"``), None where there is none.
    ``generated`` is ``""``, ``"virtual"`` or ``"stored"``; an option ``AS (a + b)`` tells the expression where the
    engine's catalogue does. ``collation`` is ``""`` where none is declared.
    ``identity`` is by what the engine numbers new rows: ``ALWAYS``, ``BY DEFAULT``, ``AUTO_INCREMENT``, or ``""``.
    ``not_null_name`` is the name of the NOT NULL, where it is a constraint with a name that somebody chose; one that
    old rows needn't keep has the option ``NOT NULL NOT VALID``.
    """

    name: str
    type: str
    nullable: bool
    default: str | None = None
    collation: str = ""
    generated: str = ""
    identity: str = ""
    not_null_name: str | None = None
    comment: str = ""
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """It has the option ``ROWID`` for SQLite's ``INTEGER PRIMARY KEY``, where the key is the rowid itself."""

    columns: tuple[str, ...]
    name: str | None = None
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unique:
    """``collations`` are how the columns are compared, in their order; empty where all compare byte by byte."""

    columns: tuple[str, ...]
    name: str | None = None
    options: frozenset[str] = frozenset()
    collations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``deferrable`` is the clause as written, in capitals: ``"DEFERRABLE INITIALLY DEFERRED"``, or ``""``.

    One that old rows needn't keep has the option ``NOT VALID``.
    """

    columns: tuple[str, ...]
    table: str
    referred_columns: tuple[str, ...]
    on_update: str = "NO ACTION"
    on_delete: str = "NO ACTION"
    deferrable: str = ""
    name: str | None = None
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Check:
    """``text`` is the expression inside the parentheses, white space folded.

    One that old rows needn't keep has the option ``NOT VALID``, one that none need keep ``NOT ENFORCED``.
    """

    text: str
    name: str | None = None
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class IndexPart:
    """One column or expression of an index. ``options`` are its operator class, ``NULLS FIRST`` and the like.

    ``collation`` is ``BINARY`` where the column's own is used and that is none in particular.
    """

    expression: str
    descending: bool = False
    collation: str = "BINARY"
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Index:
    """An index made by CREATE INDEX (not one that a UNIQUE or a primary key brings along).

    ``options`` are such as ``USING gin``, ``INCLUDE (email)``, ``NULLS NOT DISTINCT``, ``INVALID``, ``INVISIBLE``.
    """

    name: str
    parts: tuple[IndexPart, ...]
    unique: bool = False
    where: str = ""
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Trigger:
    """One that is switched off has the option ``DISABLED``."""

    name: str
    sql: str
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of one row, bounded: ``text`` is at most some 200 characters of it.

    ``kind`` is ``null``, ``integer``, ``real``, ``text`` or ``blob``, or ``boolean`` on an engine that has them. What
    SQL writes in quotes is ``text``, so a moment, too. ``length`` counts characters (bytes for a blob).
    """

    kind: str
    text: str
    length: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row: ``key`` tells it from the others (primary key or rowid, as text), ``cells`` go by the page's columns."""

    key: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The first rows of a table in key order.

    ``columns`` may be fewer than the table has: ``hidden_columns`` counts the rest. ``numbered`` is True where the
    rows go by their keys as numbers, so that it is known what else would stand on the page.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    hidden_columns: int = 0
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``options`` are words such as ``AUTOINCREMENT``, ``STRICT``, ``WITHOUT ROWID``, ``UNLOGGED``.

    ``name`` has the schema before it (``audit.log``) where the name alone doesn't reach the table. ``sql`` is the
    stored DDL where the engine stores any. ``row_count`` counts up to a limit; where the table has more,
    ``more_rows`` is True. ``comments`` are those on the table, or inside the stored DDL, which a rebuild drops.
    """

    name: str
    sql: str
    columns: tuple[Column, ...] = ()
    primary_key: PrimaryKey | None = None
    uniques: tuple[Unique, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    options: frozenset[str] = frozenset()
    comments: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    row_count: int = 0
    more_rows: bool = False
    page: Page = Page()

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class View:
    """A view. One that is stored has the option ``MATERIALIZED``, and may have indexes."""

    name: str
    sql: str
    triggers: tuple[Trigger, ...] = ()
    indexes: tuple[Index, ...] = ()
    options: frozenset[str] = frozenset()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A database at one moment.

    ``versions`` are the revisions in ``alembic_version`` (usually one, none before the first upgrade). Alembic's own
    table is in ``tables`` too. Both mappings go by name, in the engine's order. ``parts`` are what belongs to no
    table. ``locked`` names the tables and views that another transaction kept locked: they are there without anything
    but their name, and a Diff says nothing of them.
    """

    engine: EngineVersion
    versions: tuple[str, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    locked: frozenset[str] = frozenset()

    def table(self, name: str) -> Table | None:
        """The table of that name, or None."""
        return self.tables.get(name)
