"""PostgreSQL tells it all: pg_stat_activity, pg_locks and pg_blocking_pids (its manual, "Viewing Locks")."""

from __future__ import annotations

import re
from typing import Any

from migration_lab.locks.values import MOST_SESSIONS, Lock, Locks, Session, in_order

# Asking who blocks a session stops the whole lock table for a moment: only of those that wait (the manual, on
# pg_blocking_pids). It names those before it in the queue, too.
_SESSIONS = f"""SELECT pid, concat_ws(' ', nullif(application_name, ''),
    CASE WHEN backend_type <> 'client backend' THEN backend_type END), state, query,
  extract(epoch FROM xact_start)::float8, CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) END
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
ORDER BY wait_event_type IS NOT DISTINCT FROM 'Lock' DESC, xact_start LIMIT {MOST_SESSIONS}"""
# A lock on a row shows only in who waits for it: first for the row, then for the transaction that has changed it.
_LOCKS = """SELECT l.pid, l.locktype, c.relname, l.relation, l.mode, l.granted, extract(epoch FROM l.waitstart)::float8
FROM pg_locks AS l LEFT JOIN pg_class AS c ON c.oid = l.relation
WHERE l.pid = ANY (%s) AND (NOT l.granted OR l.locktype IN ('tuple', 'advisory') OR l.locktype = 'relation'
  AND (c.oid IS NULL OR c.relkind IN ('r', 'p', 'm', 'v', 'f') AND c.relnamespace <> 'pg_catalog'::regnamespace))
ORDER BY c.relname, l.mode LIMIT 1000"""
_OTHERS = {
    "transactionid": "the end of another transaction",
    "virtualxid": "the end of another transaction",
    "advisory": "an advisory lock",
}
_PREPARED = "0"  # in the place of a process's number, for a transaction that was prepared and has none


def read_postgresql(cursor: Any) -> Locks:
    """The sessions of the current database. Raises the driver's error."""
    cursor.execute(_SESSIONS)
    rows = cursor.fetchall()
    cursor.execute(_LOCKS, ([row[0] for row in rows],))
    locks: dict[int, list[Any]] = {}
    for pid, *lock in cursor.fetchall():
        locks.setdefault(pid, []).append(lock)
    sessions = [_session(row, locks.get(row[0], [])) for row in rows]
    if any(_PREPARED in session.behind for session in sessions):
        sessions.append(Session(_PREPARED, "a prepared transaction", "prepared"))
    return in_order(sessions)


def _session(row: Any, locks: list[Any]) -> Session:
    pid, name, state, query, began, behind = row
    held, wanted = ([lock for lock in locks if lock[4] is granted] for granted in (True, False))
    session = Session(
        id=str(pid),
        name=name,
        state=state or "",
        statement=query or "",
        holds=tuple(dict.fromkeys(_lock(lock) for lock in held if lock[0] != "tuple")),
        began=began,
    )
    if not wanted or not behind:  # it has just got what it waited for, between the two questions
        return session
    lock, since = _lock(wanted[0]), wanted[0][5]
    row_of = next((one[1] for one in held if one[0] == "tuple"), None)
    if wanted[0][0] == "transactionid" and row_of:
        lock = Lock(f"a row of {row_of}")
    return Session(
        id=session.id,
        name=session.name,
        state="waits",
        statement=session.statement,
        holds=session.holds,
        wants=lock,
        behind=tuple(str(pid) for pid in sorted(set(behind))),
        began=began,
        waits_since=since,
    )


def _lock(row: list[Any]) -> Lock:
    kind, table, number, mode, *_ = row
    if kind == "relation":
        # The manual writes ACCESS EXCLUSIVE for what the view calls AccessExclusiveLock.
        words = re.sub(r"(?<!^)(?=[A-Z])", " ", mode.removesuffix("Lock")).upper()
        return Lock(table or f"table {number}, which isn’t committed yet", words)
    if kind == "tuple":
        return Lock(f"a row of {table}")
    return Lock(_OTHERS.get(kind, kind))
