"""How MariaDB and MySQL are asked: each statement with settings of its own, so that the session keeps its."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

LOCKED = frozenset({1205, 3572})  # lock wait timeout; lock not available
# What was there a moment ago is gone or altered: table, column, view, "Table definition has changed, please retry".
MOVED = frozenset({1146, 1054, 1051, 1412})
_INTERRUPTED = frozenset({1053, 1317, 1927})  # the server is going down, or somebody killed the query or connection
_IN_TRANSACTION = 1  # SERVER_STATUS_IN_TRANS of the protocol
_WAIT_SECONDS, _PAUSE_SECONDS = 0.2, 0.05  # for all locks of one read together
_SAVEPOINT = "migration_lab_snapshot"
# MariaDB reads the comment that begins with M!, MySQL the hint. No text may depend on the session, and no lock is
# waited for: MySQL's shortest wait is a second.
_MARIADB = (
    "/*M! SET STATEMENT lock_wait_timeout=0, innodb_lock_wait_timeout=0, sql_mode='', time_zone='+00:00', "
    "sql_quote_show_create=1, sql_select_limit=18446744073709551615 FOR */ "
)
_MYSQL = "/*+ SET_VAR(lock_wait_timeout=1) SET_VAR(innodb_lock_wait_timeout=1) SET_VAR(sql_mode='') */"

_Result = TypeVar("_Result")


def quote(name: str) -> str:
    """``name`` as an identifier, whatever is in it."""
    return "`" + name.replace("`", "``") + "`"


def number(error: BaseException) -> int:
    """The server's number for an error; 0 where it isn't one of the server's."""
    found = error.args[0] if error.args else 0
    return found if isinstance(found, int) else 0


def of_one_object(error: BaseException) -> bool:
    """Whether the error says that one object can't be read, though the database can."""
    return 1000 <= number(error) < 2000 and number(error) not in _INTERRUPTED


class Reader:
    """Runs queries without parameters on a plain cursor of its own, whatever the connection's default is."""

    def __init__(self, connection: Any) -> None:
        from pymysql.cursors import Cursor

        self._connection = connection
        self._cursor = connection.cursor(Cursor)
        self._give_up: float | None = None
        (version,) = self.rows("SELECT version()")[0]
        self.is_mariadb = "mariadb" in version.lower()
        self.version = tuple(int(part) for part in version.partition("-")[0].split("."))

    def execute(self, sql: str) -> None:
        """Run a statement as it is. Raises what the driver raises."""
        self._cursor.execute(sql)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a SELECT or SHOW. Raises what the driver raises."""
        verb, _, rest = query.partition(" ")
        self._cursor.execute(f"{_MARIADB}{verb} {_MYSQL if verb == 'SELECT' else ''} {rest}")
        return list(self._cursor.fetchall())

    def patiently(self, work: Callable[[], _Result]) -> _Result:
        """Do ``work`` again while a lock stands against it and patience lasts. Raises the last error."""
        self._give_up = self._give_up or time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                return work()
            except Exception as error:
                if number(error) not in LOCKED or time.monotonic() > self._give_up:
                    raise
                time.sleep(_PAUSE_SECONDS)

    @contextmanager
    def one_moment(self) -> Iterator[bool]:
        """Hold one read-only transaction, or a savepoint in the caller's (then True).

        Going back to the savepoint gives back the locks on tables, if InnoDB holds no lock of its own by then.
        """
        self._connection.ping(reconnect=False)  # its answer tells whether a transaction is open
        callers = bool(self._connection.server_status & _IN_TRANSACTION)
        if callers:
            begin, end = [f"SAVEPOINT {_SAVEPOINT}"], [f"ROLLBACK TO {_SAVEPOINT}", f"RELEASE SAVEPOINT {_SAVEPOINT}"]
        else:
            begin = [
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
            ]
            end = ["COMMIT AND NO CHAIN NO RELEASE"]
        for statement in begin:
            self.execute(statement)
        try:
            yield callers
        finally:
            for statement in end:
                self.execute(statement)

    def close(self) -> None:
        self._cursor.close()
