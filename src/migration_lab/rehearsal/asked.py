"""What a migration asks for: by the operations that it calls, and by the SQL that it sends itself.

What an operation sends in turn isn't asked for: a batch operation on one column drops the whole table, and nobody meant
what goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops

from migration_lab.rehearsal.report import Place


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that was asked for.

    ``action`` is ``create``, ``drop``, ``rename``, ``alter``, ``insert``, ``update``, ``delete``, or ``run``, which
    stands for a whole statement of SQL. ``kind`` is ``table``, ``column``, ``index``, ``constraint``, ``view``,
    ``trigger``, ``row`` or ``sql``. ``name`` is that of the thing within its table, ``to`` its new name, or the table
    that a foreign key refers to. ``columns`` are a constraint's or an index's, ``referred`` a foreign key's others, or
    ``columns`` those that an UPDATE or INSERT gives a value of its own.
    ``attributes`` are what ``alter`` changes of a column, by the names that snapshots have for it, and ``not null``
    where it becomes that; of a new column ``not null`` and ``default``; of a constraint or an index ``unique``.
    ``where`` is the condition of an UPDATE, a DELETE or a CHECK, ``sql`` the statement, where it was one, and
    ``rows`` how many it changed, None where nobody knows.
    """

    action: str
    kind: str
    table: str = ""
    name: str = ""
    to: str = ""
    columns: tuple[str, ...] = ()
    referred: tuple[str, ...] = ()
    attributes: frozenset[str] = frozenset()
    where: str = ""
    sql: str = ""
    rows: int | None = None
    revision: str = ""
    place: Place | None = None


def asked_by(operation: ops.MigrateOperation) -> Iterator[Asked]:
    """What an operation of Alembic's asks for; nothing for one that runs SQL, which is read by itself."""
    found: Any = operation
    match operation:
        case ops.CreateTableOp():
            yield Asked("create", "table", _table(found), columns=_names(found.columns))
        case ops.DropTableOp():
            yield Asked("drop", "table", _table(found))
        case ops.RenameTableOp():
            new = f"{found.schema}.{found.new_table_name}" if found.schema else found.new_table_name
            yield Asked("rename", "table", _table(found), to=new)
        case ops.AddColumnOp():
            yield from _added(found)
        case ops.DropColumnOp():
            yield Asked("drop", "column", _table(found), found.column_name)
        case ops.AlterColumnOp():
            yield from _alter(found)
        case ops.CreateIndexOp():
            columns = tuple(str(getattr(column, "name", column)) for column in found.columns)
            index = _unique("index", _table(found), found.index_name, columns, found.unique)
            quiet = {"concurrently"} if found.kw.get("postgresql_concurrently") else set()
            yield replace(index, attributes=index.attributes | quiet)
        case ops.DropIndexOp():
            yield Asked("drop", "index", _table(found), str(found.index_name or ""))
        case ops.CreateForeignKeyOp():
            yield _foreign_key(found)
        case ops.CreateCheckConstraintOp():
            text = str(found.condition)
            yield Asked("create", "constraint", _table(found), str(found.constraint_name or ""), where=text)
        case ops.AddConstraintOp():
            columns = tuple(str(getattr(column, "name", column)) for column in getattr(found, "columns", ()))
            yield _unique("constraint", _table(found), found.constraint_name, columns, True)
        case ops.DropConstraintOp():
            yield Asked("drop", "constraint", _table(found), str(found.constraint_name or ""))
        case ops.CreateTableCommentOp() | ops.DropTableCommentOp():
            yield Asked("alter", "table", _table(found), attributes=frozenset({"comment"}))
        case ops.BulkInsertOp():
            yield Asked("insert", "row", found.table.fullname)
        # By its shape, as op.set_not_null's: importing that would give it to projects that forgot to.
        case _ if {"table_name", "schema", "column_name"} <= vars(found).keys() and hasattr(found, "nullable"):
            attributes = frozenset({"nullable"} if found.nullable else {"nullable", "not null"})
            yield Asked("alter", "column", _table(found), found.column_name, attributes=attributes)


def _added(found: Any) -> Iterator[Asked]:
    column, table = found.column, _table(found)
    attributes = {"not null"} if not column.nullable else set()
    if column.server_default is not None or column.computed is not None or column.identity is not None:
        attributes.add("default")
    yield Asked("create", "column", table, column.name, attributes=frozenset(attributes))
    if column.unique:
        yield _unique("constraint", table, "", (column.name,), True)
    if column.index:
        yield _unique("index", table, "", (column.name,), False)
    for key in column.foreign_keys:
        yield Asked("create", "constraint", table, to=key.target_fullname.rpartition(".")[0], columns=(column.name,))


def _alter(found: Any) -> Iterator[Asked]:
    changes = {
        "nullable": found.modify_nullable is not None,
        "not null": found.modify_nullable is False,
        "default": found.modify_server_default is not False,
        "type": found.modify_type is not None,
        "collation": bool(getattr(found.modify_type, "collation", None)),
        "comment": found.modify_comment is not False,
    }
    attributes = frozenset(name for name, asked in changes.items() if asked)
    if attributes:
        yield Asked("alter", "column", _table(found), found.column_name, attributes=attributes)
    if found.modify_name is not None:
        yield Asked("rename", "column", _table(found), found.column_name, to=str(found.modify_name))


def _unique(kind: str, table: str, name: Any, columns: tuple[str, ...], unique: bool) -> Asked:
    attributes = frozenset({"unique"} if unique else ())
    return Asked("create", kind, table, str(name or ""), columns=columns, attributes=attributes)


def _foreign_key(found: Any) -> Asked:
    table = ".".join(word for word in (found.kw.get("source_schema"), found.source_table) if word)
    other = ".".join(word for word in (found.kw.get("referent_schema"), found.referent_table) if word)
    name, columns, referred = str(found.constraint_name or ""), tuple(found.local_cols), tuple(found.remote_cols)
    return Asked("create", "constraint", table, name, other, columns, referred)


def _table(found: Any) -> str:
    name = str(found.table_name or "")
    return f"{found.schema}.{name}" if found.schema else name


def _names(columns: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(one.name) for one in columns if isinstance(one, sa.Column))
