"""What clients saw while something was done to what they use: each request, beside the statements that ran meanwhile.

Whoever sends requests, to a database or to a service, fills a :class:`Record`; whoever judges or draws them takes its
:class:`Outcome`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Request:
    """One request, in seconds: ``began`` after the load's start, and ``took`` until its answer.

    ``began`` is when it was *due*. A client that waits for one answer sends the next requests too late, and by their
    own clocks those would have been fast: just what nobody could use would be missing from the record ("coordinated
    omission", Gil Tene, "How NOT to Measure Latency"). So the time that it was held back counts as waiting.
    """

    began: float
    took: float
    kind: str
    """What it did: ``read``, ``insert``, ``update``, or whatever a service calls it."""
    client: str = ""
    error: str = ""
    """The words of its failure, on one line; ``""`` when it went well."""

    @property
    def ended(self) -> float:
        """When its answer came."""
        return self.began + self.took


@dataclass(frozen=True, slots=True)
class Band:
    """A statement, or anything else that took its time: from ``began`` to ``ended``, after the load's start."""

    name: str
    began: float
    ended: float | None = None
    """None: not yet."""
    error: str = ""


@dataclass(frozen=True)
class Outcome:
    """All requests that were answered within ``seconds``, those still ``waiting`` at the end, and the bands.

    A waiting one has ``took`` what it has waited so far, and no error.
    """

    requests: tuple[Request, ...] = ()
    bands: tuple[Band, ...] = ()
    waiting: tuple[Request, ...] = ()
    seconds: float = 0.0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of request, in the order in which they were first due."""
        due = sorted((*self.requests, *self.waiting), key=lambda request: request.began)
        return tuple(dict.fromkeys(request.kind for request in due))

    def of(self, *kinds: str) -> Outcome:
        """The same with requests of these kinds alone."""
        answered, waiting = (
            tuple(request for request in requests if request.kind in kinds)
            for requests in (self.requests, self.waiting)
        )
        return replace(self, requests=answered, waiting=waiting)

    @property
    def longest(self) -> Request | None:
        """The request that waited longest, be it answered, failed or waiting still; None without any."""
        return max((*self.requests, *self.waiting), key=lambda request: request.took, default=None)

    @property
    def longest_wait(self) -> float:
        """What that one waited, in seconds."""
        return self.longest.took if self.longest else 0.0

    @property
    def failures(self) -> tuple[Request, ...]:
        """Those that failed."""
        return tuple(request for request in self.requests if request.error)

    def wait(self, share: float) -> float:
        """The seconds within which this share of the answers came: ``wait(0.5)`` is the median. 0 without any."""
        waits = sorted(request.took for request in self.requests)
        return waits[min(int(share * len(waits)), len(waits) - 1)] if waits else 0.0


class Record:
    """Takes down requests and bands as they come, from any thread. ``start`` is on ``time.monotonic``'s clock."""

    def __init__(self, start: float | None = None) -> None:
        self.start = time.monotonic() if start is None else start
        self._requests: list[Request] = []
        self._bands: list[Band] = []
        self._lock = threading.Lock()
        self._ended: float | None = None
        self._followers: list[Callable[[], object]] = []

    @property
    def now(self) -> float:
        """Seconds after the start; once it has ended, those of its end."""
        return time.monotonic() - self.start if self._ended is None else self._ended

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended is not None

    def add(self, request: Request) -> None:
        """Take down an answered request."""
        self._requests.append(request)

    @contextmanager
    def band(self, name: str) -> Iterator[None]:
        """Take down what the ``with`` block does, from its begin to its end."""
        end = self.begin_band(name)
        try:
            yield
        except BaseException as error:
            end(" ".join(str(error).split()) or type(error).__name__)
            raise
        end("")

    def begin_band(self, name: str) -> Callable[[str], None]:
        """Take down that something begins. Returns what to call at its end, with the words of its failure or ``""``."""
        with self._lock:
            place = len(self._bands)
            self._bands.append(Band(name, self.now))

        def end(error: str = "") -> None:
            with self._lock:
                self._bands[place] = replace(self._bands[place], ended=self.now, error=error)

        return end

    def waiting(self) -> Sequence[Request]:
        """The requests that are due and not answered yet, where somebody knows."""
        return ()

    def outcome(self) -> Outcome:
        """All of it as it is now."""
        with self._lock:
            bands = tuple(self._bands)
        return Outcome(tuple(self._requests), bands, tuple(self.waiting()), self.now)

    def on_end(self, follower: Callable[[], object]) -> None:
        """Call this at the end, in the thread that ends it."""
        self._followers.append(follower)

    def end(self) -> None:
        """Nothing more will come. Harmless when repeated."""
        if self._ended is None:
            self._ended = self.now
            for follower in self._followers:
                follower()
