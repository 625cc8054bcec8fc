"""What a MariaDB database has beside tables and views: sequences, routines, events, and its collation."""

from __future__ import annotations

from typing import Any

from migration_lab.snapshot.mariadb_session import Reader, quote
from migration_lab.snapshot.values import Part

_SEQUENCE = ("start_value", "increment", "minimum_value", "maximum_value", "cache_size", "cycle_option")


def read_objects(reader: Reader, collation: str) -> tuple[Part, ...]:
    """All of them, in an order of their own; a sequence without where it stands, which is no part of its definition."""
    return (Part("collation of the database", "", collation), *_sequences(reader), *_routines(reader), *_events(reader))


def _sequences(reader: Reader) -> list[Part]:
    names = reader.rows(
        """SELECT table_name FROM information_schema.tables
        WHERE table_schema = database() AND table_type = 'SEQUENCE' ORDER BY table_name"""
    )
    parts = []
    for (name,) in names:
        start, step, least, most, cache, cycle = reader.rows(f"SELECT {', '.join(_SEQUENCE)} FROM {quote(name)}")[0]
        text = f"START {start} INCREMENT {step} MINVALUE {least} MAXVALUE {most} CACHE {cache}"
        parts.append(Part("sequence", name, f"{text} {'CYCLE' if int(cycle) else 'NOCYCLE'}"))
    return parts


def _routines(reader: Reader) -> list[Part]:
    signatures: dict[tuple[Any, Any], list[str]] = {}
    for kind, name, mode, parameter, type_ in reader.rows(
        """SELECT routine_type, specific_name, parameter_mode, parameter_name, dtd_identifier
        FROM information_schema.parameters WHERE specific_schema = database()
        ORDER BY routine_type, specific_name, ordinal_position"""
    ):
        told = " ".join(word for word in (mode, parameter, type_) if word)
        signatures.setdefault((kind, name), []).append(told if parameter else f"RETURNS {type_}")
    return [
        Part(kind.lower(), name, " ".join([f"({', '.join(signatures.get((kind, name), []))})", *rest, body or ""]))
        for kind, name, body, *rest in reader.rows(
            """SELECT routine_type, routine_name, routine_definition,
            if(is_deterministic = 'YES', 'DETERMINISTIC', 'NOT DETERMINISTIC'), sql_data_access,
            concat('SQL SECURITY ', security_type)
            FROM information_schema.routines WHERE routine_schema = database() ORDER BY routine_type, routine_name"""
        )
    ]


def _events(reader: Reader) -> list[Part]:
    return [
        Part("event", name, " ".join(word for word in rest if word))
        for name, *rest in reader.rows(
            """SELECT event_name, concat('AT ', execute_at), concat('EVERY ', interval_value, ' ', interval_field),
            concat('STARTS ', starts), concat('ENDS ', ends), concat('ON COMPLETION ', on_completion), status,
            concat('DO ', event_definition)
            FROM information_schema.events WHERE event_schema = database() ORDER BY event_name"""
        )
    ]
