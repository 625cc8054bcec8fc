"""How servers end that nobody uses, and everything when the hub is killed. (test_room.py: when it ends in peace.)"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from people import PATIENCE, everyone, held_room, in_one_worker, needs_a_room, visitor, wait_until_gone

from workshop.room import Room

pytestmark = [needs_a_room, in_one_worker]


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A room where nobody is idle for long."""
    with held_room("le", idle=4) as held:
        yield held


def test_an_idle_server_ends_and_the_learners_work_stays(room: Room) -> None:
    async def come_and_go() -> None:
        async with visitor(room.settings, "ana") as ana:
            await ana.sign_in()
            await ana.start_server()
            async with asyncio.timeout(PATIENCE):
                while await ana.has_server():
                    await asyncio.sleep(0.5)

    asyncio.run(come_and_go())
    assert (room.settings.homes / room.settings.account("ana") / "course/notebooks/00_start.ipynb").is_file()


def test_a_killed_hub_takes_its_processes_along(room: Room) -> None:
    """Its proxy, its culler and a learner's server, none of which it can end any more."""

    async def come() -> None:
        async with visitor(room.settings, "ana") as ana:
            await ana.sign_in()
            await ana.start_server()

    asyncio.run(come())
    family = everyone(room)
    assert {process.username() for process in family} == {"root", room.settings.account("ana")}
    assert any("configurable-http-proxy" in part for process in family for part in process.cmdline())
    room.process.kill()
    assert wait_until_gone(family) == []
