"""What others do while a learner's migration is rehearsed: clients at work, a reader who stays, a machine that dies."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import sqlalchemy as sa

from migration_lab import load
from migration_lab.engines import Engine, SQLite
from migration_lab.load import Client, Outcome, Record
from migration_lab.rehearsal import Plan, Rehearsals, Report, Step

_LOOK = 0.002  # seconds between two looks whether it is half-way


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What goes on beside a rehearsal. ``keys`` are those that the ``clients`` ask for.

    A ``reader`` has read ``users`` and leaves its transaction open for so many seconds after the upgrade has begun. As
    soon as the query ``halfway`` finds a row, the process of the migration is killed; others send the SQL of ``then``,
    and the upgrade begins again. ``most`` is how many seconds the upgrade may take. ``gives_up`` says that the upgrade
    should fail.
    """

    clients: tuple[Client, ...] = ()
    keys: range = range(1, 2)
    reader: float = 0.0
    halfway: str = ""
    then: str = ""
    most: float = 0.0
    gives_up: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What the clients saw while the upgrade ran, which took ``seconds``; and whether it was ``killed`` half-way."""

    outcome: Outcome = field(default_factory=Outcome)
    seconds: float = 0.0
    killed: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the copy is, for clients."""

    kind: Engine
    url: sa.URL


def rehearse_meanwhile(meanwhile: Meanwhile, plan: Plan, rehearsals: Rehearsals, seconds: float) -> tuple[Report, Seen]:
    """Rehearse a plan while all that goes on. ``seconds`` are those that the rehearsal may take.

    Raises EngineError where a client can't work.
    """
    rehearsals.warm()  # nobody comes long before the upgrade begins
    place = _Place(plan.engine, plan.database)
    with contextlib.ExitStack() as others:
        leave = others.enter_context(_reader(place)) if meanwhile.reader else lambda: None
        record = others.enter_context(load.traffic(place, meanwhile.clients, keys=meanwhile.keys, calm=0.0))
        company = _Company(meanwhile, place, rehearsals, record, leave)
        others.callback(company.end)
        report = rehearsals.run(plan, seconds, told=company.hear)
        company.killed = company.killed and bool(report.stopped)  # or it was through just then
        if company.killed:
            plan.engine.run(plan.database, meanwhile.then)
            report = rehearsals.run(plan, seconds, told=company.hear)
    if company.overdue:
        report.stopped = "time"
    return report, company.seen()


class _Company:
    """Hears how far the rehearsal is, and does what is due then."""

    def __init__(
        self, meanwhile: Meanwhile, place: _Place, rehearsals: Rehearsals, record: Record, leave: Callable[[], object]
    ) -> None:
        self.killed = self.overdue = False
        self._meanwhile, self._place, self._rehearsals, self._record = meanwhile, place, rehearsals, record
        self._leave = leave
        self._began: float | None = None
        self._step = self._ended = 0.0
        self._done = threading.Event()
        self._threads: list[threading.Thread] = []

    def hear(self, step: Step) -> None:
        """A step has begun, or has ended."""
        if step.action != "upgrade":
            return
        if step.done:
            self._ended = self._step + step.seconds
            return
        self._step = self._record.now
        if self._began is None:
            self._began = self._step
            for seconds, act in ((self._meanwhile.reader, self._leave), (self._meanwhile.most, self._stop)):
                if seconds:
                    self._start(partial(self._after, seconds, act))
            if self._meanwhile.halfway:
                self._start(self._kill_halfway)

    def end(self) -> None:
        """Nothing more is due."""
        self._done.set()
        for thread in self._threads:
            thread.join()

    def seen(self) -> Seen:
        """What came of it: of the requests, those that were under way while the upgrade was."""
        outcome, began, ended = self._record.outcome(), self._began or 0.0, self._ended
        met = tuple(one for one in outcome.requests if one.ended >= began and one.began <= ended)
        return Seen(replace(outcome, requests=met), ended - began, self.killed)

    def _start(self, act: Callable[[], object]) -> None:
        self._threads.append(threading.Thread(target=act, daemon=True))
        self._threads[-1].start()

    def _after(self, seconds: float, act: Callable[[], object]) -> None:
        if not self._done.wait(seconds):
            act()

    def _stop(self) -> None:
        if not self._ended:
            self.overdue = True
            self._rehearsals.kill()

    def _kill_halfway(self) -> None:
        assert isinstance(self._place.kind, SQLite)
        with closing(self._place.kind.module.connect(self._place.url.database, timeout=0)) as connection:
            while not self._done.wait(_LOOK) and not self._ended:
                with contextlib.suppress(self._place.kind.module.Error):  # no such column yet; or it is locked
                    if connection.execute(self._meanwhile.halfway).fetchone():
                        self.killed = True
                        self._rehearsals.kill()
                        return


@contextlib.contextmanager
def _reader(place: _Place) -> Iterator[Callable[[], object]]:
    """Somebody who has read and is in no hurry. Gives what ends the transaction."""
    assert isinstance(place.kind, SQLite)
    connection: Any = place.kind.module.connect(place.url.database, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM users").fetchall()
        yield lambda: connection.execute("ROLLBACK")
    finally:
        connection.close()
