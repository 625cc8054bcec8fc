"""The values a snapshot is made of: all that a migration can change or lose, and nothing of the engine it came from.

Everything here is frozen and compares by value, so two snapshots can be compared, stored, or built by hand in a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the database holds it.

    ``default`` is the SQL text of the server default (``"'1'"``, ``"CURRENT_TIMESTAMP"``), None where there is none.
    ``generated`` is ``""``, ``"virtual"`` or ``"stored"``. ``collation`` is ``""`` where none is declared.
    ``on_conflict`` is the action of ``NOT NULL ON CONFLICT ...``, ``""`` where none is declared.
    """

    name: str
    type: str
    nullable: bool
    default: str | None = None
    collation: str = ""
    generated: str = ""
    on_conflict: str = ""


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """``rowid_alias`` is True for SQLite's ``INTEGER PRIMARY KEY``, where the key is the rowid itself."""

    columns: tuple[str, ...]
    name: str | None = None
    rowid_alias: bool = False
    on_conflict: str = ""


@dataclass(frozen=True, slots=True)
class Unique:
    """``collations`` are how the columns are compared, in their order; empty where all compare byte by byte."""

    columns: tuple[str, ...]
    name: str | None = None
    on_conflict: str = ""
    collations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``deferrable`` is the clause as written, in capitals: ``"DEFERRABLE INITIALLY DEFERRED"``, or ``""``."""

    columns: tuple[str, ...]
    table: str
    referred_columns: tuple[str, ...]
    on_update: str = "NO ACTION"
    on_delete: str = "NO ACTION"
    deferrable: str = ""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """``text`` is the expression inside the parentheses, white space folded."""

    text: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class IndexPart:
    """One column or expression of an index."""

    expression: str
    descending: bool = False
    collation: str = "BINARY"


@dataclass(frozen=True, slots=True)
class Index:
    """An index made by CREATE INDEX (not one that a UNIQUE or a primary key brings along)."""

    name: str
    parts: tuple[IndexPart, ...]
    unique: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of one row, bounded: ``text`` is at most some 200 characters of it.

    ``kind`` is ``null``, ``integer``, ``real``, ``text`` or ``blob``; ``length`` counts characters (bytes for a blob).
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

    ``columns`` may be fewer than the table has: ``hidden_columns`` counts the rest.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    hidden_columns: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``options`` are words such as ``AUTOINCREMENT``, ``STRICT``, ``WITHOUT ROWID``, ``VIRTUAL``.

    ``row_count`` counts up to a limit; where the table has more, ``more_rows`` is True.
    ``comments`` are the comments inside the stored DDL, which a rebuild drops.
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
    row_count: int = 0
    more_rows: bool = False
    page: Page = Page()

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class View:
    name: str
    sql: str
    triggers: tuple[Trigger, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A database at one moment. ``engine`` names what was read, as in ``"SQLite 3.40.1"``.

    ``versions`` are the revisions in ``alembic_version`` (usually one, none before the first upgrade). Alembic's own
    table is in ``tables`` too. Both mappings go by name, in the engine's order.
    """

    engine: str
    versions: tuple[str, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)

    def table(self, name: str) -> Table | None:
        """The table of that name, or None."""
        return self.tables.get(name)
