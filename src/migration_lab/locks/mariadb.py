"""MariaDB: rows in information_schema's InnoDB tables, tables in performance_schema's metadata locks, where that is on.

Who stands behind whom for a table's metadata lock follows from MariaDB's own rules (its source, sql/mdl.cc, the tables
at MDL_object_lock): what is granted may stand against a request, and so may what waits before it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from migration_lab.locks.values import MOST_SESSIONS, Lock, Locks, Session, in_order

_SESSIONS = f"""SELECT p.id, p.user, p.command, p.info, p.state, UNIX_TIMESTAMP(t.trx_started),
  UNIX_TIMESTAMP(NOW(6)) - p.time_ms / 1000, t.trx_rows_locked
FROM information_schema.processlist AS p LEFT JOIN information_schema.innodb_trx AS t ON t.trx_mysql_thread_id = p.id
WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID() AND p.command <> 'Daemon'
  AND (t.trx_id IS NOT NULL OR p.state LIKE 'Waiting for %lock')
ORDER BY p.state LIKE 'Waiting for %' DESC, t.trx_started, p.id LIMIT {MOST_SESSIONS}"""
_ROWS = """SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id, l.lock_type, l.lock_mode, l.lock_table,
  UNIX_TIMESTAMP(r.trx_wait_started)
FROM information_schema.innodb_lock_waits AS w
JOIN information_schema.innodb_trx AS r ON r.trx_id = w.requesting_trx_id
JOIN information_schema.innodb_trx AS b ON b.trx_id = w.blocking_trx_id
JOIN information_schema.innodb_locks AS l ON l.lock_id = w.requested_lock_id LIMIT 1000"""
_TABLES = """SELECT t.processlist_id, m.object_name, m.lock_type, m.lock_status, m.object_instance_begin
FROM performance_schema.metadata_locks AS m JOIN performance_schema.threads AS t ON t.thread_id = m.owner_thread_id
WHERE m.object_type = 'TABLE' AND m.object_schema = DATABASE() AND t.processlist_id <> CONNECTION_ID()
ORDER BY m.object_name, m.lock_type LIMIT 1000"""
_LAST_STATEMENTS = """SELECT t.processlist_id, s.sql_text FROM performance_schema.events_statements_current AS s
JOIN performance_schema.threads AS t USING (thread_id)
WHERE t.processlist_id <> CONNECTION_ID() AND s.sql_text IS NOT NULL LIMIT 1000"""
_UNTOLD = (
    "This server’s performance_schema is off: it tells that somebody waits for a table’s metadata lock, and not who "
    "holds it."
)
_METADATA = "Waiting for table metadata lock"
_X, _SNRW, _SNW, _SRO, _SU, _SW, _SR = (
    "EXCLUSIVE",
    "SHARED_NO_READ_WRITE",
    "SHARED_NO_WRITE",
    "SHARED_READ_ONLY",
    "SHARED_UPGRADABLE",
    "SHARED_WRITE",
    "SHARED_READ",
)
# For each request, what stands against it: where it is granted, and where it waits.
_GRANTED = {
    "SHARED": {_X},
    "SHARED_HIGH_PRIO": {_X},
    _SR: {_X, _SNRW},
    _SW: {_X, _SNRW, _SNW, _SRO},
    _SU: {_X, _SNRW, _SNW, _SU},
    _SRO: {_X, _SNRW, _SW},
    _SNW: {_X, _SNRW, _SNW, _SU, _SW},
    _SNRW: {_X, _SNRW, _SNW, _SRO, _SU, _SW, _SR},
    _X: {_X, _SNRW, _SNW, _SRO, _SU, _SW, _SR, "SHARED", "SHARED_HIGH_PRIO"},
}
_BEFORE = {
    "SHARED": {_X},
    _SR: {_X, _SNRW},
    _SW: {_X, _SNRW, _SNW},
    _SU: {_X},
    _SRO: {_X, _SNRW},
    _SNW: {_X},
    _SNRW: {_X},
}


def read_mariadb(cursor: Any) -> Locks:
    """The sessions of the current database. Raises the driver's error."""
    sessions = {row[0]: _session(row) for row in _rows(cursor, _SESSIONS)}
    (is_on,) = _rows(cursor, "SELECT @@performance_schema")[0]
    tables = _rows(cursor, _TABLES) if is_on else []
    statements = dict(_rows(cursor, _LAST_STATEMENTS)) if is_on else {}
    for id in {row[0] for row in tables} - sessions.keys():  # no transaction of InnoDB, as under LOCK TABLES
        sessions[id] = Session(str(id), state="active")
    for id, session in sessions.items():
        sessions[id] = _with_tables(session, id, tables, statements.get(id, ""))
    waits: dict[int, list[Any]] = {}
    for requesting, *wait in _rows(cursor, _ROWS):
        if requesting in sessions:
            waits.setdefault(requesting, []).append(wait)
    for id, found in waits.items():
        sessions[id] = _behind_rows(sessions[id], found)
    untold = not is_on and any(session.wants for session in sessions.values())
    return in_order(sessions.values(), [_UNTOLD] if untold else [])


def _rows(cursor: Any, query: str) -> list[Any]:
    cursor.execute(query)
    return list(cursor.fetchall())


def _session(row: Any) -> Session:
    id, name, command, statement, state, began, busy_since, rows = row
    waits = state == _METADATA
    return Session(
        id=str(id),
        name=name or "",
        state="waits" if waits else "idle in transaction" if command == "Sleep" else "active",
        statement=statement or "",
        holds=(Lock("rows", "row locks"),) if rows else (),
        wants=Lock("a table’s metadata") if waits else None,
        began=None if began is None else float(began),
        waits_since=float(busy_since) if waits else None,
    )


def _with_tables(session: Session, id: int, tables: list[Any], last_statement: str) -> Session:
    """The session with its locks on tables, and the one that it waits for."""
    holds = [Lock(table, mode) for owner, table, mode, status, _ in tables if owner == id and status == "GRANTED"]
    session = replace(
        session, statement=session.statement or last_statement, holds=tuple(dict.fromkeys((*holds, *session.holds)))
    )
    for owner, table, mode, status, _ in tables:
        if owner == id and status == "PENDING":
            against = {
                str(other)
                for other, held, kind, how, _ in tables
                if other != id and held == table and kind in (_GRANTED if how == "GRANTED" else _BEFORE).get(mode, ())
            }
            session = replace(session, state="waits", wants=Lock(table, mode), behind=tuple(sorted(against, key=int)))
    return session


def _behind_rows(session: Session, waits: list[Any]) -> Session:
    """The session that waits for a row, or for a lock of InnoDB's on a table."""
    _, kind, mode, table, since = waits[0]
    name = table.rpartition(".")[2].strip("`")
    return replace(
        session,
        state="waits",
        wants=Lock(f"a row of {name}" if kind == "RECORD" else name, mode),
        behind=tuple(str(id) for id in sorted({wait[0] for wait in waits})),
        waits_since=None if since is None else float(since),
    )
