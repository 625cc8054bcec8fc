"""A small room does what `make load-test` has thirty learners do."""

from __future__ import annotations

from people import in_one_worker, needs_a_room

from workshop.load_test import LARGEST, run

pytestmark = [needs_a_room, in_one_worker]


def test_three_learners_take_lessons_at_once_and_stay_below_the_limit() -> None:
    results = run(3, ["01", "02"])
    assert [result.error for result in results] == [""] * 3
    assert len({result.cells for result in results}) == 1
    assert all(0 < result.server.pss < result.peak.pss <= LARGEST for result in results)
