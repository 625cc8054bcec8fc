"""The structure of PostgreSQL's tables and views, from pg_catalog: a query for each kind of thing, for all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from migration_lab.snapshot.postgresql_constraints import read_constraints, read_indexes
from migration_lab.snapshot.postgresql_names import OWN_SCHEMAS, Names, no_extension, oid_array
from migration_lab.snapshot.postgresql_parts import read_parts, read_triggers
from migration_lab.snapshot.postgresql_session import Reader, quote, told
from migration_lab.snapshot.postgresql_text import default_text, plain, type_text
from migration_lab.snapshot.values import Column, Part, Table, View

_TABLES, _VIEWS = "rpf", "vm"  # pg_class.relkind
_STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}
_IDENTITY = {"a": "ALWAYS", "d": "BY DEFAULT"}
_GENERATED = {"s": "stored", "v": "virtual"}
_COMPRESSION = {"p": "pglz", "l": "lz4"}
_REPLICA = {"n": "NOTHING", "f": "FULL"}
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view: what it is called here and in SQL, and what may be done with it.

    ``kind`` is pg_class's letter. ``locked`` says that it can't be read without waiting for another transaction.
    """

    oid: int
    kind: str
    own_name: str
    name: str
    quoted: str
    locked: bool
    readable: bool
    options: frozenset[str]
    comment: str
    parts: tuple[Part, ...]


def read_relations(reader: Reader) -> list[Relation]:
    """All tables and views but the system's and those of extensions, in the order in which they were made."""
    found = reader.rows(f"""
        WITH busy AS (
            SELECT coalesce(i.indrelid, l.relation) AS relation
            FROM pg_locks l LEFT JOIN pg_index i ON i.indexrelid = l.relation
            WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        ), busy_too AS (
            SELECT relation FROM busy
            UNION SELECT r.ev_class FROM busy JOIN pg_depend d ON d.refobjid = busy.relation
            AND d.refclassid = 'pg_class'::regclass AND d.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite r ON r.oid = d.objid
        )
        SELECT c.oid::int8, c.relkind::text, n.nspname::text, c.relname::text, pg_table_is_visible(c.oid),
            c.oid IN (SELECT relation FROM busy_too),
            has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
            c.relpersistence::text, c.relrowsecurity, c.relforcerowsecurity, c.relreplident::text,
            c.reloptions::text[], toast.reloptions::text[], am.amname::text, space.spcname::text,
            CASE WHEN c.relowner <> database.datdba THEN pg_get_userbyid(c.relowner)::text END,
            CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
            CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
            coalesce(obj_description(c.oid, 'pg_class'), ''),
            ARRAY(SELECT h.inhparent::regclass::text FROM pg_inherits h
                WHERE h.inhrelid = c.oid AND NOT c.relispartition ORDER BY h.inhseqno),
            c.relispopulated
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_database database ON database.datname = current_database()
        LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
        LEFT JOIN pg_am am ON am.oid = c.relam AND am.amname <> 'heap'
        LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
        WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {OWN_SCHEMAS} AND {no_extension("c", "pg_class")}
        ORDER BY c.oid""")
    relations = []
    taken: set[str] = set()
    for oid, kind, schema, own_name, visible, locked, readable, *rest in sorted(found, key=lambda row: not row[4]):
        quoted = f"{quote(schema)}.{quote(own_name)}"
        name = own_name if visible else f"{schema}.{own_name}"
        if name in taken:  # "a.b" may be the table b of the schema a, or the table a.b
            name = quoted
        taken.add(name)
        options, comment, parts = _declared(kind, *rest)
        may_read = readable and not locked and kind in "rp"  # a foreign table's rows are another server's
        relations.append(Relation(oid, kind, own_name, name, quoted, locked, may_read, options, comment, parts))
    order = {row[0]: position for position, row in enumerate(found)}
    return sorted(relations, key=lambda relation: order[relation.oid])


def _declared(
    kind: str,
    persistence: str,
    row_security: bool,
    forced: bool,
    replica_identity: str,
    storage: list[str] | None,
    toast: list[str] | None,
    access_method: str | None,
    tablespace: str | None,
    owner: str | None,
    partition_key: str | None,
    of_type: str | None,
    comment: str,
    parents: list[str],
    populated: bool,
) -> tuple[frozenset[str], str, tuple[Part, ...]]:
    words = {
        "UNLOGGED": persistence == "u",
        "FOREIGN": kind == "f",
        "MATERIALIZED": kind == "m",
        "WITH NO DATA": not populated,
        "ROW LEVEL SECURITY": row_security,
        "FORCE ROW LEVEL SECURITY": forced,
        f"PARTITION BY {partition_key}": partition_key is not None,
        f"OF {of_type}": of_type is not None,
        f"INHERITS ({', '.join(parents)})": bool(parents),
    }
    parameters = [*(storage or ()), *(f"toast.{one}" for one in toast or ())]
    parts = [Part("storage parameter", *one.partition("=")[::2]) for one in parameters]
    parts += [
        Part(what, "", value)
        for what, value in (
            ("access method", access_method),
            ("tablespace", tablespace),
            ("owner", owner),
            ("replica identity", _REPLICA.get(replica_identity) if kind in _TABLES else None),
        )
        if value
    ]
    return frozenset(word for word, holds in words.items() if holds), comment, tuple(parts)


