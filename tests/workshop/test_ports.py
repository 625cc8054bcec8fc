"""No learner is sent to another's server: each is told a port that is its own."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from people import needs_a_room

import workshop.spawner as spawner_module
from workshop.spawner import PORTS, LearnerSpawner

pytestmark = needs_a_room
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_servers_that_start_at_the_same_moment_are_told_different_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens on either yet."""
    monkeypatch.setattr(spawner_module, "PORTS", PORTS[:2])
    ana, ben = LearnerSpawner(), LearnerSpawner()
    ana.port, ben.port = ana.take_port(), ben.take_port()
    assert {ana.port, ben.port} == set(PORTS[:2])
    with pytest.raises(RuntimeError, match="no port"):
        LearnerSpawner().take_port()
    ana.give_port_back()
    ben.give_port_back()


def test_a_port_on_which_something_listens_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        monkeypatch.setattr(spawner_module, "PORTS", range(listener.getsockname()[1], listener.getsockname()[1] + 1))
        with pytest.raises(RuntimeError, match="no port"):
            LearnerSpawner().take_port()


def test_no_app_of_a_lesson_is_given_a_port_of_a_server() -> None:
    """The system's own choice begins above them."""
    lowest = int(RANGE.read_text(encoding="ascii").split()[0]) if RANGE.exists() else 49_152
    assert PORTS[-1] < lowest
