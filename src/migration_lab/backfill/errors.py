"""What a backfill says when it can't go on."""

from __future__ import annotations


class BackfillError(Exception):
    """A backfill can't begin, or had to stop; the message is one line: what, where, and what to do."""


def words(error: BaseException) -> str:
    """What a driver or a function said, on one line, without SQLAlchemy's additions."""
    said = getattr(error, "orig", None) or error
    arguments = said.args
    numbered = len(arguments) > 1 and isinstance(arguments[0], int)  # PyMySQL: its number, then its words
    text = f"{arguments[1]} ({arguments[0]})" if numbered else str(said)
    return " ".join(text.split()) or type(said).__name__
