"""What is installed here, and what this SQLite means for the lessons."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from migration_lab.engines import all_engines, sqlite_driver

PACKAGES = ("sqlalchemy", "alembic", "pandas", "jupyterlab", "ipywidgets")


@dataclass(frozen=True, slots=True)
class Installation:
    """``versions`` goes from a name to its version (None: missing). ``consequences`` are sentences on this SQLite.

    ``engines`` goes from an engine's key to what it is here: its name, or the line that says what brings it.
    """

    versions: dict[str, str | None]
    engines: dict[str, str]
    consequences: tuple[str, ...]


def check_installation() -> Installation:
    """Look at the packages, the SQLite that this Python uses, and the engines. Nothing is started."""
    versions: dict[str, str | None] = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    driver = sqlite_driver()
    versions[f"SQLite ({driver.__name__.partition('.')[0]})"] = driver.sqlite_version
    engines = {engine.key: engine.missing or engine.name for engine in all_engines()}
    return Installation(versions, engines, tuple(_consequences()))


def _consequences() -> list[str]:
    """Ask the SQLite itself what it can do, on a database in memory."""
    driver = sqlite_driver()
    connection = driver.connect(":memory:")
    found = []
    try:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, is_active BOOLEAN DEFAULT 1)")
        for words, statement in (
            ("make a column NOT NULL by itself", "ALTER TABLE users ALTER COLUMN is_active SET NOT NULL"),
            ("drop a default by itself", "ALTER TABLE users ALTER COLUMN is_active DROP DEFAULT"),
            ("drop a column by itself", "ALTER TABLE users DROP COLUMN is_active"),
        ):
            try:
                connection.execute(statement)
            except driver.OperationalError:
                found.append(f"It can’t {words}: Alembic’s batch mode builds the table anew instead.")
            else:
                found.append(f"It can {words}.")
    finally:
        connection.close()
    return found