def read_tables(reader: Reader, relations: Sequence[Relation]) -> tuple[dict[str, Table], dict[str, dict[str, str]]]:
    """All tables by name, without rows; and of each the types that its columns' values have, under any domain.

    What is locked has nothing but its name.
    """
    tables = [one for one in relations if one.kind in _TABLES]
    wanted = [one for one in tables if not one.locked]
    if not wanted:
        return {one.name: Table(one.name, "") for one in tables}, {}
    names = Names(
        {one.oid: one.name for one in relations},
        {one.oid: one.own_name for one in relations},
        oid_array(one.oid for one in wanted),
    )
    columns = _columns(reader, names)
    constraints = read_constraints(reader, names, columns)
    indexes, index_parts = read_indexes(reader, names, columns)
    triggers, trigger_parts = read_triggers(reader, names)
    parts = _grouped([*index_parts, *trigger_parts, *read_parts(reader, names)])
    made = {}
    for one in tables:
        found = constraints[one.oid]
        made[one.name] = Table(
            one.name,
            "",
            tuple(found.named(column) for column, _ in columns[one.oid].values()),
            found.primary_key,
            tuple(found.uniques),
            tuple(found.foreign_keys),
            tuple(found.checks),
            tuple(indexes[one.oid]),
            tuple(triggers[one.oid]),
            one.options,
            (one.comment,) if one.comment else (),
            (*one.parts, *found.parts, *parts[one.oid]),
        )
    types = {one.name: {column.name: type_ for column, type_ in columns[one.oid].values()} for one in tables}
    return made, types


def read_views(reader: Reader, relations: Sequence[Relation]) -> dict[str, View]:
    """All views by name, materialized or not; of one that stands on a locked table only the name."""
    views = [one for one in relations if one.kind in _VIEWS]
    wanted = [one for one in views if not one.locked]
    if not wanted:
        return {one.name: View(one.name, "") for one in views}
    names = Names(
        {one.oid: one.name for one in relations},
        {one.oid: one.own_name for one in relations},
        oid_array(one.oid for one in wanted),
    )
    texts = dict(
        reader.rows(f"SELECT oid::int8, pg_get_viewdef(oid, true) FROM pg_class WHERE oid = ANY ({names.wanted})")
    )
    columns = _columns(reader, names)
    indexes, index_parts = read_indexes(reader, names, columns)
    triggers, trigger_parts = read_triggers(reader, names)
    parts = _grouped([*index_parts, *trigger_parts, *read_parts(reader, names)])
    made = {}
    for one in views:
        own = list(one.parts)
        if one.comment:
            own.append(Part("comment", "", one.comment))
        for column, _ in columns[one.oid].values():
            if column.comment:
                own.append(Part("comment", f"on column {column.name}", column.comment))
            if column.default is not None:
                own.append(Part("default", column.name, column.default))
        made[one.name] = View(
            one.name,
            "" if one.locked else told(texts.get(one.oid)).strip(),
            tuple(triggers[one.oid]),
            tuple(indexes[one.oid]),
            one.options,
            (*own, *parts[one.oid]),
        )
    return made


def _columns(reader: Reader, names: Names) -> defaultdict[int, dict[str, tuple[Column, str]]]:
    """Each table's columns by name, each with the type that its values have, under any domain."""
    compression = "a.attcompression::text" if reader.version >= 140_000 else "''"
    target = "nullif(a.attstattarget, -1)"
    columns: defaultdict[int, dict[str, tuple[Column, str]]] = defaultdict(dict)
    for (
        oid, name, type_, plain_type, builtin, kind, not_null, default, generated, identity, collation, comment,
        storage, squeezed, statistics, options,
    ) in reader.rows(f"""
        SELECT a.attrelid::int8, a.attname::text, format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, NULL),
            t.typnamespace = 'pg_catalog'::regnamespace,
            CASE WHEN t.typtype = 'd' THEN (WITH RECURSIVE base AS (
                SELECT t.typbasetype AS type UNION SELECT d.typbasetype FROM base JOIN pg_type d ON d.oid = base.type
                WHERE d.typtype = 'd') SELECT format_type(base.type, NULL) FROM base JOIN pg_type b ON b.oid = base.type
                WHERE b.typtype <> 'd') ELSE format_type(a.atttypid, NULL) END,
            a.attnotnull, pg_get_expr(d.adbin, d.adrelid, true), a.attgenerated::text, a.attidentity::text,
            (SELECT collname::text FROM pg_collation co WHERE co.oid = a.attcollation AND co.oid <> t.typcollation),
            coalesce(col_description(a.attrelid, a.attnum), ''),
            CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END, {compression}, {target},
            a.attoptions::text[]
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = ANY ({names.wanted}) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attrelid, a.attnum"""):  # fmt: skip
        said: dict[str, bool] = {
            f"AS ({plain(default or '')})": bool(generated),
            f"STORAGE {_STORAGE.get(storage)}": bool(storage),
            f"COMPRESSION {_COMPRESSION.get(squeezed, squeezed)}": bool(squeezed),
            f"STATISTICS {statistics}": statistics is not None,
            **{str(option): True for option in options or ()},
        }
        columns[oid][name] = (
            Column(
                name,
                type_text(type_, builtin),
                not not_null,
                None if generated else default_text(default, plain_type),
                collation or "",
                _GENERATED.get(generated, ""),
                _IDENTITY.get(identity, ""),
                comment=comment,
                options=frozenset(word for word, holds in said.items() if holds),
            ),
            kind,
        )
    return columns


def _grouped(pairs: Iterable[tuple[int, _Value]]) -> defaultdict[int, list[_Value]]:
    grouped: defaultdict[int, list[_Value]] = defaultdict(list)
    for key, value in pairs:
        grouped[key].append(value)
    return grouped
