"""Snapshots of a database and the differences between them, which everything else in the lab is built on."""

from migration_lab.snapshot.changes import Change, RowChange
from migration_lab.snapshot.ddl import ColumnText, read_create_table
from migration_lab.snapshot.difference import Diff, diff
from migration_lab.snapshot.facts import table_facts
from migration_lab.snapshot.reading import read_snapshot, snapshot_url
from migration_lab.snapshot.server_watch import ServerDatabase
from migration_lab.snapshot.sql_tokens import Token, TokenReader, canonical, fold, split, tokenize
from migration_lab.snapshot.sqlite import open_read_only, snapshot_file
from migration_lab.snapshot.sqlite_watch import SQLiteFile, file_changed
from migration_lab.snapshot.values import (
    Cell,
    Check,
    Column,
    EngineVersion,
    ForeignKey,
    Index,
    IndexPart,
    Page,
    Part,
    PrimaryKey,
    Row,
    Snapshot,
    SnapshotError,
    Table,
    Trigger,
    Unique,
    View,
)
from migration_lab.snapshot.watch import COUNT_LIMIT, Locked, Missing, Source, Unreadable, Watch

__all__ = [
    "COUNT_LIMIT",
    "Cell",
    "Change",
    "Check",
    "Column",
    "ColumnText",
    "Diff",
    "EngineVersion",
    "ForeignKey",
    "Index",
    "IndexPart",
    "Locked",
    "Missing",
    "Page",
    "Part",
    "PrimaryKey",
    "Row",
    "RowChange",
    "SQLiteFile",
    "ServerDatabase",
    "Snapshot",
    "SnapshotError",
    "Source",
    "Table",
    "Token",
    "TokenReader",
    "Trigger",
    "Unique",
    "Unreadable",
    "View",
    "Watch",
    "canonical",
    "diff",
    "file_changed",
    "fold",
    "open_read_only",
    "read_create_table",
    "read_snapshot",
    "snapshot_file",
    "snapshot_url",
    "split",
    "table_facts",
    "tokenize",
]
