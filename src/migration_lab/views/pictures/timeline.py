"""The timeline: what clients saw, and what ran meanwhile, as a plot under a cell that grows while they work."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections import Counter
from typing import Any

from IPython import get_ipython
from IPython.display import DisplayHandle, display

from migration_lab.load import Outcome, Record
from migration_lab.views.pictures.drawing import Drawing, box, brief, escape
from migration_lab.views.pictures.timeline_plot import STYLE, Plot, drawn_lanes, duration, key, lanes, shapes

PAUSE = 0.25  # seconds between two pictures
_SHARE = 4  # and this many times what the last one took: on a full machine whoever draws holds up what is drawn
SWITCH = 0.001  # see migration_lab.views.pictures.live
MOST_ERRORS = 5
_HEADS = ("request", "answers", "failed", "half within", "99 % within", "longest wait")


def draw_timeline(outcome: Outcome, title: str = "") -> Drawing:
    """The plot of an outcome, with its longest wait in words, and a table of the same figures."""
    head = f"{title}: {_summary(outcome)}" if title else _summary(outcome)
    rows = _figures(outcome)
    shape = shapes(outcome)
    body = "".join(
        f'<tr><th scope="row">{key(shape[row[0]]) if row[0] in shape else ""} {brief(row[0])}</th>'
        + "".join(f'<td class="number">{cell}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    heads = "".join(f'<th scope="col">{name}</th>' for name in _HEADS)
    table = (
        f'<table class="grid"><caption>What the clients saw</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )
    more = len(lanes(outcome)) - len(drawn_lanes(outcome))
    errors = Counter(request.error for request in outcome.failures)
    notes = [f"{key('failed')} {count:,} × {brief(error)}" for error, count in errors.most_common(MOST_ERRORS)]
    notes += [f"{key('failed')} {len(errors) - MOST_ERRORS:,} other failures"] if len(errors) > MOST_ERRORS else []
    notes += [f"{key('waiting')} {len(outcome.waiting):,} waiting still"] if outcome.waiting else []
    notes += [f"{more:,} more statement{'s, all' if more > 1 else ','} shorter"] if more else []
    statements = [f"{lane.name}: {lane.words(outcome.seconds)}" for lane in lanes(outcome)]
    lines = [head, *("  ".join(row) for row in (_HEADS, *rows)), *statements]
    lines += [f"{count} × {error}" for error, count in errors.most_common(MOST_ERRORS)]
    plot = box("Timeline of the requests", Plot(outcome).svg(head))
    return Drawing(
        f'{STYLE}<p class="title">{escape(head)}</p>{plot}{box("What the clients saw", table)}'
        + "".join(f'<p class="note">{note}</p>' for note in notes),
        "\n".join(lines),
    )


def timeline(record: Record, title: str = "") -> None:
    """Show the record's timeline under this cell, and keep it true until the record ends.

    ``with traffic(lesson) as seen: timeline(seen)``, then whatever is to be seen.
    """
    Timeline(record, title).show()


class Timeline:
    """Follows a record. Made by :func:`timeline`."""

    def __init__(self, record: Record, title: str) -> None:
        self._record = record
        self._title = title
        self._handle: DisplayHandle | None = None
        self._parent: Any = None
        self._done = threading.Event()
        self._lock = threading.Lock()

    @property
    def drawing(self) -> Drawing:
        """How it looks now."""
        return draw_timeline(self._record.outcome(), self._title)

    def show(self) -> None:
        """Draw it under this cell; in a thread of its own from then on, which a busy cell can't hold up."""
        self._handle = display(self.drawing, display_id=True)
        shell = get_ipython()
        if shell is None or self._record.ended:
            return
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
        self._parent = shell.get_parent() if hasattr(shell, "get_parent") else None
        self._record.on_end(self._last)
        threading.Thread(target=self._follow, name="timeline", daemon=True).start()

    def _follow(self) -> None:
        publisher = getattr(get_ipython(), "display_pub", None)
        if self._parent is not None and publisher is not None and hasattr(publisher, "set_thread_parent"):
            publisher.set_thread_parent(self._parent)
        pause = PAUSE
        while not self._done.wait(pause):
            begun = time.monotonic()
            self._publish(last=False)
            pause = max(PAUSE, _SHARE * (time.monotonic() - begun))

    def _last(self) -> None:
        self._done.set()
        self._publish(last=True)

    def _publish(self, *, last: bool) -> None:
        with self._lock, contextlib.suppress(Exception):  # a picture that fails must not end what is being watched
            if self._handle is not None and (last or not self._done.is_set()):
                self._handle.update(self.drawing)


def _summary(outcome: Outcome) -> str:
    count, failed, longest = len(outcome.requests), len(outcome.failures), outcome.longest
    if longest is None:
        return "no request yet"
    waited = f"longest wait {duration(longest.took)} ({longest.kind}, due at {longest.began:.1f} s)"
    return f"{waited} · {count:,} answers, {failed:,} failed"


def _figures(outcome: Outcome) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for kind in outcome.kinds:
        part = outcome.of(kind)
        waits = (duration(part.wait(0.5)), duration(part.wait(0.99)), duration(part.longest_wait))
        rows.append((kind, f"{len(part.requests):,}", f"{len(part.failures):,}", *waits))
    return rows
