"""Each hazard of the zoo is found by a rehearsal, on each engine it lives on; its twin has no error and no warning."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from course_site.zoo import ALL, Hazard, hazards, in_a_hurry
from engines.tightened_sqlite import check_null_is_refused, check_tightened, everything

from migration_lab.engines import find_engine
from migration_lab.operations import NotNullError
from migration_lab.rehearsal import RULES, RehearsalReport, Rehearsals, rehearse
from migration_lab.snapshot import Snapshot, diff, snapshot_url

EVERYTHING = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
ZOO = list(hazards(Path(__file__).parent))


def animals() -> Iterator[object]:
    """Each hazard on each engine: where not all is wanted, on servers only what isn't like SQLite's."""
    for number, hazard in enumerate(ZOO):
        for key in hazard.engines:
            own = "sqlite" not in hazard.engines or find_engine(key).dialect in hazard.told
            if EVERYTHING or key == "sqlite" or (own and key != "sqlite-modern") or hazard.engines == (key,):
                group = pytest.mark.xdist_group(f"zoo {key} {number % 2}")  # which starts one server
                marks = [] if key.startswith("sqlite") else [group]
                yield pytest.param(hazard, key, id=f"{hazard.name} {key}", marks=marks)


def told(report: RehearsalReport) -> set[tuple[str, str, str]]:
    """What a report has against a migration."""
    return {(one.rule, one.table, one.name) for one in (*report.errors, *report.warnings)}


@pytest.fixture(scope="module")
def rehearsals() -> Iterator[Rehearsals]:
    """One process for all, which spares each some half a second."""
    with Rehearsals() as running:
        yield running


@pytest.mark.parametrize(("hazard", "key"), list(animals()))
def test_a_hazard_is_found_and_its_twin_has_no_error_and_no_warning(
    hazard: Hazard, key: str, tmp_path: Path, rehearsals: Rehearsals
) -> None:
    engine = find_engine(key)
    if engine.missing:
        pytest.skip(engine.missing)
    in_a_hurry(engine)
    for kind in hazard.kinds:
        folder = tmp_path / kind
        report = rehearse(hazard.build(kind, engine, folder), to=hazard.goal, rehearsals=rehearsals)
        engine.drop(engine.url(folder))
        assert told(report) == (hazard.findings(engine) if kind == "migration" else set()), report.findings


def tightenable(engine: sa.Engine, seen: Snapshot) -> Iterator[tuple[str, str]]:
    """Each table and column that may hold NULL, and doesn't."""
    quote = engine.dialect.identifier_preparer.quote
    for table in seen.tables.values():
        key = table.primary_key.columns if table.primary_key else ()
        for column in table.columns:
            if not column.nullable or column.generated or column.name in key:
                continue
            with engine.connect() as connection:
                nulls = f"SELECT count(*) FROM {quote(table.name)} WHERE {quote(column.name)} IS NULL"
                holds_null = connection.exec_driver_sql(nulls).scalar_one()
            if not holds_null:
                yield table.name, column.name


@pytest.mark.parametrize(
    "key", [pytest.param(key, marks=pytest.mark.xdist_group(f"zoo {key} 0") if key in ALL[2:] else ()) for key in ALL]
)
def test_every_animals_columns_are_made_not_null_and_back_and_nothing_else_moves(key: str, tmp_path: Path) -> None:
    kind = find_engine(key)
    if kind.missing:
        pytest.skip(kind.missing)
    in_a_hurry(kind)
    tried, refused = 0, []
    for hazard in ZOO:
        if key not in hazard.engines:
            continue
        folder = tmp_path / hazard.name
        folder.mkdir()
        url = kind.url(folder)
        kind.create(url)
        kind.run(url, hazard.on(kind, "seed"))
        engine = kind.connect(url)
        start = snapshot_url(url)
        held = engine.raw_connection()
        raw: Any = held.driver_connection if kind.dialect == "sqlite" else None
        for table, column in tightenable(engine, start):
            tightened = f"{table}: column {column} changed: nullable yes -> no"
            before = raw and everything(raw)
            for name, changes in (("set_not_null", [tightened]), ("drop_not_null", [])):
                with engine.connect() as connection:
                    context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
                    with context.begin_transaction(), context.begin_transaction(_per_migration=True):
                        try:
                            getattr(Operations(context), name)(table, column)
                        except NotNullError as error:
                            refused.append(str(error).partition(" `")[0])
                            changes = []
                found = [change.describe() for change in diff(start, snapshot_url(url)).changes]
                assert found == changes, f"{hazard.name}: {name} of {table}.{column}"
                if raw and changes:
                    check_tightened(raw, before, table, column)
                    if before["rows"][table]:
                        check_null_is_refused(raw, table, column)
            tried += 1
        held.close()
        engine.dispose()
        kind.drop(url)
    assert tried > len(ZOO) / 4
    # A TIMESTAMP with ON UPDATE alone can't be NOT NULL there without a default.
    assert refused == (["users.updated_at: the server makes"] if kind.dialect == "mysql" else [])


def test_every_hazard_says_what_it_does() -> None:
    for hazard in ZOO:
        assert hazard.told.keys() <= {
            "what", "shape", "to", "engines", "foreign_keys", "seed", "findings", "sqlite", "postgresql", "mysql"
        }  # fmt: skip
        assert hazard.told["what"].endswith(".")
        found = [hazard.findings(find_engine(key)) for key in hazard.engines]
        assert any(found) == (hazard.kinds == ("migration", "twin")), f"{hazard.name} is harmless, or has a twin"
        assert {rule for one in found for rule, _, _ in one} <= RULES.keys()


def test_twenty_hazards_are_shaped_as_public_changes_were() -> None:
    assert len({hazard.told["shape"] for hazard in ZOO if "shape" in hazard.told}) >= 20


def test_every_rule_has_a_hazard() -> None:
    found = {rule for hazard in ZOO for key in hazard.engines for rule, _, _ in hazard.findings(find_engine(key))}
    loud = {name for name, rule in RULES.items() if rule.severity != "notice"}
    assert loud - found == set()
