"""Say in plain words what a database or Alembic refused, beside its own words."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import StatementError

from migration_lab.migrations.rules import RULES


@dataclass(frozen=True, slots=True)
class Failure:
    """An error, taken apart. ``sql`` is the statement that was refused, ``""`` where there was none."""

    type: str
    words: str
    sql: str
    meaning: str
    remedy: str
    traceback: str


# A driver's errors have a number as their first argument where they are of one of these packages.
_NUMBERED = ("pymysql", "MySQLdb")


def explain(error: BaseException) -> Failure:
    """Take an error apart. One that no rule knows keeps its own words, and says so."""
    original = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    words = str(original) or type(original).__name__
    sql = error.statement if isinstance(error, StatementError) and error.statement else ""
    meaning, remedy = "This one isn’t in the course’s book: the words above are all there is to go by.", ""
    if isinstance(error, SyntaxError):
        meaning = f"Python can’t read {Path(error.filename or 'the file').name}: it stopped at line {error.lineno}."
        remedy = "Look at that line of the file, and the one before it. (In a %%writefile cell, add 1 to the number.)"
    code = error_code(original)
    for rule in RULES:
        found = re.search(rule.pattern, f"{words}\n{sql.strip()}") if rule.code == code else None
        if found:
            names = found.groupdict()
            meaning, remedy = rule.meaning.format(**names), rule.remedy.format(**names)
            break
    text = "".join(traceback.format_exception(error))
    return Failure(type(error).__name__, words, sql.strip(), meaning, remedy, text)


def error_code(error: BaseException) -> str:
    """What a driver's error tells besides its words, which a server may say in any language: PostgreSQL's SQLSTATE.

    MariaDB's and MySQL's own number, as text, where it is theirs: their SQLSTATE is one for many errors. ``""`` for
    SQLite, and for what no database said.
    """
    if type(error).__module__.partition(".")[0] in _NUMBERED:
        return str(error.args[0]) if error.args and isinstance(error.args[0], int) else ""
    return str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
