"""What is seen of a backfill while it works."""

from __future__ import annotations

from types import TracebackType


class Progress:
    """A bar with the rows left and the time left: a widget in a notebook that can show one, else text on stderr."""

    def __init__(self, name: str, *, shown: bool) -> None:
        # Which of them it is, tqdm decides when it is imported: not before somebody wants one.
        from tqdm.auto import tqdm

        form = "{desc}: {percentage:3.0f}%|{bar}| {postfix}, {remaining} to go, {rate_fmt}"
        # Drawn after each chunk (mininterval, miniters), since what comes next may be a long pause.
        self._bar = tqdm(
            desc=name, unit=" rows", bar_format=form, disable=not shown, leave=False, mininterval=0, miniters=1
        )
        self.shown = shown
        self.rows = 0
        self.left = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.total = self._bar.n  # a notebook leaves a bar that isn't full behind, in red
        self._bar.close()

    def expect(self, left: int) -> None:
        """So many rows are left now."""
        self.left = left
        self._bar.total = self.rows + left
        self._show()

    def filled(self, rows: int) -> None:
        """So many more are filled."""
        self.rows += rows
        self.left = max(0, self.left - rows)
        self._bar.total = self.rows + self.left
        self._show(rows)

    def _show(self, rows: int = 0) -> None:
        self._bar.set_postfix_str(f"{self.left:,} row{'' if self.left == 1 else 's'} left", refresh=False)
        self._bar.update(rows)
