"""Each hazard of the zoo is found by a rehearsal, on each engine that it lives on, and its twin raises no alarm."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from course_site.zoo import Hazard, hazards, in_a_hurry

from migration_lab.engines import find_engine
from migration_lab.rehearsal import RULES, RehearsalReport, Rehearsals, rehearse

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
def test_a_hazard_is_found_and_its_twin_is_harmless(
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
