"""The table ``users`` with as many rows as production has, made by the database itself."""

from __future__ import annotations

import sqlalchemy as sa

from migration_lab.load.traffic import Database

# A step of the progress bar, committed. Twenty steps in 200,000 rows take twice as long as two (measured).
_STEP = 100_000

# MySQL and MariaDB stop a recursion after 1,000 rows: they multiply two.
_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})",
    "postgresql": "WITH numbers(n) AS (SELECT generate_series({first}, {last}))",
    "mysql": """WITH RECURSIVE digits(d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM digits WHERE d < 999),
numbers(n) AS (SELECT {first} + 1000 * high.d + low.d FROM digits AS high CROSS JOIN digits AS low
WHERE high.d <= ({last} - {first}) DIV 1000 AND 1000 * high.d + low.d <= {last} - {first} ORDER BY 1)""",
}
_NAME = {
    "sqlite": "printf('user%08d', n)",
    "postgresql": "'user' || lpad(CAST(n AS text), 8, '0')",
    "mysql": "concat('user', lpad(n, 8, '0'))",
}
_INSERT = """INSERT INTO users (id, username, email) {numbers}, named(n, name) AS (SELECT n, {name} FROM numbers)
SELECT n, name, {email} FROM named;"""


def fill_users(database: Database, rows: int, *, progress: bool = True) -> None:
    """See that ``users`` has rows up to the id ``rows``: those missing at the end are added, with a progress bar.

    So it is there at once where it was asked for before, and one that was interrupted goes on. Raises the driver's
    error where there is no such table.
    """
    from tqdm.auto import tqdm

    engine = database.kind.connect(database.url)
    dialect = database.kind.dialect
    with engine.connect() as connection:
        highest = connection.scalar(sa.text("SELECT max(id) FROM users")) or 0
    if highest >= rows:
        return
    email = "concat(name, '@example.com')" if dialect == "mysql" else "name || '@example.com'"
    name = f"{rows:,} rows on {database.kind.name}"
    with tqdm(desc=name, total=rows, initial=highest, unit=" rows", disable=not progress, leave=False) as bar:
        for first in range(highest + 1, rows + 1, _STEP):
            last = min(first + _STEP - 1, rows)
            numbers = _NUMBERS[dialect].format(first=first, last=last)
            database.kind.run(database.url, _INSERT.format(numbers=numbers, name=_NAME[dialect], email=email))
            bar.update(last - first + 1)
    if dialect == "postgresql":  # or its own autovacuum would come in the middle of what is measured
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE) users")
