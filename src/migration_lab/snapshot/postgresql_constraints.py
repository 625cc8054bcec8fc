"""The constraints and indexes of PostgreSQL's tables, from pg_constraint and pg_index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from migration_lab.snapshot.postgresql_names import Names
from migration_lab.snapshot.postgresql_session import Reader, told
from migration_lab.snapshot.postgresql_text import plain
from migration_lab.snapshot.values import Check, Column, ForeignKey, Index, IndexPart, Part, PrimaryKey, Unique

Columns = Mapping[int, Mapping[str, tuple[Column, str]]]
_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_TEXT_TYPES = ("text", "character varying")
_NAME_BYTES = 63  # of an identifier: NAMEDATALEN - 1


@dataclass
class Constraints:
    """Those of one table. ``not_nulls`` are the chosen name and the options of each column's, where it has any."""

    primary_key: PrimaryKey | None = None
    uniques: list[Unique] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    not_nulls: dict[str, tuple[str | None, frozenset[str]]] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def named(self, column: Column) -> Column:
        """The column with what is known of its NOT NULL."""
        name, options = self.not_nulls.get(column.name, (None, frozenset()))
        return replace(column, not_null_name=name, options=column.options | options)


def read_constraints(reader: Reader, names: Names, columns: Columns) -> defaultdict[int, Constraints]:
    """The constraints of all tables, by the table's oid."""
    enforced = "k.conenforced" if reader.version >= 180_000 else "true"
    period = "k.conperiod" if reader.version >= 180_000 else "false"
    set_columns = "k.confdelsetcols" if reader.version >= 150_000 else "NULL::int2[]"
    distinct = "i.indnullsnotdistinct" if reader.version >= 150_000 else "false"
    found: defaultdict[int, Constraints] = defaultdict(Constraints)
    for (
        oid, name, kind, own, to, referred, on_update, on_delete, full, deferrable, deferred, valid, is_enforced,
        no_inherit, is_period, set_only, included, not_distinct, clustered, replica, parameters, tablespace,
        expression, definition, local, comment,
    ) in reader.rows(f"""
        SELECT k.conrelid::int8, k.conname::text, k.contype::text, {_names("k.conkey", "k.conrelid")},
            k.confrelid::int8, {_names("k.confkey", "k.confrelid")}, k.confupdtype::text, k.confdeltype::text,
            k.confmatchtype = 'f', k.condeferrable, k.condeferred, k.convalidated, {enforced}, k.connoinherit, {period},
            {_names(set_columns, "k.conrelid")},
            ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(number, place)
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number
                WHERE u.place > i.indnkeyatts ORDER BY u.place),
            {distinct}, i.indisclustered, i.indisreplident, c.reloptions::text[], space.spcname::text,
            pg_get_expr(k.conbin, k.conrelid, true),
            CASE WHEN k.contype = 'x' THEN pg_get_constraintdef(k.oid, true) END, k.conislocal,
            obj_description(k.oid, 'pg_constraint')
        FROM pg_constraint k
        LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u')
        LEFT JOIN pg_class c ON c.oid = i.indexrelid
        LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
        LEFT JOIN pg_constraint parent ON parent.oid = k.conparentid
        WHERE k.conrelid = ANY ({names.wanted}) AND parent.conrelid IS DISTINCT FROM k.conrelid
        ORDER BY k.conrelid, k.conname"""):  # fmt: skip
        said = {
            "NOT VALID": not valid and is_enforced,
            "NOT ENFORCED": not is_enforced,
            "NO INHERIT": no_inherit and kind == "c",
            "MATCH FULL": full,
            "WITHOUT OVERLAPS": is_period and kind in "pu",
            "PERIOD": is_period and kind == "f",
            f"ON DELETE sets only ({', '.join(set_only)})": bool(set_only),
            f"INCLUDE ({', '.join(included)})": bool(included),
            "NULLS NOT DISTINCT": bool(not_distinct),
            "CLUSTER": bool(clustered),
            "REPLICA IDENTITY": bool(replica),
            f"TABLESPACE {tablespace}": tablespace is not None,
            **dict.fromkeys(parameters or (), True),
        }
        options = frozenset(word for word, holds in said.items() if holds)
        clause = _deferrable(deferrable, deferred)
        late = options | ({clause} if clause else frozenset())
        table, key = found[oid], tuple(own)
        if kind == "p":
            table.primary_key = PrimaryKey(key, name, late)
        elif kind == "u":
            table.uniques.append(Unique(key, name, late))
        elif kind == "f":
            referred_table = names.shown.get(to, str(to))
            actions = (_ACTIONS[on_update], _ACTIONS[on_delete])
            table.foreign_keys.append(ForeignKey(key, referred_table, tuple(referred), *actions, clause, name, options))
        elif kind == "c":
            table.checks.append(Check(plain(told(expression), _texts(columns, oid)), name, options))
        elif kind == "n":
            chosen = name if local and not _is_default(name, names.own[oid], own[0]) else None
            table.not_nulls[own[0]] = (
                chosen,
                frozenset({"NOT NULL NOT VALID"} if not valid else ())
                | frozenset({"NOT NULL NO INHERIT"} if no_inherit else ()),
            )
        elif kind == "x":
            table.parts.append(Part("exclusion", name, told(definition)))
        if comment:
            table.parts.append(Part("comment", f"on constraint {name}", comment))
    return found


