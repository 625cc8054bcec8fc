"""How many rows the next chunk takes, so that each takes about the same time."""

from __future__ import annotations

_FIRST = 500
_GROWTH = 4  # at most, from one chunk to the next
_KEPT = 0.5  # of what earlier chunks took, beside the last one
_MOST = 200_000


class Pace:
    """Aims at chunks of ``seconds``: from the rows a second of the last ones, each counting half of the one after.

    The mean is of rows and of seconds apart, so that a chunk counts by what it took (Percona's pt-online-schema-change
    does so, ``--chunk-time``); and growth is bounded, since a quick chunk may have been quick for having had no work.
    """

    def __init__(self, seconds: float, most: int = _MOST) -> None:
        self.size = min(_FIRST, most)
        self._target = seconds
        self._most = most
        self._rows = self._seconds = 0.0

    def took(self, rows: int, seconds: float) -> None:
        """A chunk of so many rows took so long."""
        self._rows = _KEPT * self._rows + rows
        self._seconds = _KEPT * self._seconds + seconds
        wanted = int(self._target * self._rows / max(self._seconds, 1e-9))
        self.size = max(1, min(wanted, _GROWTH * max(rows, 1), self._most))

    def shrink(self) -> None:
        """Others were in the way, or the rows lie far apart: take fewer, and grow again from there."""
        self.size = max(1, self.size // 4)
        self._rows, self._seconds = self._rows / 4, self._seconds / 2
