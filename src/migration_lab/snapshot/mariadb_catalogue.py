"""The structure of a MariaDB or MySQL database, from its information_schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from migration_lab.snapshot.mariadb_session import Reader, quote
from migration_lab.snapshot.mariadb_text import literal, plain_default, plain_expression, plain_moment, plain_type
from migration_lab.snapshot.values import (
    Check,
    Column,
    ForeignKey,
    Index,
    IndexPart,
    Part,
    PrimaryKey,
    Table,
    Trigger,
    Unique,
    View,
)

_Rows = dict[str, list[tuple[Any, ...]]]
_WORD = re.compile(r"""(?:`[^`]*`|"[^"]*"|'[^']*'|[^\s`"'])+""")


class Catalogue:
    """All tables and views of the current database, each kind of thing read by one query.

    MySQL's information_schema differs in a few places, written here after its reference manual.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._mariadb = reader.is_mariadb
        self._database, self.collation = reader.rows(
            "SELECT schema_name, default_collation_name FROM information_schema.schemata WHERE schema_name = database()"
        )[0]

    def tables(self, skipped: Iterable[str]) -> dict[str, Table]:
        """The tables without their rows; those ``skipped`` without anything."""
        listed = self._rows(
            """SELECT table_name, table_type, engine, table_collation, create_options, table_comment
            FROM information_schema.tables WHERE table_schema = database() AND table_type NOT IN ('VIEW', 'SEQUENCE')
            ORDER BY table_name"""
        )
        read = [self._columns(), self._indexes(), self._foreign_keys(), self._checks(), self._triggers()]
        partitions = self._partitions()
        tables = {}
        for name, ((kind, *rest),) in listed.items():
            if name in skipped:
                tables[name] = Table(name, "")
                continue
            columns, indexes, keys, checks, triggers = (found.get(name, []) for found in read)
            table = self._table(name, columns, indexes, keys, checks)
            engine, collation, created, comment = rest
            tables[name] = replace(
                table,
                triggers=tuple(self._trigger(name, *row) for row in triggers),
                options=self._options(kind, engine, collation, created),
                comments=(comment,) if comment else (),
                parts=self._partition_parts(partitions.get(name, [])),
            )
        return tables

    def views(self) -> dict[str, View]:
        """The views, as far as this user may read their definitions."""
        found = self._reader.rows(
            f"""SELECT table_name, view_definition, check_option, security_type,
            {"algorithm" if self._mariadb else "'UNDEFINED'"}
            FROM information_schema.views WHERE table_schema = database() ORDER BY table_name"""
        )
        views = {}
        for name, definition, check, security, algorithm in found:
            options = {f"WITH {check} CHECK OPTION"} if check != "NONE" else set()
            options |= {f"SQL SECURITY {security}"} if security != "DEFINER" else set()
            options |= {f"ALGORITHM={algorithm}"} if algorithm != "UNDEFINED" else set()
            views[name] = View(name, self._plain(definition), options=frozenset(options))
        return views

    def _rows(self, query: str) -> _Rows:
        """The rows of a query by their first column, which is a table's name."""
        found: _Rows = {}
        for table, *rest in self._reader.rows(query):
            found.setdefault(table, []).append(tuple(rest))
        return found

    def _plain(self, text: str | None) -> str:
        return plain_expression(text or "", self._database)

    def _columns(self) -> _Rows:
        return self._rows(
            """SELECT table_name, column_name, column_type, is_nullable, column_default, collation_name, extra,
            generation_expression, column_comment
            FROM information_schema.columns WHERE table_schema = database() ORDER BY table_name, ordinal_position"""
        )

    def _indexes(self) -> _Rows:
        ignored, expression = ("ignored = 'YES'", "NULL") if self._mariadb else ("is_visible = 'NO'", "expression")
        return self._rows(
            f"""SELECT table_name, index_name, non_unique, column_name, {expression}, collation = 'D', sub_part,
            index_type, index_comment, {ignored}
            FROM information_schema.statistics WHERE table_schema = database()
            ORDER BY table_name, index_name, seq_in_index"""
        )

    def _foreign_keys(self) -> _Rows:
        columns = self._rows(
            """SELECT table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name,
            referenced_column_name FROM information_schema.key_column_usage
            WHERE table_schema = database() AND referenced_table_name IS NOT NULL
            ORDER BY table_name, constraint_name, ordinal_position"""
        )
        rules = self._rows(
            """SELECT table_name, constraint_name, update_rule, delete_rule
            FROM information_schema.referential_constraints WHERE constraint_schema = database()
            ORDER BY table_name, constraint_name"""
        )
        return {
            table: [(*rule, [row[1:] for row in columns.get(table, []) if row[0] == rule[0]]) for rule in found]
            for table, found in rules.items()
        }

    def _checks(self) -> _Rows:
        if self._mariadb:
            return self._rows(
                """SELECT table_name, constraint_name, check_clause, 'YES', level = 'Column'
                FROM information_schema.check_constraints WHERE constraint_schema = database()
                ORDER BY table_name, level, constraint_name"""
            )
        return self._rows(
            """SELECT t.table_name, c.constraint_name, c.check_clause, t.enforced, 0
            FROM information_schema.check_constraints AS c JOIN information_schema.table_constraints AS t
            USING (constraint_schema, constraint_name)
            WHERE c.constraint_schema = database() AND t.constraint_type = 'CHECK'"""
        )

    def _triggers(self) -> _Rows:
        return self._rows(
            """SELECT event_object_table, trigger_name, action_timing, event_manipulation, action_statement
            FROM information_schema.triggers WHERE trigger_schema = database()
            ORDER BY event_object_table, action_timing, event_manipulation, action_order"""
        )

    def _partitions(self) -> _Rows:
        return self._rows(
            """SELECT table_name, partition_name, subpartition_name, partition_method, partition_expression,
            subpartition_method, subpartition_expression, partition_description, partition_comment
            FROM information_schema.partitions WHERE table_schema = database() AND partition_name IS NOT NULL
            ORDER BY table_name, partition_ordinal_position, subpartition_ordinal_position"""
        )

    def _table(
        self,
        name: str,
        columns: list[tuple[Any, ...]],
        indexes: list[tuple[Any, ...]],
        keys: list[tuple[Any, ...]],
        checks: list[tuple[Any, ...]],
    ) -> Table:
        # JSON is MariaDB's word for a text with this check, and for no other.
        json = {row[0] for row in checks if row[3] and row[1] == f"json_valid({quote(row[0])})"}
        made: _Rows = {}
        for index, *rest in indexes:
            made.setdefault(index, []).append(tuple(rest))
        primary = made.pop("PRIMARY", None)
        uniques = {index: rows for index, rows in made.items() if not int(rows[0][0]) and rows[0][1] is not None}
        return Table(
            name,
            "",
            tuple(self._column(row, json) for row in columns),
            PrimaryKey(_names(primary), options=_key_options(primary)) if primary else None,
            tuple(Unique(_names(rows), index, _key_options(rows)) for index, rows in uniques.items()),
            tuple(self._foreign_key(row) for row in keys),
            tuple(self._check(row) for row in checks if not (row[3] and row[0] in json)),
            tuple(self._index(index, rows) for index, rows in made.items() if index not in uniques),
        )

    def _column(self, row: tuple[Any, ...], json: set[str]) -> Column:
        name, type_, nullable, default, collation, extra, expression, comment = row
        words = set(filter(None, extra.removeprefix("DEFAULT_GENERATED").strip().split(", ")))
        generated = "stored" if "STORED GENERATED" in words else "virtual" if "VIRTUAL GENERATED" in words else ""
        options = {plain_moment(word.upper()) for word in words - {"auto_increment"} if "GENERATED" not in word}
        if generated:
            written = self._plain(expression)
            options.add(f"AS {written}" if written.startswith("ROW ") else f"AS ({written})")
        if default is not None and not self._mariadb and "DEFAULT_GENERATED" not in extra:
            default = literal(default)  # MySQL tells the value alone
        is_json = name in json
        return Column(
            name,
            "JSON" if is_json else plain_type(type_),
            nullable == "YES",
            plain_default(default, self._database),
            collation if collation and collation != self.collation and not is_json else "",
            generated,
            "AUTO_INCREMENT" if "auto_increment" in words else "",
            comment=comment,
            options=frozenset(options),
        )

    def _foreign_key(self, row: tuple[Any, ...]) -> ForeignKey:
        name, on_update, on_delete, columns = row
        _, schema, table, _ = columns[0]
        return ForeignKey(
            tuple(column[0] for column in columns),
            table if schema == self._database else f"{schema}.{table}",
            tuple(column[3] for column in columns),
            # InnoDB checks both at once, and calls what wasn't declared by either name.
            on_update.replace("RESTRICT", "NO ACTION"),
            on_delete.replace("RESTRICT", "NO ACTION"),
            name=name,
        )

    def _check(self, row: tuple[Any, ...]) -> Check:
        name, text, enforced, of_column = row
        options = frozenset[str]() if enforced == "YES" else frozenset({"NOT ENFORCED"})
        return Check(self._plain(text), None if of_column else name, options)

    def _index(self, name: str, rows: list[tuple[Any, ...]]) -> Index:
        parts = tuple(
            IndexPart(column or self._plain(expression), bool(descending), options=_prefix(length))
            for _, column, expression, descending, length, *_ in rows
        )
        return Index(name, parts, not int(rows[0][0]), options=_index_options(rows))

    def _trigger(self, table: str, name: str, timing: str, event: str, statement: str) -> Trigger:
        return Trigger(name, f"CREATE TRIGGER {name} {timing} {event} ON {table} FOR EACH ROW {statement}")

    def _options(self, kind: str, engine: str | None, collation: str | None, created: str | None) -> frozenset[str]:
        options = {word.upper() for word in _WORD.findall(created or "") if word != "partitioned"}
        if engine and engine != "InnoDB":
            options.add(f"ENGINE={engine}")
        if collation and collation != self.collation:
            options.add(f"COLLATE {collation}")
        if kind == "SYSTEM VERSIONED":
            options.add("WITH SYSTEM VERSIONING")
        return frozenset(options)

    def _partition_parts(self, rows: list[tuple[Any, ...]]) -> tuple[Part, ...]:
        parts: dict[str, Part] = {}
        for name, sub, method, expression, submethod, subexpression, description, comment in rows:
            by = f"BY {method} ({self._plain(expression)})" if expression else f"BY {method}"
            if submethod:
                by += f" SUBPARTITION BY {submethod} ({self._plain(subexpression)})"
            parts.setdefault("", Part("partitioning", "", by))
            text = " ".join(filter(None, [description, comment and f"COMMENT {literal(comment)}"]))
            parts.setdefault(name, Part("partition", name, text))
            if sub:
                parts[f"{name} {sub}"] = Part("subpartition", sub, f"of {name}")
        return tuple(parts.values())


def _names(rows: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    return tuple(row[1] for row in rows)


def _prefix(length: int | None) -> frozenset[str]:
    return frozenset({f"({length})"}) if length else frozenset()


def _key_options(rows: Sequence[tuple[Any, ...]]) -> frozenset[str]:
    """What a key has beside its columns, those of them that aren't whole or go downwards among it."""
    partial = {
        f"{column}{f' ({length})' if length else ''}{' DESC' if descending else ''}"
        for _, column, _, descending, length, *_ in rows
        if length or descending
    }
    return _index_options(rows) | partial


def _index_options(rows: Sequence[tuple[Any, ...]]) -> frozenset[str]:
    *_, kind, comment, ignored = rows[0]
    options = {kind} if kind in ("FULLTEXT", "SPATIAL") else {f"USING {kind}"} if kind != "BTREE" else set()
    options |= {f"COMMENT {literal(comment)}"} if comment else set()
    return frozenset(options | ({"IGNORED"} if ignored else set()))
