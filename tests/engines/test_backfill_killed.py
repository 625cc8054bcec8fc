"""A backfill that is killed at any moment, while others insert, update and delete, goes on and loses nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from engines.backfill_crowd import crowd, kill_a_backfill
from engines.backfilling import ALL, EVERY_VERSION, place

MOMENTS = 50 if ALL else 5
ROWS = 5_000


@pytest.mark.parametrize("name", EVERY_VERSION)
def test_killed_at_any_moment_it_goes_on_ends_and_loses_nothing(name: str, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    with place(name, tmp_path) as there:
        alive = 0
        for number in range(MOMENTS):
            if number % 5 == 0:  # by then all is filled
                there.run("DROP TABLE IF EXISTS users")
                there.users(ROWS)
                expected: dict[int, str | None] = {}
            with crowd(there.kind.key, there.url, ROWS, number, seed) as said:
                alive += kill_a_backfill(there.kind.key, there.url, number % 2 == 1, chance.uniform(0.0, 0.1))
                if number % 5 == 4:
                    during = there.backfill("users", {"country": "'DE'"})
                    assert during.rows
            expected.update(said)
            if number % 5 == 4:
                there.backfill("users", {"country": "'DE'"})
                found = dict(there.all("SELECT id, country FROM users"))
                all_rows = dict.fromkeys(range(1, ROWS + 1), "DE") | expected
                assert found == {key: to for key, to in all_rows.items() if to is not None}, f"seed {seed}"
        assert alive >= MOMENTS // 2, "most were killed at work"
