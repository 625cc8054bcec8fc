"""How many rows the next chunk takes, so that each takes about the same time."""

from __future__ import annotations

_FIRST = 50  # of 3 ms each they take 3 of the usual lock budgets; what a row takes isn't known yet
_GROWTH = 8  # at most, from one chunk to the next
_KEPT = 0.5  # of what earlier chunks took, beside the last one
_MOST = 200_000
_LEAST_OF_SHARE = 500  # rows, where a chunk takes its time for itself


class Pace:
    """Aims at chunks of ``seconds``: from the rows a second of the last ones, each counting half of the one after.

    The mean is of rows and of seconds apart, so that a chunk counts by what it took (Percona's pt-online-schema-change
    does so, ``--chunk-time``); and growth is bounded, since a quick chunk may have been quick for having had no work.
    Where a chunk takes long for what it is, and not for its rows, there is a least size: see :class:`_Share`.
    """

    def __init__(self, seconds: float, most: int = _MOST) -> None:
        self.size = min(_FIRST, most)
        self._target = seconds
        self._most = most
        self._rows = self._seconds = 0.0
        self._share = _Share()

    def took(self, rows: int, seconds: float) -> None:
        """A chunk of so many rows took so long."""
        self._rows = _KEPT * self._rows + rows
        self._seconds = _KEPT * self._seconds + seconds
        self._share.took(rows, seconds)
        wanted = int(self._target * self._rows / max(self._seconds, 1e-9))
        wanted = max(wanted, self._share.least(self._target))
        self.size = max(1, min(wanted, _GROWTH * max(rows, 1), self._most))

    def one_took(self, seconds: float) -> None:
        """The first row of all took so long, what is done once included: begin with no more than fit."""
        self.size = max(1, min(self.size, int(self._target / max(seconds, 1e-9))))

    def shrink(self) -> None:
        """Others were in the way, or the rows lie far apart: take fewer, and grow again from there."""
        self.size = max(1, self.size // 4)
        self._rows, self._seconds = self._rows / 4, self._seconds / 2


class _Share:
    """What a chunk takes for itself, and what for each row: the line through the last ones, by least squares.

    On a full machine, or far from the database, a chunk may take the whole time that it is meant to whatever its size.
    Fewer rows wouldn't make it shorter, and at one row a chunk no table would ever be done.
    """

    _KEPT = 0.9
    _SPREAD = 0.01  # how much sizes must differ to tell anything: their variance, as a share of their mean square
    _ROWS = 0.5  # what the rows of the smallest chunk may take, as a share of what the chunk takes for itself

    def __init__(self) -> None:
        self._count = self._rows = self._seconds = self._squares = self._products = 0.0
        self._least = 1

    def took(self, rows: int, seconds: float) -> None:
        kept = self._KEPT
        self._count = kept * self._count + 1
        self._rows = kept * self._rows + rows
        self._seconds = kept * self._seconds + seconds
        self._squares = kept * self._squares + rows * rows
        self._products = kept * self._products + rows * seconds

    def least(self, target: float) -> int:
        """The rows below which a chunk gets hardly shorter; 1 where it can be brought to ``target`` seconds."""
        spread = self._count * self._squares - self._rows**2
        if spread > self._SPREAD * self._count * self._squares:
            each = (self._count * self._products - self._rows * self._seconds) / spread
            itself = (self._seconds - each * self._rows) / self._count
            if itself <= target / 2:
                self._least = 1
            else:
                self._least = min(_LEAST_OF_SHARE, int(self._ROWS * itself / each)) if each > 0 else _LEAST_OF_SHARE
        return self._least