def read_indexes(
    reader: Reader, names: Names, columns: Columns
) -> tuple[defaultdict[int, list[Index]], list[tuple[int, Part]]]:
    """The indexes that no constraint brought along, by the oid of their table, and the comments on them."""
    distinct = "i.indnullsnotdistinct" if reader.version >= 150_000 else "false"
    found: defaultdict[int, list[Index]] = defaultdict(list)
    parts = []
    for (
        oid, name, unique, valid, clustered, replica, not_distinct, method, parameters, tablespace, where, comment,
        keys, expressions, attributes, classes, collations, flags, statistics,
    ) in reader.rows(f"""
        SELECT i.indrelid::int8, c.relname::text, i.indisunique, i.indisvalid AND i.indisready, i.indisclustered,
            i.indisreplident, {distinct}, am.amname::text, c.reloptions::text[], space.spcname::text,
            pg_get_expr(i.indpred, i.indrelid, true), obj_description(c.oid, 'pg_class'), i.indnkeyatts::int8,
            ARRAY(SELECT pg_get_indexdef(i.indexrelid, place, true)
                FROM generate_series(1, i.indnatts) AS place ORDER BY place),
            ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(number, place)
                LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number <> 0
                ORDER BY u.place),
            ARRAY(SELECT CASE WHEN NOT o.opcdefault THEN o.opcname::text END
                FROM unnest(i.indclass::oid[]) WITH ORDINALITY AS u(class, place) JOIN pg_opclass o ON o.oid = u.class
                ORDER BY u.place),
            ARRAY(SELECT CASE WHEN u.collated <> coalesce(nullif(own.attcollation, 0), t.typcollation)
                    THEN co.collname::text END
                FROM unnest(i.indcollation::oid[], i.indkey::int2[]) WITH ORDINALITY AS u(collated, number, place)
                JOIN pg_attribute made ON made.attrelid = i.indexrelid AND made.attnum = u.place
                JOIN pg_type t ON t.oid = made.atttypid
                LEFT JOIN pg_attribute own ON own.attrelid = i.indrelid AND own.attnum = u.number AND u.number <> 0
                LEFT JOIN pg_collation co ON co.oid = u.collated WHERE u.place <= i.indnkeyatts ORDER BY u.place),
            ARRAY(SELECT flag::int8 FROM unnest(i.indoption::int2[]) WITH ORDINALITY AS u(flag, place) ORDER BY place),
            ARRAY(SELECT array_to_string(ARRAY[nullif('STATISTICS ' || nullif(a.attstattarget, -1), ''),
                    array_to_string(a.attoptions, ', ')], ', ')
                FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attnum > 0 ORDER BY a.attnum)
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_am am ON am.oid = c.relam
        LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
        WHERE i.indrelid = ANY ({names.wanted})
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
        ORDER BY i.indrelid, c.relname"""):  # fmt: skip
        texts = _texts(columns, oid)
        included = ", ".join(map(told, expressions[keys:]))
        said = {
            f"USING {method}": method != "btree",
            f"INCLUDE ({included})": bool(included),
            "NULLS NOT DISTINCT": not_distinct,
            "INVALID": not valid,
            "CLUSTER": clustered,
            "REPLICA IDENTITY": replica,
            f"TABLESPACE {tablespace}": tablespace is not None,
            **dict.fromkeys(parameters or (), True),
        }
        made = []
        for place in range(keys):
            descending, nulls_first = bool(flags[place] & 1), bool(flags[place] & 2)
            more = {statistics[place], classes[place] or ""}
            if descending != nulls_first:
                more.add("NULLS FIRST" if nulls_first else "NULLS LAST")
            expression = attributes[place] or plain(told(expressions[place]), texts)
            made.append(IndexPart(expression, descending, collations[place] or "BINARY", frozenset(more - {""})))
        options = frozenset(word for word, holds in said.items() if holds)
        found[oid].append(Index(name, tuple(made), unique, plain(where or "", texts), options))
        parts += [(oid, Part("comment", f"on index {name}", comment))] if comment else []
    return found, parts


def _names(numbers: str, relation: str) -> str:
    """SQL for the names of a relation's columns, in the order of an array of their numbers."""
    return f"""ARRAY(SELECT a.attname::text FROM unnest({numbers}) WITH ORDINALITY AS u(number, place)
        JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = u.number ORDER BY u.place)"""


def _texts(columns: Columns, table: int) -> set[str]:
    """The columns that hold text."""
    return {name for name, (_, type_) in columns[table].items() if type_ in _TEXT_TYPES}


def _deferrable(deferrable: bool, deferred: bool) -> str:
    if not deferrable:
        return ""
    return "DEFERRABLE INITIALLY DEFERRED" if deferred else "DEFERRABLE"


def _is_default(name: str, table: str, column: str) -> bool:
    """Whether PostgreSQL made up the name of a NOT NULL: ``users_email_not_null``, its parts cut where it is too long.

    As in makeObjectName() of PostgreSQL's src/backend/commands/indexcmds.c; a number tells it from one that is taken.
    """
    label = "not_null"
    stem = name.rstrip("0123456789")
    if not stem.endswith(label):
        return False
    first, second = table.encode(), column.encode()
    room = _NAME_BYTES - len(f"__{label}{name[len(stem) :]}")
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    return stem == f"{first.decode(errors='ignore')}_{second.decode(errors='ignore')}_{label}"
