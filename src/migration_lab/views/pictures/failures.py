"""Show a failure: the database's own words first, the SQL, what it means, and the traceback folded away."""

from __future__ import annotations

import re
import traceback
from types import TracebackType

from IPython.display import display

from migration_lab.migrations import Failure, explain
from migration_lab.views.pictures.drawing import Drawing, escape


class NoFailure(AssertionError):
    """What a lesson said would fail didn't, or failed in another way."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the line, and the error that came instead, whole."""
        cause = traceback.format_exception(self.__cause__) if self.__cause__ else []
        return [*"".join(cause).splitlines(), f"{type(self).__name__}: {self}"]


class expect_failure:
    """Run a block that must fail, and show how it failed.

    ``with expect_failure("Cannot add a NOT NULL column") as caught:`` passes only if the block raises an error whose
    words match the pattern. With ``when=False`` the same block must pass: for what only some versions refuse.
    Afterwards ``caught.failure`` is the failure, or None. Raises NoFailure where the block doesn't do as it should.
    """

    def __init__(self, pattern: str = "", *, when: bool = True) -> None:
        self.pattern = pattern
        self.when = when
        self.failure: Failure | None = None

    def __enter__(self) -> expect_failure:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            if self.when:
                raise NoFailure(
                    f"this should have failed with «{self.pattern}», and it passed. "
                    "Has it run before? Reset the lesson, then run the cells from the top"
                )
            display(Drawing('<p class="fine">No error: it passed.</p>', "No error: it passed."))
            return False
        if not isinstance(error, Exception):
            return False  # a KeyboardInterrupt is the learner's own
        failure = explain(error)
        if not self.when:
            return False
        if not re.search(self.pattern, f"{failure.type}: {failure.words}"):
            raise NoFailure(f"this should have failed with «{self.pattern}», and failed otherwise") from error
        self.failure = failure
        display(show_failure(failure))
        return True


def show_failure(failure: Failure | BaseException) -> Drawing:
    """Draw a failure, or an error that was caught."""
    if isinstance(failure, BaseException):
        failure = explain(failure)
    sql = f'<p class="note">the statement:</p><pre>{escape(failure.sql)}</pre>' if failure.sql else ""
    remedy = f"<p><b>What helps:</b> {escape(failure.remedy)}</p>" if failure.remedy else ""
    body = (
        f'<div class="failure" role="group" aria-label="Failure"><p class="title">✗ {escape(failure.type)}: '
        f"{escape(failure.words)}</p>{sql}<p><b>In plain words:</b> {escape(failure.meaning)}</p>{remedy}"
        f"<details><summary>The traceback</summary><pre>{escape(failure.traceback)}</pre></details></div>"
    )
    lines = [f"✗ {failure.type}: {failure.words}", failure.sql and f"the statement: {failure.sql}", failure.meaning]
    return Drawing(body, "\n".join(line for line in (*lines, failure.remedy) if line))
