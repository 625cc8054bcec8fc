"""op.set_not_null on SQLite: NOT NULL, and nothing else differs, in whatever shape the table is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from engines.tightened_sqlite import bare, check_null_is_refused, check_tightened, everything
from hypothesis import HealthCheck, Phase, given, note, settings
from random_tables_sqlite import Shape, shapes
from test_rebuild_losses import KEPT, LOST

from migration_lab.snapshot import diff, read_snapshot

ALL = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
SHAPES = settings(
    max_examples=1000 if ALL else 40,
    derandomize=not ALL,
    deadline=None,
    database=None,
    phases=tuple(Phase) if ALL else (Phase.explicit, Phase.generate),  # to make an example smaller takes a minute
    suppress_health_check=list(HealthCheck),
)
USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, is_active BOOLEAN, name TEXT)"


@pytest.fixture(params=["sqlite3", "pysqlite3"])
def driver(request: pytest.FixtureRequest) -> ModuleType:
    """Each driver: the standard library's, and the package with a newer SQLite, where it is installed."""
    module: ModuleType = pytest.importorskip(request.param)
    return module


@contextmanager
def database(driver: ModuleType, script: str) -> Iterator[tuple[Any, Any]]:
    """The driver's connection to a database made by a script, and Alembic's operations, ours among them."""
    engine = sa.create_engine("sqlite://", module=driver, poolclass=sa.StaticPool)
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.executescript(script)
        yield raw, Operations(MigrationContext.configure(connection))
    engine.dispose()


@pytest.mark.parametrize(
    "script", [*(script for script, _ in LOST.values()), *KEPT.values()], ids=[*LOST.keys(), *KEPT.keys()]
)
def test_nothing_is_lost_of_what_a_rebuild_loses_or_keeps(driver: ModuleType, script: str) -> None:
    with database(driver, script) as (raw, op):
        strict = "STRICT" in script
        raw.executescript("INSERT INTO users (id, username) VALUES (1, 'adi'), (2, 'john');")
        op.add_column("users", sa.Column("is_active", sa.Integer() if strict else sa.Boolean(), nullable=True))
        raw.execute("UPDATE users SET is_active = 1")
        raw.commit()
        before, snapshot = everything(raw), read_snapshot(raw)
        op.set_not_null("users", "is_active")
        check_tightened(raw, before, "users", "is_active")
        (changed,) = diff(snapshot, read_snapshot(raw)).changes
        assert changed.describe() == "users: column is_active changed: nullable yes -> no"
        check_null_is_refused(raw, "users", "is_active")
        op.drop_not_null("users", "is_active")
        assert everything(raw) == before


@SHAPES
@given(shape=shapes())
def test_whatever_shape_the_table_has_that_not_null_is_all_that_differs(driver: ModuleType, shape: Shape) -> None:
    note(shape.script)
    with database(driver, shape.script) as (raw, op):
        raw.commit()
        before = everything(raw)
        op.set_not_null(shape.table, shape.column)
        check_tightened(raw, before, shape.table, shape.column)
        if before["rows"][shape.table] and shape.column != "made":
            check_null_is_refused(raw, shape.table, shape.column)
        op.drop_not_null(shape.table, shape.column)
        after = everything(raw)
        assert [bare(row[4] or "") for row in after["schema"]] == [bare(row[4] or "") for row in before["schema"]]
        assert after["columns"] == before["columns"]
