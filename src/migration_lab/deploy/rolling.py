"""A deploy with people clicking: versions of the app come and go, the schema changes, and each request is recorded."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol

from migration_lab.deploy.calls import Callers, calls_to
from migration_lab.deploy.servers import Answer, DeployError, Served, serve
from migration_lab.load import Record

# Answers of each kind, from each version, that a step is followed by: the first may be to what was sent before it.
_MEETINGS = 3
_PATIENCE = 60.0  # seconds to wait for them, however full the machine
_LOOK = 0.1  # seconds between two looks at a version's health


class Project(Protocol):
    """Where the app is: a lesson, for one."""

    @property
    def folder(self) -> Path:
        """The folder with a folder for each version in it."""


class Rollout(Record):
    """The record of what people saw of each version. It grows while they click, and ends with the block.

    A request's ``kind`` is its version, its ``client`` what it asked for. Made by :func:`rollout`.
    """

    def __init__(self, project: Project, versions: tuple[str, ...], *, rate: float, calm: float) -> None:
        super().__init__()
        self._folder = project.folder
        self._first = versions
        self._rate, self.calm = rate, calm
        self._serving: dict[str, Served] = {}
        self._callers: Callers | None = None

    @property
    def serving(self) -> dict[str, Served]:
        """The versions that people call just now."""
        return dict(self._serving)

    def __enter__(self) -> Rollout:
        try:
            self._callers = Callers(self, self._rate, patience=5.0)
            with contextlib.ExitStack() as until_called:
                first = [until_called.enter_context(serve(self._folder, version)) for version in self._first]
                self.start = time.monotonic()
                for served in first:
                    self._call(served)
                until_called.pop_all()
            self._meet()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for version in self._serving:
                assert self._callers is not None
                self._callers.stop(version)
        finally:
            self._end()

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Take down a step of the deploy as a band; after it, people have ``calm`` seconds to meet what it did.

        However busy the machine, all versions are asked for everything at least twice before it goes on. Raises
        DeployError where their answers don't come.
        """
        with self.band(name):
            yield
        self._meet()

    def deploy(self, version: str, *, healthy: bool = True, seconds: float = 1.0) -> None:
        """Serve a version beside those that are there, and take those away after a while, as a rolling deploy does.

        Nobody is sent to it before its ``/health`` answers 200, unless ``healthy`` is False. Where it doesn't within
        ``seconds``, it is taken away again, all else stays as it was, and DeployError has its words.
        """
        with self.step(f"deploy {version}"):
            old = list(self._serving)
            self.begin(version, healthy=healthy, seconds=seconds)
            self._meet()
            for one in old:
                if one != version:  # which has taken its own place already
                    self.finish(one)

    def begin(self, version: str, *, healthy: bool = True, seconds: float = 1.0) -> None:
        """Serve a version and send people to it. See ``deploy``."""
        served = serve(self._folder, version)
        if healthy and not (answer := _wait_for_health(served, seconds)).works:
            served.end()
            raise DeployError(f"{version} isn't deployed, since it isn't healthy: {answer.words}")
        self._call(served)

    def finish(self, version: str) -> None:
        """Send nobody to a version any more, and end it once all are answered. Raises DeployError where they aren't."""
        assert self._callers is not None
        served = self._serving.pop(version)
        try:
            self._callers.stop(version)
        finally:
            served.end()

    def _meet(self) -> None:
        since = self.now
        time.sleep(self.calm)
        deadline = time.monotonic() + _PATIENCE
        left = Counter({(version, call.name): _MEETINGS for version in self._serving for call in calls_to(version)})
        seen = 0
        while True:
            assert self._callers is not None
            self._callers.check()
            # Only what is new: in a full room, counting all of them over and over would be what holds everybody up.
            answers = self._requests[seen:]
            seen += len(answers)
            left -= Counter((one.kind, one.client) for one in answers if one.ended >= since)
            if not left:  # a difference of Counters keeps what is more than nothing
                return
            if time.monotonic() > deadline:
                raise DeployError(f"{' '.join(next(iter(left)))} wasn't answered within {_PATIENCE:.0f} s")
            time.sleep(_LOOK / 5)

    def _call(self, served: Served) -> None:
        assert self._callers is not None
        if served.version in self._serving:  # the same version, edited
            self.finish(served.version)
        self._serving[served.version] = served
        self._callers.call(served)

    def _end(self) -> None:
        for served in self._serving.values():
            served.end()
        self._serving.clear()
        if self._callers is not None:
            self._callers.close()
        self.end()


def rollout(project: Project, *versions: str, rate: float = 10.0, calm: float = 0.2) -> Rollout:
    """Have people use these versions of a project's app while a ``with`` block deploys something.

    Each version gets ``rate`` requests a second of each kind: list, create, rename, and deactivate where it can.
    Raises DeployError where one can't be served.
    """
    return Rollout(project, versions, rate=rate, calm=calm)


def _wait_for_health(served: Served, seconds: float) -> Answer:
    """Its answer once it is well, or after so many seconds of being ill; on a busy machine the first may be late."""
    deadline = time.monotonic() + _PATIENCE
    while not (answer := served.ask("GET", "/health")).works and time.monotonic() < deadline:
        if answer.status:
            deadline = min(deadline, time.monotonic() + seconds)
        time.sleep(_LOOK)
    return answer
